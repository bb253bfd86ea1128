"""Walks a JSON Schema keyword by keyword."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_OF_NAMES = frozenset({"properties", "$defs", "definitions", "patternProperties", "dependentSchemas"})
"""Keywords whose values map names to schemas."""
_OF_VALUES = frozenset({"enum", "const", "default", "examples", "required"})
"""Keywords whose values hold no schema."""


def without(schema: Any, unwanted: Callable[[str, Any], bool]) -> tuple[Any, set[str]]:
    """A copy of `schema` without the keywords for which `unwanted(keyword, value)` holds, and the names of these."""
    dropped: set[str] = set()

    def walked(node: Any) -> Any:
        if isinstance(node, list):
            return [walked(item) for item in node]
        if not isinstance(node, dict):
            return node
        kept = {}
        for keyword, value in node.items():
            if unwanted(keyword, value):
                dropped.add(keyword)
            elif keyword in _OF_NAMES and isinstance(value, dict):
                kept[keyword] = {name: walked(inner) for name, inner in value.items()}
            else:
                kept[keyword] = value if keyword in _OF_VALUES else walked(value)
        return kept

    return walked(schema), dropped
