"""Finds the roles in a résumé's experience section."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from shortlist_providers.rules.bullets import acts, read_bullets
from shortlist_providers.rules.dates import Point, Span, find_spans, without_spans
from shortlist_providers.rules.header import (
    DATES_LABEL,
    Heading,
    company_in_city,
    company_score,
    header_like,
    interpret,
    is_location,
    title_score,
)
from shortlist_providers.rules.lines import Line

_MOST_HEADER_LINES = 3


@dataclass(frozen=True, slots=True)
class Role:
    """One position. An empty title or company was not found."""

    title: str
    company: str
    start: Point | None
    end: Point | None
    present: bool
    bullets: tuple[str, ...]

    @property
    def dated(self) -> bool:
        """Whether any date was found."""
        return self.start is not None or self.end is not None

    def months(self, now: Point) -> tuple[int, int] | None:
        """First month and the one after the last, counted from year 0, or None without a start."""
        if self.start is None:
            return None
        last = now if self.present else self.end or self.start
        return self.start.index(), max(self.start.index(), last.index(end=True)) + 1


@dataclass(slots=True)
class _Block:
    heading: Heading
    span: Span | None
    body: list[Line] = field(default_factory=list)


def parse_roles(lines: tuple[Line, ...]) -> list[Role]:
    """The roles in `lines`, in their order."""
    content = list(lines)
    anchors = _anchors(content)
    if not anchors:
        content = _without_header_glyphs(content)
        anchors = _anchors(content)
    blocks = _dated_blocks(content, anchors) if anchors else []
    if not blocks:
        blocks = _undated_blocks(content)
    blocks = _share_companies([part for block in blocks for part in _split_undated(block)])
    roles = [_role(block) for block in blocks]
    return [role for role in roles if role.title or role.company or role.bullets]


def newest_first(roles: list[Role]) -> list[Role]:
    """`roles` by end, then start, latest first. A role without dates stays behind the one it followed."""
    keys: list[tuple[int, int]] = []
    for role in roles:
        end = 10**6 if role.present else (role.end or role.start or Point(0)).index(end=True)
        start = (role.start or role.end or Point(0)).index()
        keys.append((end, start) if role.dated else (keys[-1] if keys else (10**6, 0)))
    order = sorted(range(len(roles)), key=lambda at: (-keys[at][0], -keys[at][1], at))
    return [roles[at] for at in order]


def _role(block: _Block) -> Role:
    span = block.span
    single = span is not None and not span.is_range
    return Role(
        block.heading.title,
        block.heading.company,
        span.start if span else None,
        (span.start if single else span.end) if span else None,
        span.present if span else False,
        tuple(read_bullets(block.body)),
    )


def _anchors(lines: list[Line]) -> dict[int, Span]:
    """The lines that carry a role's dates."""
    found: dict[int, Span] = {}
    for at, line in enumerate(lines):
        if line.bullet or len(line.text) > 200:
            continue
        follower = lines[at + 1] if at + 1 < len(lines) else None
        span = _role_span(line, follower)
        if span is not None and not _is_continuation(lines, at) and not _repeats(lines, at, span, found):
            found[at] = span
    return found


def _repeats(lines: list[Line], at: int, span: Span, found: dict[int, Span]) -> bool:
    """Whether line `at`, such as "Duration: …", only says again when the role above it was."""
    last = max(found, default=None)
    if last is None or not DATES_LABEL.match(lines[at].text) or any(line.bullet for line in lines[last:at]):
        return False
    return (found[last].start, found[last].end, found[last].present) == (span.start, span.end, span.present)


