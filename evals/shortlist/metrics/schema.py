"""`schema.pass`, `schema.pass_extracted`, `schema.pass_repaired`: 1.0 when the output is valid, else 0.0.

The three judge the three readings of `shortlist.metrics.reading` against the task's JSON Schema, in the draft that
its `$schema` names (2020-12 when it names none). `format` is asserted, in every draft: a schema that says
`date-time` means it, and the validators that such schemas come from (Zod, pydantic) refuse what misses it. Formats
that the validator does not know are ignored. `$ref` never leaves the schema: nothing is fetched.

Failed cases score 0.0 with status `failed`. A task without a schema has plain text, where the family has no meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from shortlist.errors import InputError
from shortlist.metrics.base import Case, FamilyScores, Material, Scorer, failed, not_applicable, ok
from shortlist.metrics.paths import join
from shortlist.metrics.reading import Reading
from shortlist.metrics.values import ABSENT, clip
from shortlist.scores import SchemaFailure, Score
from shortlist.tasks.model import Task

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError, Validator

VERSION = "1"

METRICS: Final = ("schema.pass", "schema.pass_extracted", "schema.pass_repaired")
MAX_MESSAGE_CHARS: Final = 200

_CATEGORY: Final = {
    "required": "missing_key",
    "dependentRequired": "missing_key",
    "additionalProperties": "extra_key",
    "unevaluatedProperties": "extra_key",
    "falseSchema": "extra_key",
    "type": "wrong_type",
    "minimum": "out_of_range",
    "maximum": "out_of_range",
    "exclusiveMinimum": "out_of_range",
    "exclusiveMaximum": "out_of_range",
    "multipleOf": "out_of_range",
    "pattern": "pattern",
    "format": "pattern",
    "minLength": "length",
    "maxLength": "length",
    "minItems": "length",
    "maxItems": "length",
    "minProperties": "length",
    "maxProperties": "length",
    "additionalItems": "length",
    "enum": "enum",
    "const": "enum",
}

_YES, _NO = Score(1.0), Score(0.0)
_ALL_PASS = FamilyScores(dict.fromkeys(METRICS, _YES))


def scorer(material: Material) -> Scorer:
    """Judges cases against the task's schema; the validator is built here, once.

    Raises:
        InputError: the task's schema is not a valid JSON Schema.
    """
    if material.task.schema is None:
        text = FamilyScores(dict.fromkeys(METRICS, not_applicable("the task's output is plain text")))
        return lambda case: text
    validator = _validator(material.task)

    def judge(case: Case) -> FamilyScores:
        if case.failure is not None:
            score = failed(case.failure)
            return FamilyScores(
                dict.fromkeys(METRICS, score), schema_failure=SchemaFailure("no_output", "$", case.failure)
            )
        reading = case.reading
        if reading.raw is not ABSENT and validator.is_valid(reading.raw):
            return _ALL_PASS
        extracted = reading.extracted is not ABSENT and validator.is_valid(reading.extracted)
        repaired = extracted or (reading.repaired is not ABSENT and validator.is_valid(reading.repaired))
        scores = dict(zip(METRICS, (_NO, ok(float(extracted)), ok(float(repaired))), strict=True))
        return FamilyScores(scores, schema_failure=_first_failure(reading, validator))

    return judge


def _validator(task: Task) -> Validator:
    import jsonschema_rs  # noqa: PLC0415 - 20 ms

    assert task.schema is not None
    try:
        return jsonschema_rs.validator_for(dict(task.schema), validate_formats=True, offline=True)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as broken:
        raise InputError(f"task {task.ref}: its schema is not a valid JSON Schema: {broken}") from None


def _first_failure(reading: Reading, validator: Validator) -> SchemaFailure:
    """Why an output is not valid: what is wrong with the text, else the violation that comes first in it."""
    if reading.raw is not ABSENT:
        return _first_violation(reading.raw, validator)
    if not reading.text.strip():
        return SchemaFailure("empty", "$", "the output is empty")
    wrapping = reading.wrapping
    if wrapping is not None:
        around = "a code fence" if wrapping == "fenced" else "other text"
        inside = "and is valid"
        if not validator.is_valid(reading.extracted):
            violation = _first_violation(reading.extracted, validator)
            inside = f"and fails at {violation.path}: {violation.message}"
        return SchemaFailure(wrapping, "$", clip(f"the JSON stands inside {around} {inside}", MAX_MESSAGE_CHARS))
    if reading.cut_off:
        return SchemaFailure("truncated_json", "$", f"the JSON does not end: … {clip(reading.text[-60:])}")
    return SchemaFailure("not_json", "$", f"no JSON: {clip(reading.text)}")


@dataclass(frozen=True, slots=True)
class _Violation:
    path: tuple[str | int, ...]
    category: str
    message: str


def _first_violation(value: Any, validator: Validator) -> SchemaFailure:
    """The violation that comes first in the document; of several at one place, the one the validator names first.

    A key that is missing comes after everything that its object holds, for only there is it known to be missing.
    """
    violations = [_located(error) for error in validator.iter_errors(value)]
    first = min(violations, key=lambda violation: _position(value, violation.path))
    name = ""
    for step in first.path:
        name = join(name, step)
    return SchemaFailure(first.category, name or "$", clip(first.message, MAX_MESSAGE_CHARS))


def _located(error: ValidationError) -> _Violation:
    """What is violated and where, looked up inside `anyOf`/`oneOf` where one alternative was meant."""
    kind, path = error.kind, tuple(error.instance_path)
    category = _CATEGORY.get(kind.name, "other")
    if kind.name in ("anyOf", "oneOf"):
        alternatives: list[list[ValidationError]] = kind.as_dict()["context"]
        meant = _alternative(alternatives, path)
        if meant is not None:
            return meant
        if all(_of_another_type(errors, path) for errors in alternatives):
            category = "wrong_type"
    elif kind.name == "required":
        path = (*path, kind.as_dict()["property"])
    elif kind.name in ("additionalProperties", "unevaluatedProperties"):
        path = (*path, kind.as_dict()["unexpected"][0])
    return _Violation(path, category, error.message)


def _of_another_type(errors: list[ValidationError], here: tuple[str | int, ...]) -> bool:
    return any(error.kind.name == "type" and tuple(error.instance_path) == here for error in errors)


def _alternative(alternatives: list[list[ValidationError]], here: tuple[str | int, ...]) -> _Violation | None:
    """The violation inside the one alternative that the value was meant for, if that can be told.

    An alternative is out when the value has another type altogether. Of those left, the one that was followed
    furthest down; None when nothing is left, when two went equally far, or when one fits (`oneOf` with two that fit).
    """
    if not all(alternatives):
        return None
    depths = {
        index: max(len(error.instance_path) for error in errors)
        for index, errors in enumerate(alternatives)
        if not _of_another_type(errors, here)
    }
    furthest = [index for index, depth in depths.items() if depth == max(depths.values())]
    return _located(alternatives[furthest[0]][0]) if len(furthest) == 1 else None


def _position(value: Any, path: tuple[str | int, ...]) -> tuple[int, ...]:
    """Where `path` stands in the document, as something that sorts."""
    position = []
    for step in path:
        if isinstance(value, dict):
            keys = list(value)
            position.append(keys.index(str(step)) if step in value else len(keys))
            value = value.get(str(step))
        elif isinstance(value, list) and isinstance(step, int):
            position.append(step)
            value = value[step]
    return tuple(position)
