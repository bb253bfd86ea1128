"""YAML with the line of every place.

Scalars are read by the core schema of YAML 1.2 (as in JSON): `yes`, `on`, `12:30` and `2026-01-01` are text, and
`1e-3` is a number. Anchors, aliases and merge keys work; tags that build objects do not.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from shortlist.documents.document import Document, Findings, Where, path_text, shown
from shortlist.documents.variables import expand, is_one_reference
from shortlist.errors import InputError, Problem

_MOST_BYTES = 1_000_000
_MOST_PLACES = 20_000  # aliases of aliases grow without bound ("billion laughs"); no honest file comes near
_DEEPEST = 60
_TAG = "tag:yaml.org,2002:"


class _CoreLoader(yaml.SafeLoader):
    """Only composes; `_Builder` makes the values."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own way


for _name, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("float", r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", "-+."),
    ("merge", r"<<", "<"),
):
    _CoreLoader.add_implicit_resolver(_TAG + _name, re.compile(rf"(?:{_pattern})\Z"), list(_first))


def read_yaml(file: Path, environment: Mapping[str, str] | None = None) -> tuple[Document, Findings]:
    """The mapping that a YAML file holds, and what is already known to be wrong in it.

    With an environment, `${VAR}` is expanded in string values, after parsing: a variable can never change the
    document's structure. An unquoted scalar that is wholly one `${…}` is then read anew, so `${N}` can be a number.

    Raises:
        InputError: there is no such file, or it is no YAML mapping at all.
    """
    text = read_text(file)
    loader = _CoreLoader("")
    try:
        loader = _CoreLoader(text)
        node = loader.get_single_node()
        if node is None:
            raise InputError(Problem("the file is empty", file))
        if not isinstance(node, yaml.MappingNode):
            kind = "a list" if isinstance(node, yaml.SequenceNode) else "a single value"
            raise InputError(Problem(f"expected keys and values at the top, got {kind}", file, _line(node)))
        builder = _Builder(file, environment)
        value = builder.build(node, (), 0)
    except yaml.YAMLError as error:
        raise InputError(_syntax_problem(error, text, file)) from error
    except RecursionError as error:
        raise InputError(Problem("nested too deeply", file)) from error
    finally:
        loader.dispose()
    return Document(file, value, builder.findings.lines), builder.findings


def read_text(file: Path) -> str:
    """A text file that a person wrote, as UTF-8.

    Raises:
        InputError: it is missing, not a file, too large, or not UTF-8.
    """
    try:
        if file.is_dir():
            raise InputError(Problem("is a folder; name the file", file))
        data = file.read_bytes() if file.stat().st_size <= _MOST_BYTES else None
    except FileNotFoundError as error:
        raise InputError(Problem("no such file", file)) from error
    except (OSError, ValueError) as error:
        raise InputError(Problem(f"cannot be read: {getattr(error, 'strerror', None) or error}", file)) from error
    if data is None:
        raise InputError(Problem(f"is larger than {_MOST_BYTES:,} bytes", file))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            Problem(f"is not UTF-8 (byte 0x{data[error.start]:02x}); save it as UTF-8", file, line)
        ) from error


def lines_of(text: str) -> dict[Where, int]:
    """The line of every place in a JSON text; as far as YAML reads it, which is all that messages need."""
    loader = _CoreLoader("")
    try:
        loader = _CoreLoader(text.replace("\t", " "))  # JSON may be indented with tabs
        node = loader.get_single_node()
        builder = _Builder(Path(), None)
        if node is not None:
            builder.build(node, (), 0)
    except (yaml.YAMLError, RecursionError):
        return {}
    finally:
        loader.dispose()
    return builder.lines


def _syntax_problem(error: yaml.YAMLError, text: str, file: Path) -> Problem:
    mark = getattr(error, "problem_mark", None)
    if not isinstance(error, yaml.MarkedYAMLError) or mark is None:
        position = getattr(error, "position", None)
        line = None if position is None else text.count("\n", 0, position) + 1
        return Problem(f"not YAML: {str(error).splitlines()[0]}", file, line)
    said = " ".join(part for part in (error.context, error.problem) if part)
    at = text.splitlines()[mark.line] if mark.line < len(text.splitlines()) else ""
    if "'\\t'" in said:
        return Problem(f"a tab at column {mark.column + 1}; YAML is indented with spaces", file, mark.line + 1)
    hint = '; inside { } write "${VAR}" with quotes' if "${" in at and "flow" in said else ""
    return Problem(f"not YAML: {said} at column {mark.column + 1}{hint}", file, mark.line + 1)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