def _role_span(line: Line, follower: Line | None) -> Span | None:
    spans = find_spans(line.text)
    if not spans:
        return None
    span = next((span for span in spans if span.is_range), spans[0])
    rest = without_spans(line.text, spans)
    at_edge = not line.text[: span.begin].strip(" (|,[–—-•·:") or not line.text[span.finish :].strip(" )|,.]–—-•·:")
    if not rest:
        return span
    if not span.is_range:
        introduces = follower is not None and (follower.bullet or header_like(follower.text))
        known = title_score(rest) >= 2 or company_score(rest) >= 2
        ok = at_edge and header_like(rest) and len(rest.split()) <= 10 and (known or line.blank_before) and introduces
        return span if ok else None
    if header_like(rest.replace("  ", " ")):
        return span
    return span if at_edge and not line.text[0].islower() and len(rest.split()) <= 8 and not acts(rest) else None


def _is_continuation(lines: list[Line], at: int) -> bool:
    """Whether line `at` is the wrapped end of a bullet above it."""
    line = lines[at]
    if line.blank_before or at == 0:
        return False
    before = at - 1
    while before > 0 and not lines[before].bullet and not lines[before].blank_before:
        before -= 1
    if not lines[before].bullet:
        return False
    return line.indent > lines[before].indent or line.text[0].islower()


def _without_header_glyphs(lines: list[Line]) -> list[Line]:
    """Some résumés put the glyph before the role itself: there it is no bullet."""
    plain = []
    for at, line in enumerate(lines):
        follower = lines[at + 1] if at + 1 < len(lines) else None
        spans = find_spans(line.text) if line.bullet and len(line.text) <= 140 else []
        headed = any(span.is_range for span in spans) and header_like(
            without_spans(line.text, spans).replace("  ", " ")
        )
        is_header = line.bullet and headed and _role_span(line, follower) is not None
        plain.append(replace(line, bullet=False, blank_before=True) if is_header else line)
    return plain


def _dated_blocks(lines: list[Line], anchors: dict[int, Span]) -> list[_Block]:
    blocks: list[_Block] = []
    firsts: list[int] = []
    bodies: list[int] = []
    floor = 0
    order = sorted(anchors)
    for position, anchor in enumerate(order):
        ceiling = order[position + 1] if position + 1 < len(order) else len(lines)
        first, behind, heading = _header(lines, anchor, floor, ceiling)
        blocks.append(_Block(heading, anchors[anchor]))
        firsts.append(first)
        bodies.append(behind)
        floor = behind
    for position, block in enumerate(blocks):
        end = firsts[position + 1] if position + 1 < len(firsts) else len(lines)
        block.body = lines[bodies[position] : max(bodies[position], end)]
    lead = lines[: firsts[0]]
    if any(line.bullet for line in lead):
        return [*_undated_blocks(lead), *blocks]
    return blocks


def _header(lines: list[Line], anchor: int, floor: int, ceiling: int) -> tuple[int, int, Heading]:
    """First line, the line behind the last, and the meaning of the header around line `anchor`."""
    rest = _undated(lines[anchor].text)
    before: list[str] = []
    first = anchor
    most = _MOST_HEADER_LINES if not rest else 2
    while first > floor and len(before) < most and not _complete([*before, rest]):
        above = lines[first - 1]
        if not _headed(above) or _is_continuation(lines, first - 1):
            break
        if lines[first].blank_before and not _may_skip_blank(lines, first, [*before, rest]):
            break
        if not is_location(above.text):
            before.insert(0, above.text)
        first -= 1
    parts = [*before, rest] if rest else before
    behind = anchor + 1
    while behind < ceiling and len(parts) <= _MOST_HEADER_LINES:
        below = lines[behind]
        if not _headed(below) or _starts_next(lines, behind, ceiling):
            break
        employer_lacks = company_in_city(below.text) and parts and not interpret(parts).company
        if is_location(below.text) and not employer_lacks:
            behind += 1
            continue
        heading = interpret(parts)
        if (heading.title and heading.company and not heading.guessed) or (
            below.blank_before and parts and behind > anchor + 1
        ):
            break
        if heading.title and title_score(below.text) >= 2 and company_score(below.text) < 2:
            break
        parts.append(below.text)
        behind += 1
    return first, behind, interpret(parts)


