"""What a task states: how its fields compare, what makes an output good, and which of its fields make claims."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Compare = Literal[
    "exact",
    "text",
    "long_text",
    "semantic",
    "mentions",
    "paragraphs",
    "number",
    "date",
    "enum",
    "set",
    "count",
    "object",
    "objects",
]

TEXT_FIELD = "text"
"""The one field of a task without a schema: its rules name the whole text by this."""

FieldPath = Annotated[str, Field(pattern=r"^[^.\[\]]+(\[\])?(\.[^.\[\]]+(\[\])?)*$")]
"""`coverLetter`, `radar.technical`, `bulletsByRole[].bullets[]`: dots go into objects, `[]` over every item."""


class FieldRule(BaseModel):
    """How one field of the output is compared with the same field of a reference.

    `text` compares normalised words; `long_text` tolerates rewording; `semantic` compares meanings by an embedding
    (extra `semantic`); `mentions` asks which of a list of terms a text says; `paragraphs` compares their number;
    `number` is right `within` a distance; `date` knows YYYY and YYYY-MM; `set` is the F1 of distinct items, ignoring
    order; `count` compares lengths; `object` compares `fields` one by one; `objects` first aligns two lists by `key`,
    whatever their order.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    compare: Compare
    weight: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    within: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """`number` only: the largest difference that still counts as agreement."""
    at_least: bool = False
    """`count` only: more than the reference is as good as equal."""
    equals: Annotated[int, Field(ge=1)] | None = None
    """`paragraphs` only: how many there must be, whatever the reference has."""
    unpaired: Literal["both", "missing", "none"] = "both"
    """`set` and `objects` only: which items without a counterpart cost. `missing`: those of the reference alone, so
    that more than the reference is no mistake. `none` (`objects`): only what both have is compared."""
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
            "equals": {"paragraphs"},
            "select": {"set", "count"},
            "key": {"objects"},
            "fields": {"object", "objects"},
        }
        for option, comparisons in allowed.items():
            if getattr(self, option) and self.compare not in comparisons:
                raise ValueError(
                    f"{option!r} goes with compare: {' or '.join(sorted(comparisons))}, not {self.compare}"
                )
        unpaired = {"set": ("both", "missing"), "objects": ("both", "missing", "none")}.get(self.compare, ("both",))
        if self.unpaired not in unpaired:
            raise ValueError(
                f"'unpaired' of compare: {self.compare} is one of {', '.join(unpaired)}; got {self.unpaired!r}"
            )
        if self.compare == "objects" and not (self.key and self.fields):
            raise ValueError("compare: objects needs 'key' and 'fields'")
        if self.compare == "object" and not self.fields:
            raise ValueError("compare: object needs 'fields'")
        return self


class CheckRule(FieldRule):
    """A named check of one field against a reference: metrics `parity.<check>` and `gold.<check>`.

    It compares as a field rule does and is no part of `parity.score`; several may look at one field from several sides.
    """

    field: Annotated[str, Field(pattern=r"^[^.\[\]/\s]+$")]
    """The property of the output that is looked at."""

    @model_validator(mode="after")
    def _has_no_weight(self) -> Self:
        if self.weight != 1.0:
            raise ValueError("a check is no part of the score, so it has no 'weight'")
        return self

    @property
    def absolute(self) -> bool:
        """Whether it asks nothing of the reference, so that it holds where gold does not state the field."""
        return self.equals is not None


ClaimKind = Literal["numbers", "employers", "titles", "degrees", "institutions", "dates", "certifications", "skills"]


class ClaimRule(BaseModel):
    """Where an output makes claims of one kind, and which text must bear them out: metric `grounding.<kind>`.

    Under `employers`, `titles`, `degrees`, `institutions`, `dates` and `skills` each string that `fields` reach is one
    claim. Under `numbers` and `certifications` every figure, or every certificate, that is named inside the strings is.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    fields: Annotated[tuple[FieldPath, ...], Field(min_length=1)]
    source: Literal["resume", "pair"] = "resume"
    """`pair`: the job description bears a claim out as well."""


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


class Items(_QualityRule):
    """The list's length lies within the bounds."""

    check: Literal["items"]
    field: FieldPath
    at_least: Annotated[int, Field(ge=0)] = 0
    at_most: Annotated[int, Field(ge=1)]


class NamesGold(_QualityRule):
    """The text says what gold knows at `gold`, e.g. the employer of `job_extraction.hiringOrganization`.

    Not applicable to a pair whose gold does not state it.
    """

    check: Literal["names_gold"]
    field: FieldPath
    gold: FieldPath
    """Begins with the task whose gold is meant."""


class AsManyAsGold(_QualityRule):
    """At least as many items stand at `field` as gold has at `gold`. Not applicable where gold does not state them."""

    check: Literal["as_many_as_gold"]
    field: FieldPath
    gold: FieldPath


QualityRule = Annotated[
    Paragraphs | Words | Items | NoPhrases | DistinctOpenings | FlagsTrue | NamesGold | AsManyAsGold,
    Field(discriminator="check"),
]
