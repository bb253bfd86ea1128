"""Properties of whole records under rules made at random.

Not symmetric, since they ask something of the output alone: `count` with `at_least`, `unpaired: missing` and `none`,
`mentions` of a list of terms, `paragraphs` with `equals`. Not 1.0 on equality: `paragraphs` with `equals`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortlist.metrics.fields import compare_records
from shortlist.tasks.rules import FieldRule

pytestmark = pytest.mark.usefixtures("embedding_model")

NAMES = ("a", "b", "c")
SCALARS = st.sampled_from(
    [None, True, False, 0, 1, 2, 2.5, "", "chef", "Chef!", "cook", "head chef", "2021", "2021-3", "2021-03", "x\n\ny"]
)
LISTS = st.lists(SCALARS, max_size=4)
ITEMS = st.lists(st.dictionaries(st.sampled_from(NAMES), SCALARS | LISTS, max_size=3) | SCALARS, max_size=4)
VALUES = SCALARS | LISTS | ITEMS | st.dictionaries(st.sampled_from(NAMES), SCALARS | LISTS | ITEMS, max_size=3)
RECORDS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3)

WEIGHTS = st.sampled_from([1.0, 0.5, 3.0, 0.1])
PLAIN = st.builds(
    FieldRule,
    compare=st.sampled_from(["exact", "text", "long_text", "semantic", "mentions", "paragraphs", "date", "enum"]),
    weight=WEIGHTS,
)
LEAVES = (
    PLAIN
    | st.builds(FieldRule, compare=st.just("number"), within=st.sampled_from([None, 0.0, 1.0]), weight=WEIGHTS)
    | st.builds(
        FieldRule,
        compare=st.just("set"),
        unpaired=st.sampled_from(["both", "missing"]),
        select=st.sampled_from([None, "[].a", "[].b[]"]),
    )
    | st.builds(
        FieldRule, compare=st.just("count"), at_least=st.booleans(), select=st.sampled_from([None, "[].a", "[].b[]"])
    )
)
ABSOLUTE = st.builds(FieldRule, compare=st.just("paragraphs"), equals=st.integers(1, 2))


def nested(inner: st.SearchStrategy[FieldRule]) -> st.SearchStrategy[FieldRule]:
    fields = st.dictionaries(st.sampled_from(NAMES), inner, min_size=1, max_size=3)
    return st.builds(FieldRule, compare=st.just("object"), fields=fields, weight=WEIGHTS) | st.builds(
        FieldRule,
        compare=st.just("objects"),
        fields=fields,
        key=st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True).map(tuple),
        unpaired=st.sampled_from(["both", "missing", "none"]),
        weight=WEIGHTS,
    )


RULES = st.dictionaries(st.sampled_from(NAMES), st.recursive(LEAVES, nested, max_leaves=4), min_size=1, max_size=3)
WITH_ABSOLUTE = st.dictionaries(
    st.sampled_from(NAMES), st.recursive(LEAVES | ABSOLUTE, nested, max_leaves=4), min_size=1, max_size=3
)


def every_rule(rules: Mapping[str, FieldRule]) -> Iterator[FieldRule]:
    for rule in rules.values():
        yield rule
        yield from every_rule(rule.fields)


def is_symmetric(rule: FieldRule) -> bool:
    return not (rule.at_least or rule.equals or rule.unpaired != "both" or rule.compare == "mentions")


@given(WITH_ABSOLUTE, RECORDS, RECORDS, st.booleans())
@settings(max_examples=400)
def test_scores_are_bounded_and_explained(
    rules: dict[str, FieldRule], value: Any, reference: Any, stated_only: bool
) -> None:
    compared = compare_records(rules, value, reference, stated_only=stated_only)
    lost = {loss.field for loss in compared.losses}
    for name, score in compared.fields.items():
        assert 0.0 <= score <= 1.0
        assert (score < 1.0) == (name in lost), (name, compared.losses)
    if compared.score is None:
        assert not compared.fields
    else:
        assert 0.0 <= compared.score <= 1.0
        assert (compared.score < 1.0) == bool(lost)


@given(RULES, RECORDS, st.booleans())
def test_equality_is_exactly_one_in_every_field(rules: dict[str, FieldRule], value: Any, stated_only: bool) -> None:
    compared = compare_records(rules, value, copy.deepcopy(value), stated_only=stated_only)
    assert compared.score in (1.0, None)
    assert set(compared.fields.values()) <= {1.0}
    assert not compared.losses


@given(RULES.filter(lambda rules: all(map(is_symmetric, every_rule(rules)))), RECORDS, RECORDS)
@settings(max_examples=200)
def test_what_asks_the_same_of_both_sides_is_symmetric(rules: dict[str, FieldRule], value: Any, reference: Any) -> None:
    there = compare_records(rules, value, reference)
    back = compare_records(rules, reference, value)
    assert there.fields == pytest.approx(back.fields, abs=1e-12)


def shuffled(rule: FieldRule, value: Any, random: Random) -> Any:
    """The value with every list that the rule looks into in another order, and the keys of every object."""
    if isinstance(value, dict):
        names = random.sample(list(value), len(value))
        inner = rule.fields if rule.compare == "object" else {}
        return {name: shuffled(inner[name], value[name], random) if name in inner else value[name] for name in names}
    if not isinstance(value, list) or rule.compare not in ("set", "count", "objects", "mentions"):
        return value
    items = random.sample(value, len(value))
    if rule.compare != "objects":
        return items
    as_object = FieldRule(compare="object", fields=rule.fields)
    return [shuffled(as_object, item, random) for item in items]


@given(RULES, RECORDS, RECORDS, st.randoms(use_true_random=False), st.booleans())
@settings(max_examples=300)
def test_no_order_matters(
    rules: dict[str, FieldRule], value: Any, reference: Any, random: Random, stated_only: bool
) -> None:
    before = compare_records(rules, value, reference, stated_only=stated_only)
    after = compare_records(
        rules,
        {name: shuffled(rules[name], inner, random) if name in rules else inner for name, inner in value.items()},
        {name: shuffled(rules[name], inner, random) if name in rules else inner for name, inner in reference.items()},
        stated_only=stated_only,
    )
    assert after.fields == pytest.approx(before.fields, abs=1e-12)


TEXTS = st.sampled_from(["chef", "Chef", "head chef", "sous chef", "chefs", "cook", "head cook", "baker"])
RECALLS = (
    FieldRule(compare="set", unpaired="missing"),
    FieldRule(compare="count", at_least=True),
    FieldRule(compare="mentions"),
)
KEYWORDS = FieldRule(
    compare="objects", key=("a",), fields={"a": FieldRule(compare="text")}, unpaired="missing"
)  # as keywords_complete


@given(st.sampled_from(RECALLS), st.lists(TEXTS, min_size=1, max_size=6), st.lists(TEXTS, max_size=6), st.data())
def test_removing_an_item_never_raises_recall(
    rule: FieldRule, value: list[Any], reference: list[Any], data: st.DataObject
) -> None:
    never_raises(rule, value, reference, data)


@given(st.lists(TEXTS, min_size=1, max_size=6), st.lists(TEXTS, max_size=6), st.data())
@settings(max_examples=200)
def test_removing_an_object_never_raises_recall(value: list[str], reference: list[str], data: st.DataObject) -> None:
    """Where the key is all that is compared; else one that agrees better can take the place of one removed."""
    never_raises(KEYWORDS, [{"a": text} for text in value], [{"a": text} for text in reference], data)


def never_raises(rule: FieldRule, value: list[Any], reference: list[Any], data: st.DataObject) -> None:
    gone = data.draw(st.integers(0, len(value) - 1))
    without = value[:gone] + value[gone + 1 :]
    before, after = (
        compare_records({"f": rule}, {"f": items}, {"f": reference}, stated_only=True).fields["f"]
        for items in (value, without)
    )
    assert after <= before + 1e-12


@given(st.lists(TEXTS, max_size=5), st.lists(TEXTS, max_size=5))
def test_more_than_the_reference_costs_nothing_with_missing(value: list[str], more: list[str]) -> None:
    for rule in (FieldRule(compare="set", unpaired="missing"), KEYWORDS):
        wrapped = [[{"a": text} for text in texts] if rule is KEYWORDS else texts for texts in ([*more, *value], value)]
        compared = compare_records({"f": rule}, {"f": wrapped[0]}, {"f": wrapped[1]})
        assert compared.score == 1.0
        assert not compared.losses


@given(st.sampled_from([None, "", [], {}]), st.sampled_from([None, "", [], {}]), LEAVES)
def test_missing_null_and_empty_agree_with_themselves_alone(value: Any, reference: Any, rule: FieldRule) -> None:
    if rule.compare == "mentions" or rule.select is not None:
        return  # an empty list of terms asks for nothing; of an empty list and an empty object nothing is selected
    rules = {"f": rule}
    assert compare_records(rules, {"f": value}, {"f": reference}).score == float(
        type(value) is type(reference) and value == reference
    )
    assert compare_records(rules, {}, {"f": reference}).score == 0.0
    assert compare_records(rules, {"f": value}, {}).score == 0.0
