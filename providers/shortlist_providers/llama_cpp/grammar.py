"""A JSON Schema as a grammar of llama.cpp's, by llama-cpp-python's converter, mended where that one fails."""

from __future__ import annotations

import json
from contextlib import suppress
from importlib import import_module
from typing import Any

from shortlist_providers.gbnf import llama_cpp_python_skips
from shortlist_providers.keywords import one_type_each, without
from shortlist_providers.llama_cpp.faults import CannotGenerate

_LENGTHS = frozenset({"minLength", "maxLength", "minItems", "maxItems"})
_MOST = 1000
"""Repetitions that llama.cpp takes; over much larger numbers its parser crashes, so that not even asking is safe."""
_FEW = 100
"""Repetitions that are kept when it refuses a grammar all the same, since nested ones multiply."""


def grammar_of(library: Any, vocabulary: Any, schema: Any) -> tuple[bytes, set[str]]:
    """The grammar, and the keywords that it does not enforce.

    Raises:
        CannotGenerate: neither the converter nor llama.cpp takes the schema.
    """
    schema, skipped = without(
        one_type_each(schema),
        lambda keyword, value, node: llama_cpp_python_skips(keyword, value, node) or _above(_MOST, keyword, value),
    )
    grammar = _converted(schema)
    if not _is_taken(library, vocabulary, grammar):
        schema, lengths = without(schema, lambda keyword, value, _: _above(_FEW, keyword, value))
        skipped |= lengths
        grammar = _converted(schema)
        if not _is_taken(library, vocabulary, grammar):
            raise CannotGenerate(
                "llama.cpp refuses the grammar of the task's schema; set structured: llguidance, or none"
            )
    return grammar, skipped


def _above(most: int, keyword: str, value: Any) -> bool:
    return keyword in _LENGTHS and isinstance(value, int) and value > most


def _converted(schema: Any) -> bytes:
    try:
        converter = _converter()
        converter.visit(converter.resolve_refs(schema, "schema"), "")
        grammar: str = converter.format_grammar()
    except Exception as failed:  # KeyError, AssertionError, RecursionError: whatever it stumbles over
        said = f"{type(failed).__name__}: {failed}"[:300]
        raise CannotGenerate(
            f"llama-cpp-python cannot make a grammar of the task's schema ({said}); set structured: llguidance, or none"
        ) from None
    # As it comes, strings may hold control characters, which JSON forbids.
    return grammar.replace(r"""[^"\\] |""", r"""[^"\\\x00-\x1F\x7F] |""").encode()


def _converter() -> Any:
    """The library's converter, but for its texts: it takes JSON's escapes for those of the grammar."""
    library = import_module("llama_cpp.llama_grammar")

    class Converter(library.SchemaConverter):  # type: ignore[misc,name-defined] # imported late, and untyped
        def _format_literal(self, literal: str) -> str:
            if literal.startswith(('"', "[", "{")):  # a value of the schema; else a piece of a pattern
                with suppress(ValueError):
                    literal = json.dumps(json.loads(literal), ensure_ascii=False)
            escaped = literal.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
            return f'"{escaped}"'

    return Converter(prop_order={}, allow_fetch=False, dotall=False, raw_pattern=False)


def _is_taken(library: Any, vocabulary: Any, grammar: bytes) -> bool:
    """Whether llama.cpp makes a sampler of it; sampling by one that it refuses would end the process."""
    sampler = library.llama_sampler_init_grammar(vocabulary, grammar, b"root")
    if not sampler:
        return False
    library.llama_sampler_free(sampler)
    return True
