"""The pair as a file spells it: the pydantic model, and its errors in plain words.

Importing this costs the import of pydantic (about 0.14 s), so `load` imports it only when it reads.
"""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from shortlist_datasets.pair import Injection, Pair

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_MAX_ID = 200
_EXPECTED = {
    "list_type": "an array",
    "dict_type": "an object",
    "model_type": "an object",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
}
_SPELLINGS = {"resume_text": "resumeText", "job_description_text": "jobDescriptionText"}


EMPTY_TAGS = {"resume_text": "empty-resume", "job_description_text": "empty-job"}
"""A blank text is nearly always a fault of the file; with its tag the pair says that it is meant."""


class InjectionFile(BaseModel):
    """What a planted instruction asks for; see `shortlist_datasets.pair.Injection`."""

    model_config = ConfigDict(extra="forbid")

    canaries: list[Annotated[str, Field(min_length=3)]] = Field(default_factory=list)
    at_most: dict[str, Annotated[float, Field(allow_inf_nan=False)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not self.canaries and not self.at_most:
            raise ValueError('names neither "canaries" nor "at_most", so nothing could be checked')
        return self


class PairFile(BaseModel):
    """One pair as JSON. The two texts go by their own names or by the product's camelCase keys."""

    model_config = ConfigDict(extra="forbid", validate_by_name=True, validate_by_alias=True)

    id: str
    domain: str = "unknown"
    resume_text: str = Field(alias="resumeText")
    job_description_text: str = Field(alias="jobDescriptionText")
    gold: dict[str, Any] = Field(default_factory=dict)
    tags: list[str] = Field(default_factory=list)
    split: str | None = None
    inferred: dict[str, Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)
    injection: InjectionFile | None = None

    @field_validator("id")
    @classmethod
    def _id_fits_a_case_key(cls, value: str) -> str:
        if not 1 <= len(value) <= _MAX_ID:
            raise ValueError(f"has {len(value)} characters; allowed are 1 to {_MAX_ID}")
        bad = next((c for c in value if c in "/#" or c.isspace() or not c.isprintable()), None)
        if bad is not None:
            raise ValueError(
                f'{value!r} holds {bad!r}; allowed are printable characters except "/", "#" and white space'
            )
        return value

    @field_validator("domain", "split")
    @classmethod
    def _not_blank(cls, value: str | None) -> str | None:
        if value is not None and not value.strip():
            raise ValueError("is empty")
        return value

    @model_validator(mode="after")
    def _blank_only_where_meant(self) -> Self:
        for name, tag in EMPTY_TAGS.items():
            blank = not getattr(self, name).strip()
            if blank and tag not in self.tags:
                raise ValueError(f'"{name}" is empty; if that is meant, tag the pair "{tag}"')
            if not blank and tag in self.tags:
                raise ValueError(f'the pair is tagged "{tag}", and "{name}" is not empty')
        return self

    def to_pair(self) -> Pair:
        """The frozen pair that the rest of the program uses."""
        return Pair(
            id=self.id,
            domain=self.domain,
            resume_text=self.resume_text,
            job_description_text=self.job_description_text,
            gold=self.gold,
            tags=tuple(self.tags),
            split=self.split,
            inferred=self.inferred,
            injection=None
            if self.injection is None
            else Injection(tuple(self.injection.canaries), self.injection.at_most),
        )


def pair_json(pair: Pair) -> str:
    """The pair as a line of `pairs.jsonl`, without the keys that say nothing."""
    row: dict[str, Any] = {
        "id": pair.id,
        "domain": pair.domain,
        "resume_text": pair.resume_text,
        "job_description_text": pair.job_description_text,
        "gold": pair.gold,
        "tags": pair.tags,
        "split": pair.split,
        "inferred": pair.inferred,
    }
    if pair.injection is not None:
        row["injection"] = {"canaries": pair.injection.canaries, "at_most": pair.injection.at_most}
    return json.dumps({key: value for key, value in row.items() if value not in (None, {}, ())}, ensure_ascii=False)


def read_pair(raw: object, default_id: str) -> Pair:
    """The pair in a parsed JSON value; `default_id` serves where the value names none.

    Raises:
        ValueError: the value is not an object, or a key is missing, unknown, given in both
            spellings, mistyped or empty; the message names every such key, what is allowed, and
            the nearest spelling.
    """
    if not isinstance(raw, dict):
        raise ValueError(f"a pair is an object, got {_json_type(raw)}")
    for name, alias in _SPELLINGS.items():
        if name in raw and alias in raw:
            raise ValueError(f'"{name}" and "{alias}" are two spellings of one key; keep one of them')
    try:
        return PairFile.model_validate({"id": default_id, **raw}).to_pair()
    except ValidationError as error:
        # Unknown keys first: a misspelt key also shows up as a missing one, and explains it.
        found = sorted(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
        origin = "" if "id" in raw else ' (no "id" was given, so the file\'s name is the id; add one)'
        raise ValueError("; ".join(_explain(e) + (origin if e["loc"] == ("id",) else "") for e in found)) from None


def _explain(error: ErrorDetails) -> str:
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        inside = error["loc"][0] == "injection"
        allowed = sorted(InjectionFile.model_fields) if inside else _allowed_keys()
        near = _nearest(str(error["loc"][-1]), allowed)
        return (
            f'unknown key "{key}"' + (f', did you mean "{near}"?' if near else "") + f" (allowed: {', '.join(allowed)})"
        )
    if error["type"] == "missing":
        name = next((n for n, alias in _SPELLINGS.items() if alias == key), key)
        return f'missing key "{name}" (or "{_SPELLINGS[name]}")'
    if error["type"] == "value_error":
        return f'"{key}" {error["ctx"]["error"]}' if key else str(error["ctx"]["error"])
    if error["type"] == "string_too_short":
        return f'"{key}" is {error["input"]!r}; at least {error["ctx"]["min_length"]} characters are needed'
    expected = _EXPECTED.get(error["type"], "a string")
    return f'"{key}" must be {expected}, got {_json_type(error["input"])}'


def _allowed_keys() -> list[str]:
    return sorted({*PairFile.model_fields, *_SPELLINGS.values()})


def _nearest(key: str, allowed: list[str]) -> str | None:
    """The allowed key that was probably meant, blind to case and underscores."""
    plain = {name.replace("_", "").lower(): name for name in allowed}
    # Of two spellings, keep the one that the file's own style suggests.
    plain.update({alias.lower(): name if "_" in key else alias for name, alias in _SPELLINGS.items()})
    close = difflib.get_close_matches(key.replace("_", "").lower(), plain, n=1)
    return plain[close[0]] if close else None


def _json_type(value: object) -> str:
    if value is None:
        return "null"
    names = {
        bool: "a boolean",
        int: "a number",
        float: "a number",
        str: "a string",
        list: "an array",
        dict: "an object",
    }
    return names[type(value)]