class _Builder:
    """Turns YAML nodes into plain values, keeping lines and collecting faults."""

    def __init__(self, file: Path, environment: Mapping[str, str] | None) -> None:
        self.environment = environment
        self.lines: dict[Where, int] = {}
        self.findings = Findings(file, self.lines)
        self.resolver = _CoreLoader("")
        self.places = 0

    def build(self, node: yaml.Node, where: Where, depth: int) -> Any:
        self.lines.setdefault(where, _line(node))
        self.places += 1
        if self.places > _MOST_PLACES or depth > _DEEPEST:
            raise yaml.composer.ComposerError(
                None, None, "aliases that unfold without end, or nesting that is too deep", node.start_mark
            )
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, where, depth)
        if isinstance(node, yaml.SequenceNode):
            if node.tag != _TAG + "seq":
                self.findings.add(where, f"the tag {node.tag} is not allowed")
            return [self.build(item, (*where, index), depth + 1) for index, item in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)  # YAML has no fourth sort
        return self._scalar(node, where)

    def _mapping(self, node: yaml.MappingNode, where: Where, depth: int) -> dict[str, Any]:
        if node.tag != _TAG + "map":
            self.findings.add(where, f"the tag {node.tag} is not allowed")
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _TAG + "merge":
                merged = {**self._merged(value_node, where, depth), **merged}
        own: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, where)
            if key is None:
                continue
            place = (*where, key)
            if key in own:
                again = f"the key {key!r} is given twice, first on line {self.lines[place]}"
                self.findings.problems.append(Problem(again, self.findings.file, _line(key_node)))
                continue
            self.lines[place] = _line(key_node)
            own[key] = self.build(value_node, place, depth + 1)
        return {**merged, **own}

    def _key(self, node: yaml.Node, where: Where) -> str | None:
        """A key of the mapping at `where`; None for a merge, and for what cannot be a key."""
        if node.tag == _TAG + "merge":
            return None
        text = node.value if isinstance(node, yaml.ScalarNode) else None
        if node.tag == _TAG + "str" and text is not None and text.isprintable():
            return str(text)
        self.findings.problems.append(
            Problem(
                f"a key must be text, got {shown(text)}; put a number or a word such as true in quotes",
                self.findings.file,
                _line(node),
                path_text(where) or None,
            )
        )
        return None

    def _merged(self, node: yaml.Node, where: Where, depth: int) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        for source in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            if isinstance(source, yaml.MappingNode):
                merged = {**self.build(source, where, depth + 1), **merged}
            else:
                self.findings.add(where, "'<<' merges mappings only")
        return merged

    def _scalar(self, node: yaml.ScalarNode, where: Where) -> Any:
        text, tag = str(node.value), node.tag
        try:
            text.encode()
            if tag == _TAG + "str" and self.environment is not None and "${" in text:
                rereads = node.style is None and is_one_reference(text)
                text = expand(text, self.environment)
                text.encode()
                if rereads:
                    tag = self.resolver.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]  # PyYAML has no types for it
            return _value(tag.removeprefix(_TAG), text)
        except UnicodeEncodeError:
            self.findings.add(where, "is not text: it holds half of a surrogate pair")
        except ValueError as error:
            self.findings.add(where, str(error))
        return str(node.value).encode(errors="replace").decode()


def _value(tag: str, text: str) -> Any:
    """A scalar by its type.

    Raises:
        ValueError: it is a number that no file can hold, a control character, or an unknown tag.
    """
    if tag == "str":
        if "\0" in text:
            raise ValueError("holds a NUL character")
        return text
    if tag == "null":
        return None
    if tag == "bool":
        return text.lower() == "true"
    if tag == "int":
        if len(text) > 18:
            raise ValueError(f"the number {shown(text)} has more digits than a file can hold (18)")
        return int(text, 0) if text.startswith(("0o", "0x")) else int(text)
    if tag == "float":
        number = math.nan if text.lower().endswith("n") else float(text.replace(".inf", "inf").replace(".Inf", "inf"))
        if not math.isfinite(number):
            raise ValueError(f"{text} is not a finite number; leave the key out where there is none")
        return number
    if tag == "merge":
        return text
    raise ValueError(f"the tag !{tag} is not allowed")
