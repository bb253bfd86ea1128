"""awslabs' stickler, set up as nearly as it can be to the field rules of `pro_output`."""

from __future__ import annotations

from functools import cache
from types import GenericAlias
from typing import Any

from pydantic import create_model
from stickler import ComparableField, StructuredModel  # type: ignore[import-untyped] # it comes without types
from stickler.comparators.exact import ExactComparator  # type: ignore[import-untyped] # likewise
from stickler.comparators.fuzzy import FuzzyComparator  # type: ignore[import-untyped] # likewise
from stickler.comparators.numeric import NumericComparator  # type: ignore[import-untyped] # likewise

from support.corruptions import RADAR, Document


def field(comparator: Any) -> Any:
    return ComparableField(comparator=comparator, threshold=0.01, clip_under_threshold=False, default=None)


def text() -> tuple[Any, Any]:
    return (str | None, field(FuzzyComparator(method="token_sort_ratio")))


def exact(kind: Any) -> tuple[Any, Any]:
    return (kind | None, field(ExactComparator()))


def number(within: float = 0.0) -> tuple[Any, Any]:
    return (Any, field(NumericComparator(absolute_tolerance=within)))


@cache
def model() -> Any:
    """ProOutput under stickler's comparisons that come nearest to the task's."""

    def record(name: str, **fields: Any) -> Any:
        return create_model(name, __base__=StructuredModel, **fields)

    def inner(kind: Any) -> tuple[Any, Any]:
        return (kind | None, ComparableField(default=None))

    dates = {"startDate": exact(str), "endDate": exact(str)}
    role = record("Role", company=text(), title=text(), bullets=number(), **dates)
    entry = record("Entry", institution=text(), degree=text(), field=text(), year=exact(str))
    keyword = record("Keyword", keyword=text(), present=exact(bool))
    radar = record("Radar", **{name: number(within=10) for name in RADAR})
    return record(
        "ProOutput",
        headline=text(),
        summary=text(),
        coverLetter=text(),
        matchScore=number(within=10),
        bulletsByRole=inner(GenericAlias(list, (role,))),
        education=inner(GenericAlias(list, (entry,))),
        keywordChecklist=inner(GenericAlias(list, (keyword,))),
        radar=inner(radar),
        skills=exact(list[str]),
    )


def theirs(output: Document, reference: Document) -> dict[str, float]:
    """Stickler's field scores, of documents that say what the task's rules look at."""

    def read(document: Document) -> Any:
        document = {name: value for name, value in document.items() if name != "warnings"}
        if document.get("bulletsByRole"):
            document["bulletsByRole"] = [
                role | {"bullets": len(role["bullets"]) if "bullets" in role else None}
                for role in document["bulletsByRole"]
            ]
        if document.get("skills"):
            document["skills"] = sorted({item for group in document["skills"] for item in group["items"]})
        return model()(**document)

    return dict(read(reference).compare_with(read(output))["field_scores"])
