"""The two kinds of rule that a task states: how its fields compare, and what makes an output good."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Compare = Literal["exact", "text", "long_text", "number", "date", "enum", "set", "count", "object", "objects"]

FieldPath = Annotated[str, Field(pattern=r"^[^.\[\]]+(\[\])?(\.[^.\[\]]+(\[\])?)*$")]
"""`coverLetter`, `radar.technical`, `bulletsByRole[].bullets[]`: dots go into objects, `[]` over every item."""


class FieldRule(BaseModel):
    """How one field of the output is compared with the same field of a reference.

    `text` compares normalised words; `long_text` tolerates rewording; `number` is right `within` a distance;
    `date` knows YYYY and YYYY-MM; `set` is the F1 of distinct items, ignoring order; `count` compares lengths;
    `object` compares `fields` one by one; `objects` first aligns two lists by `key`, whatever their order.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    compare: Compare
    weight: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    within: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """`number` only: the largest difference that still counts as agreement."""
    at_least: bool = False
    """`count` only: more than the reference is as good as equal."""
    select: str | None = None
    """`set` and `count` only: which strings to collect from a list of objects, e.g. `[].items[]`."""
    key: tuple[str, ...] = ()
    """`objects` only: the fields that tell which object is which."""
    fields: dict[str, FieldRule] = Field(default_factory=dict)
    """`object` and `objects` only."""

    @model_validator(mode="after")
    def _options_belong_to_the_comparison(self) -> Self:
        allowed = {
            "within": {"number"},
            "at_least": {"count"},
            "select": {"set", "count"},
            "key": {"objects"},
            "fields": {"object", "objects"},
        }
        for option, comparisons in allowed.items():
            if getattr(self, option) and self.compare not in comparisons:
                raise ValueError(
                    f"{option!r} goes with compare: {' or '.join(sorted(comparisons))}, not {self.compare}"
                )
        if self.compare == "objects" and not (self.key and self.fields):
            raise ValueError("compare: objects needs 'key' and 'fields'")
        if self.compare == "object" and not self.fields:
            raise ValueError("compare: object needs 'fields'")
        return self


class _QualityRule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Paragraphs(_QualityRule):
    """The text has exactly this many paragraphs, separated by blank lines."""

    check: Literal["paragraphs"]
    field: FieldPath
    equals: Annotated[int, Field(ge=1)]


class Words(_QualityRule):
    """The text's length in words lies within the bounds."""

    check: Literal["words"]
    field: FieldPath
    at_least: Annotated[int, Field(ge=0)] = 0
    at_most: Annotated[int, Field(ge=1)]


class NoPhrases(_QualityRule):
    """None of the phrases occurs (whole words, case ignored) in the field, or anywhere when no field is named."""

    check: Literal["no_phrases"]
    field: FieldPath | None = None
    phrases: Annotated[tuple[str, ...], Field(min_length=1)]


class DistinctOpenings(_QualityRule):
    """Within each list that `field` reaches, no two strings begin with the same word."""

    check: Literal["distinct_openings"]
    field: FieldPath


class FlagsTrue(_QualityRule):
    """Each object's boolean `flag` says rightly whether its `term` occurs in the résumé."""

    check: Literal["flags_true"]
    field: FieldPath
    term: str
    flag: str


QualityRule = Annotated[Paragraphs | Words | NoPhrases | DistinctOpenings | FlagsTrue, Field(discriminator="check")]