def _complete(parts: list[str]) -> bool:
    heading = interpret([part for part in parts if part])
    return bool(heading.title and heading.company and not heading.guessed)


def _undated(text: str) -> str:
    """`text` without its dates. Where a slash stands before them, slashes part the other phrases too."""
    spans = find_spans(text)
    rest = without_spans(text, spans)
    if spans and text[: spans[0].begin].rstrip(" (").endswith(" /"):
        rest = rest.replace(" / ", " | ")
    return rest


def _headed(line: Line) -> bool:
    return not line.bullet and (line.level > 0 or line.bold or header_like(line.text))


def _may_skip_blank(lines: list[Line], first: int, parts: list[str]) -> bool:
    """Whether the header may reach over the blank line above line `first` for an employer or title that it lacks."""
    heading = interpret([part for part in parts if part])
    above = lines[first - 1].text
    if heading.title and heading.company and not heading.guessed:
        return False
    if heading.title:
        return title_score(above) < 2 or company_score(above) >= 2
    return not heading.company or title_score(above) >= 2


def _starts_next(lines: list[Line], at: int, ceiling: int) -> bool:
    """Whether line `at` already belongs to the header of the role dated on line `ceiling`."""
    if ceiling >= len(lines) or ceiling - at > _MOST_HEADER_LINES:
        return False
    return lines[at].blank_before and all(not line.bullet and header_like(line.text) for line in lines[at:ceiling])


def _undated_blocks(lines: list[Line]) -> list[_Block]:
    """Roles without dates: header lines that are followed by bullets or sentences."""
    blocks: list[_Block] = []
    at = 0
    while at < len(lines):
        behind = _undated_header(lines, at)
        if behind:
            blocks.append(_Block(interpret([line.text for line in lines[at:behind]]), None))
            at = behind
            continue
        if blocks:
            blocks[-1].body.append(lines[at])
        at += 1
    return [block for block in blocks if block.heading.title or (block.heading.company and block.body)]


def _undated_header(lines: list[Line], at: int) -> int:
    """The line behind an undated header that starts at line `at`, or 0."""
    if (
        at > 0
        and not lines[at].blank_before
        and not (lines[at - 1].bullet and lines[at].indent <= lines[at - 1].indent)
    ):
        return 0
    behind = at
    while behind < len(lines) and behind < at + _MOST_HEADER_LINES and not lines[behind].bullet:
        if not header_like(lines[behind].text) or (behind > at and lines[behind].blank_before):
            break
        behind += 1
    if behind == at or behind == len(lines):
        return 0
    named = any(title_score(line.text) >= 2 for line in lines[at:behind])
    return behind if named and (lines[behind].bullet or len(lines[behind].text) > 40) else 0


def _split_undated(block: _Block) -> list[_Block]:
    """`block`, cut where its body holds the header of a further role that has no dates."""
    seen_bullet = False
    for at, line in enumerate(block.body):
        if line.bullet:
            seen_bullet = True
        elif (
            seen_bullet
            and line.blank_before
            and (behind := _undated_header(block.body, at))
            and block.body[behind].bullet
        ):
            rest = _Block(interpret([part.text for part in block.body[at:behind]]), None, block.body[behind:])
            return [_Block(block.heading, block.span, block.body[:at]), *_split_undated(rest)]
    return [block]


def _share_companies(blocks: list[_Block]) -> list[_Block]:
    """Gives the employer named once above several titles to each of them, and drops the line that only named it."""
    shared = ""
    kept: list[_Block] = []
    for position, block in enumerate(blocks):
        heading = block.heading
        follower = blocks[position + 1].heading if position + 1 < len(blocks) else None
        if heading.company and not heading.title and not read_bullets(block.body) and follower and follower.title:
            shared = heading.company
            if not follower.company:
                continue
        if heading.company:
            shared = heading.company if heading.separate or not heading.title else ""
        elif shared and heading.title:
            block.heading = Heading(heading.title, shared, True)
        kept.append(block)
    return kept
