"""From a JSON Schema to the grammar that holds an in-process engine's output to it, by llguidance.

vLLM's `guidance` backend is the same library, so that one schema means the same to both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from shortlist_providers.keywords import without

_UNIMPLEMENTED = re.compile(r"Unimplemented keys: (\[.*?\])")
# Otherwise a model that likes blanks may write nothing else until its tokens are spent.
_OPTIONS = {"whitespace_flexible": False, "lenient": True}


def matcher_grammar(schema: Mapping[str, Any]) -> tuple[str | None, tuple[str, ...]]:
    """The grammar for `llguidance.LLMatcher`, and what of the schema it does not enforce, as `schema:<keyword>`.

    The JSON that it allows is compact. A pattern that llguidance cannot read (one with look-around, which Zod writes
    for e-mail addresses) is left out and reported as `schema:pattern`. Where no grammar can be made of the schema at
    all (it cannot be satisfied, it refers to another document), there is none, and the whole `schema` is reported.

    Needs llguidance installed.
    """
    from llguidance import LLMatcher  # noqa: PLC0415 - an optional engine's part, imported on use

    def faults(grammar: str) -> tuple[bool, list[str]]:
        failed, messages = LLMatcher.validate_grammar_with_warnings(grammar)
        return bool(failed), [str(message) for message in messages]

    def readable(pattern: str) -> bool:
        tried = LLMatcher.grammar_from_json_schema({"type": "string", "pattern": pattern}, _OPTIONS)
        return not faults(tried)[0]

    def unreadable(keyword: str, value: Any, _: Mapping[str, Any]) -> bool:
        if keyword == "patternProperties" and isinstance(value, Mapping):
            return not all(map(readable, value))
        return keyword == "pattern" and isinstance(value, str) and not readable(value)

    readable_schema, dropped = without(schema, unreadable)
    grammar: str = LLMatcher.grammar_from_json_schema(json.dumps(readable_schema), _OPTIONS)
    failed, messages = faults(grammar)
    if failed:
        return None, ("schema",)
    keywords = {keyword for message in messages for keyword in _keywords_in(message)}
    return grammar, tuple(f"schema:{keyword}" for keyword in sorted(keywords | dropped))


def _keywords_in(warning: str) -> list[str]:
    """The keywords that a warning of llguidance's is about."""
    if found := _UNIMPLEMENTED.search(warning):
        return [str(name) for name in json.loads(found[1])]
    if warning.startswith("Unknown format"):
        return ["format"]
    if warning.startswith("oneOf"):
        return ["oneOf"]
    return ["enforcement"]  # a warning that came with a later version: something is not held to
