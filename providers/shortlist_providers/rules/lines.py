"""From any text to clean lines: bullet glyphs, markdown, underlines and lost line breaks are dealt with once, here."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from html import unescape
from itertools import pairwise

_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# Without the joiners U+200C and U+200D, which belong to words (Persian, Hindi) and to emoji.
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_HTML = re.compile(r"</(?:p|div|li|ul|ol|strong|b|h[1-6]|span|td|body)>|<br ?/?>", re.IGNORECASE)
_ITEM_TAG = re.compile(r"\s*<li\b[^<>]{0,200}>\s*", re.IGNORECASE)
_BLOCK_TAG = re.compile(
    r"\s*</?(?:p|div|ul|ol|br|h[1-6]|tr|table|section|article|body|html|header)\b[^<>]{0,200}>", re.IGNORECASE
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,300}>")
_SURROGATES = re.compile("[\ud800-\udfff]")
# Private-use characters are what symbol fonts leave of a glyph once the font is gone.
_GLYPHS = "•‣▪◦●○■□▫◆◇➢➤►▶▸▹→⇒·∙⁃✓✔✦★❖\u2043\ue000-\uf8ff\ufffd"
_BULLET = re.compile(
    rf"(?:[{_GLYPHS}]\s*|[-–—*+>~]\s+|\((?:[ivx]{{1,4}}|[a-h])\)\s+(?=[^\W_])|o\s+(?=[^\W\d_])|(?:\(?\d{{1,2}}[.)]|[a-hA-H]\))\s+(?=[^\W\d_]))"
)
_NUMBERED = re.compile(r"\s*\d{1,2}\.\d{1,2}\.?\s+(?=[^\W\d_a-z])")
"""`2.1 Title`: a résumé that numbers its parts does so throughout."""
_INLINE_GLYPH = re.compile(r"\s[•‣▪●■➢➤►\ue000-\uf8ff]\s*")
_HEADING_MARK = re.compile(r"#{1,6}\s+")
_LINK = re.compile(r"\[([^\[\]]{1,200})\]\([^()\s]{0,500}\)")
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)([^*_]{1,200}?)(?<=\S)\1")
_RULE = re.compile(r"[-=_~*#—–─━+|:\s]{3,}")
_COLUMN_GAP = re.compile(r" {2,}")
_MONTH = r"\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\b\.?"
_LOST_DASH = re.compile(
    rf"((?:19|20)\d\d) {{2,}}(?=(?:[^\W\d_]{{3,9}}\.? )?(?:(?:19|20)\d\d|[Pp]resent|[Cc]urrent)\b)"
    rf"|({_MONTH}) {{2,}}(?={_MONTH} (?:19|20)\d\d\b)"
)
_FLAT_LINE = 350
"""A line of more characters than this, with wide gaps in it, is a page that lost its line breaks."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a text."""

    text: str
    """What it says, without its bullet glyph and markup; wide gaps stay, as two spaces."""
    indent: int = 0
    bullet: bool = False
    blank_before: bool = False
    level: int = 0
    """1 to 6 where it is marked as a heading by `#` signs or (1) by an underline, else 0."""
    bold: bool = False


def clean_text(text: str) -> str:
    """`text` with one kind of line end and space, without HTML and without invisible, control and lone surrogates."""
    text = _LINE_ENDS.sub("\n", text)
    if _HTML.search(text):
        text = unescape(_TAG.sub("", _BLOCK_TAG.sub("\n", _ITEM_TAG.sub("\n- ", text))))
    text = _SURROGATES.sub("\ufffd", text)
    text = _INVISIBLE.sub("", text)
    return _SPACES.sub(" ", text)


def to_lines(text: str) -> tuple[Line, ...]:
    """The non-empty lines of `text`, in order."""
    lines: list[Line] = []
    blank = True
    physical = _physical_lines(clean_text(text))
    numbered = sum(1 for raw in physical if _NUMBERED.match(raw)) >= 3
    for written in physical:
        raw = _NUMBERED.sub("", written) if numbered else written
        stripped = raw.strip()
        if not stripped:
            blank = True
            continue
        if len(stripped) >= 3 and _RULE.fullmatch(stripped):
            if lines and not blank:
                lines[-1] = _as_underlined(lines[-1])
            blank = True
            continue
        line = _line(raw, stripped, blank)
        if any(map(str.isalnum, line.text)):
            lines.append(line)
            blank = False
    return tuple(lines)


def _physical_lines(text: str) -> list[str]:
    found: list[str] = []
    for raw in text.expandtabs(4).split("\n"):
        if len(raw) <= _FLAT_LINE:
            found.append(raw)
            continue
        page = _LOST_DASH.sub(r"\1\2 – ", raw)
        parts = _COLUMN_GAP.split(page) if len(_COLUMN_GAP.findall(page)) >= 3 else [page]
        for part in parts:
            glyphs = list(_INLINE_GLYPH.finditer(part))
            # A list of skills also uses glyphs between its items: only long items are bullets of their own.
            if glyphs and len(part) / (len(glyphs) + 1) > 30:
                starts = [0, *(match.start() + 1 for match in glyphs), len(part)]
                found.extend(part[start:end] for start, end in pairwise(starts))
            else:
                found.append(part)
    return found


def _line(raw: str, stripped: str, blank: bool) -> Line:
    indent = len(raw) - len(raw.lstrip())
    level = 0
    if heading := _HEADING_MARK.match(stripped):
        level = heading.group().count("#")
        stripped = stripped[heading.end() :].rstrip("# ")
    bullet = None if level else _BULLET.match(stripped)
    if bullet and stripped[bullet.end() :]:
        stripped = stripped[bullet.end() :]
    elif stripped.startswith("|") or stripped.endswith("|"):
        stripped = stripped.strip("| ")
    bold = bool(re.fullmatch(r"\*\*[^*]{1,120}\*\*:?|__[^_]{1,120}__:?", stripped))
    if stripped.startswith("*") and stripped.count("*") == 2:
        stripped = stripped.replace("*", "")
    if "[" in stripped:
        stripped = _LINK.sub(r"\1", stripped)
    if "**" in stripped or "__" in stripped:
        stripped = _EMPHASIS.sub(r"\2", stripped)
    stripped = _COLUMN_GAP.sub("  ", stripped.replace("`", "")).strip()
    return Line(stripped, indent, bullet is not None, blank, level, bold)


def _as_underlined(line: Line) -> Line:
    if line.bullet or len(line.text) > 60 or line.text.endswith("."):
        return line
    return Line(line.text, line.indent, False, line.blank_before, 1, line.bold)


class _Folds(dict[int, str]):
    """Code point -> its folded character, worked out once."""

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKD", chr(code))[:1].lower()
        self[code] = plain if len(plain) == 1 else chr(code)
        return self[code]


_FOLDS = _Folds()


def fold(text: str) -> str:
    """Lower case without diacritics, of the same length, so that offsets into `text` stay good."""
    return text.lower() if text.isascii() else text.translate(_FOLDS)


def squeeze(text: str) -> str:
    """`text` with every run of white space as one space."""
    return " ".join(text.split())
