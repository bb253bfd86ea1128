from __future__ import annotations

import itertools
from math import isclose
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlist.metrics.fields import MAX_LOSSES, Compared, compare_records
from shortlist.tasks.rules import Compare, FieldRule
from support.cases import pro_output

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from(["", "chef", "Chef", "sous chef", "2021", "2021-03"])
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abk"), inner, max_size=3),
    max_leaves=6,
)
ITEMS = st.fixed_dictionaries(
    {},
    optional={
        "k": st.sampled_from(["chef", "sous chef", "head chef", "cook", None]),
        "j": st.sampled_from(["Acme", "Acme Inc", "Bistro"]),
        "a": st.sampled_from([1, 2, None, "x"]),
        "d": st.sampled_from(["2021", "2021-03", "2021-05", None]),
    },
)
OBJECTS = FieldRule(
    compare="objects",
    key=("k", "j"),
    fields={"k": FieldRule(compare="text"), "a": FieldRule(compare="exact", weight=3), "d": FieldRule(compare="date")},
)
LEAVES: tuple[Compare, ...] = (
    *("exact", "text", "long_text", "semantic", "mentions", "paragraphs", "date", "enum", "set", "count", "number"),
)
RULES: dict[str, FieldRule] = {
    **{name: FieldRule(compare=name) for name in LEAVES},
    "within": FieldRule(compare="number", within=1),
    "object": FieldRule(compare="object", fields={"a": FieldRule(compare="text"), "b": FieldRule(compare="set")}),
    "objects": OBJECTS,
    "selected": FieldRule(compare="set", select="[].a"),
}
pytestmark = pytest.mark.usefixtures("embedding_model")


def one(rule: FieldRule, value: Any, reference: Any) -> float:
    score = compare_records({"f": rule}, {"f": value}, {"f": reference}).score
    assert score is not None
    return score


def losses(compared: Compared) -> list[str]:
    return [f"{loss.path}: {loss.why}" for loss in compared.losses]


@pytest.mark.parametrize(
    ("rule", "value", "reference", "score"),
    [
        ({"compare": "exact"}, 1, 1.0, 1),
        ({"compare": "exact"}, True, 1, 0),
        ({"compare": "exact"}, "a", "A", 0),
        ({"compare": "enum"}, "FULL_TIME", "Full-time", 1),
        ({"compare": "enum"}, "full time", "part time", 0),
        ({"compare": "text"}, "Head Chef", "head chef!", 1),
        ({"compare": "text"}, 5, "5", 0),
        ({"compare": "long_text"}, "we cook food", "we cook good food", 6 / 7),
        ({"compare": "number", "within": 10}, 60, 70, 1),
        ({"compare": "number", "within": 10}, 59, 70, 0),
        ({"compare": "number", "within": 0.1}, 1.1, 1, 1),
        ({"compare": "number"}, 1, 1.0, 1),
        ({"compare": "number"}, "1", 1, 0),
        ({"compare": "number", "within": 1}, True, 1, 0),
        ({"compare": "date"}, "2021-03", "2021-05", 0),
        ({"compare": "date"}, "2021", "2021-05", 0.5),
        ({"compare": "date"}, "2021-05", "2021", 0.5),
        ({"compare": "date"}, "2021-05-01", "2021-05", 0.5),
        ({"compare": "date"}, "May 2021", "2021-05", 0),
        ({"compare": "date"}, "present", "Present", 1),
        ({"compare": "date"}, "2021-3", "2021-03", 1),
        ({"compare": "date"}, "2021/03/7", "2021-03-07", 1),
        ({"compare": "date"}, "2021-1", "2021-12", 0),
        ({"compare": "date"}, "2021-13", "2021", 0),  # no such month, so no date
        ({"compare": "date"}, "2021-13", "2021-13.", 1),
        ({"compare": "date"}, 2021, "2021", 0),
        ({"compare": "text"}, "Jose\u0301 Nun\u0303ez", "JOSÉ NUÑEZ", 1),  # decomposed and composed
        ({"compare": "text"}, "Jose Nunez", "José Nuñez", 0),
        ({"compare": "text"}, "株式会社山田", "山田株式会社", 1),
        ({"compare": "text"}, "前端工程师", "后端工程师", 4 / 5),
        ({"compare": "long_text"}, "负责会计工作。", "负责销售工作。", 4 / 6),
        ({"compare": "set"}, ["Cafe\u0301"], ["café"], 1),
        ({"compare": "exact"}, "Cafe\u0301", "Café", 0),
        ({"compare": "paragraphs"}, "a\n\nb", "x\r\n \r\ny", 1),
        ({"compare": "paragraphs"}, "a\nb", "x\n\ny", 0),
        ({"compare": "paragraphs", "equals": 2}, "a\n\nb", None, 1),
        ({"compare": "paragraphs", "equals": 2}, "a", "a", 0),
        ({"compare": "paragraphs", "equals": 2}, ["a", "b"], None, 0),
        ({"compare": "mentions"}, "We use Python and lease accounting.", ["python", "Lease accounting", "SAP"], 2 / 3),
        ({"compare": "mentions"}, "REST APIs, companies, taxes", ["REST API", "company", "tax"], 1),
        ({"compare": "mentions"}, "accountant, JavaScript, C++", ["accounting", "Java", "C"], 0),
        ({"compare": "mentions"}, "resume", ["résumé"], 0),
        ({"compare": "mentions"}, "负责会计工作", ["会计"], 1),
        ({"compare": "mentions"}, "data. Science", ["data science"], 1),
        ({"compare": "mentions"}, "anything", [], 1),
        ({"compare": "mentions"}, "a b", "b c", 1 / 2),
        ({"compare": "mentions"}, ["a", "b"], ["b", "c"], 1 / 2),
        ({"compare": "mentions"}, 5, ["a"], 0),
        ({"compare": "mentions"}, "5", [5], 0),
        ({"compare": "set", "unpaired": "missing"}, ["A", "b", "x", "y"], ["a", "b", "c"], 2 / 3),
        ({"compare": "set", "unpaired": "missing"}, ["a"], [], 1),
        ({"compare": "set", "unpaired": "missing"}, [], ["a"], 0),
        ({"compare": "set"}, ["b", "A", "a"], ["a", "B"], 1),
        ({"compare": "set"}, ["a", "b", "x"], ["a", "b", "c", "d"], 4 / 7),
        ({"compare": "set"}, [], ["a"], 0),
        ({"compare": "set"}, [True, 1], [1], 2 / 3),
        ({"compare": "set", "select": "[].items[]"}, [{"items": ["a", "b"]}], [{"items": ["b"]}, {"items": ["a"]}], 1),
        ({"compare": "set", "select": "[].items[]"}, [{"items": ["a"]}, {}], [{"items": ["a", "b"]}], 2 / 3),
        ({"compare": "set"}, "ab", ["ab"], 0),
        ({"compare": "count"}, [1, 2, 3], [4, 5], 2 / 3),
        ({"compare": "count"}, [1], [4, 5], 1 / 2),
        ({"compare": "count", "at_least": True}, [1, 2, 3], [4, 5], 1),
        ({"compare": "count", "at_least": True}, [1], [4, 5], 1 / 2),
        ({"compare": "count", "select": "[].items[]"}, [{"items": [1, 2]}], [{"items": [1]}, {"items": [2]}], 1),
    ],
)
def test_each_comparison(rule: dict[str, Any], value: Any, reference: Any, score: float) -> None:
    assert one(FieldRule(**rule), value, reference) == pytest.approx(score)


def test_missing_null_and_empty_are_three_things() -> None:
    empties: list[dict[str, Any]] = [{}, {"f": None}, {"f": ""}, {"f": []}]
    for compare in LEAVES:
        if compare == "mentions":
            continue  # no terms are asked for in an empty list, so that any text agrees
        rules = {"f": FieldRule(compare=compare)}
        for mine, its in itertools.product(empties, repeat=2):
            assert compare_records(rules, mine, its).score == float(mine == its), (compare, mine, its)
    whys = [compare_records({"f": FieldRule(compare="text")}, empty, {"f": "x"}).losses[0].why for empty in empties]
    assert whys == ["missing ≠ x", "null ≠ x", "empty ≠ x", "empty ≠ x"]


@given(st.sampled_from(sorted(RULES)), ANYTHING)
def test_equality_is_exactly_one(name: str, value: Any) -> None:
    compared = compare_records({"f": RULES[name]}, {"f": value}, {"f": value})
    assert compared == Compared(1.0, {"f": 1.0}, ())


@given(
    st.sampled_from(sorted(RULES.keys() - {"mentions"})),
    ANYTHING | st.lists(ITEMS, max_size=4),
    ANYTHING | st.lists(ITEMS, max_size=4),
)
def test_every_comparison_is_symmetric_bounded_and_explained(name: str, value: Any, reference: Any) -> None:
    there = compare_records({"f": RULES[name]}, {"f": value}, {"f": reference})
    back = compare_records({"f": RULES[name]}, {"f": reference}, {"f": value})
    assert there.score is not None
    assert back.score is not None
    assert 0.0 <= there.score <= 1.0
    assert isclose(there.score, back.score, abs_tol=1e-12)
    assert bool(there.losses) == (there.score < 1.0)


@given(st.lists(ITEMS, max_size=5), st.lists(ITEMS, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_objects_does_not_matter(value: list[Any], reference: list[Any], random: Any) -> None:
    before = one(OBJECTS, value, reference)
    random.shuffle(value)
    random.shuffle(reference)
    assert isclose(one(OBJECTS, value, reference), before, abs_tol=1e-12)
    assert one(OBJECTS, sorted(reference, key=str), reference) == 1.0


@given(st.lists(st.sampled_from("abcdef"), max_size=6), st.lists(st.sampled_from("abcdef"), max_size=6))
def test_set_f1_by_its_definition(value: list[str], reference: list[str]) -> None:
    mine, its = set(value), set(reference)
    if mine and its:
        precision, recall = len(mine & its) / len(mine), len(mine & its) / len(its)
        expected = 2 * precision * recall / (precision + recall) if mine & its else 0.0
    else:
        expected = float(mine == its)
    assert one(FieldRule(compare="set"), value, reference) == pytest.approx(expected)


KEYED = FieldRule(compare="objects", key=("k",), fields={"a": FieldRule(compare="exact")})
DISTINCT = st.lists(
    st.fixed_dictionaries({"k": st.sampled_from(["head chef", "sous chef", "chef", "cook"]), "a": st.integers(0, 2)}),
    max_size=4,
    unique_by=lambda item: item["k"],
)


@given(DISTINCT, DISTINCT)
def test_alignment_against_every_possible_pairing(value: list[Any], reference: list[Any]) -> None:
    """Full matches first, then the pairing of the rest whose keys are most alike; tried exhaustively."""

    def likeness(a: dict[str, Any], b: dict[str, Any]) -> float:
        alike = one(FieldRule(compare="text"), a["k"], b["k"])
        return alike if alike > 0.5 else 0.0

    equal = [(v, r) for v in value for r in reference if v["k"] == r["k"]]
    mine = [v for v in value if all(v["k"] != r["k"] for r in reference)]
    its = [r for r in reference if all(r["k"] != v["k"] for v in value)]
    slots: list[dict[str, Any] | None] = [*its, *[None] * len(mine)]
    best = (-1.0, 0)
    for order in itertools.permutations(slots, len(mine)):
        pairs = [(v, r) for v, r in zip(mine, order, strict=True) if r is not None and likeness(v, r)]
        rank = (sum(likeness(v, r) for v, r in pairs), sum(v["a"] == r["a"] for v, r in pairs))
        best = max(best, rank)
    agreeing = sum(v["a"] == r["a"] for v, r in equal) + best[1]
    total = len(value) + len(reference)
    assert one(KEYED, value, reference) == pytest.approx(2 * agreeing / total if total else 1.0)


def test_two_terms_at_one_employer_are_told_apart_by_their_dates() -> None:
    terms = [
        {"k": "chef", "j": "Acme", "a": 1, "d": "2019"},
        {"k": "chef", "j": "Acme", "a": 2, "d": "2021"},
        {"k": "chef", "j": "Acme", "a": 3, "d": "2023"},
    ]
    for order in itertools.permutations(terms):
        assert one(OBJECTS, list(order), terms) == 1.0
    compared = compare_records({"f": OBJECTS}, {"f": [terms[2], terms[0]]}, {"f": terms})
    assert compared.score == pytest.approx(4 / 5)
    assert losses(compared) == ["f[chef/Acme #2]: missing from the output"]


def test_objects_are_one_only_when_enough_of_their_keys_agrees() -> None:
    reference = [{"k": "head chef", "j": "Acme", "a": 1}]
    half = [{"k": "waiter", "j": "Acme", "a": 1}]  # half of the key agrees, that half fully
    less = [{"k": "waiter", "j": "Acme Inc", "a": 1}]
    assert one(OBJECTS, half, reference) == pytest.approx(4 / 5)
    assert one(OBJECTS, less, reference) == 0.0
    assert one(KEYED, [{"k": "project management", "a": 1}], [{"k": "product management", "a": 1}]) == 0.0


def test_equal_keys_are_paired_even_where_others_would_find_more_partners() -> None:
    reference = [{"k": "a b c", "a": 1}, {"k": "a b c", "a": 1}, {"k": "a b c d e", "a": 2}]
    value = [{"k": "a b c", "a": 1}, {"k": "a b y z", "a": 9}, {"k": "a b y x", "a": 9}]
    assert one(KEYED, value, reference) == pytest.approx(2 / 6)


def test_lost_and_invented_objects_cost_the_same() -> None:
    roles = [{"k": name, "j": "Acme", "a": 1, "d": None} for name in ("chef", "cook", "waiter")]
    assert one(OBJECTS, roles[:2], roles) == one(OBJECTS, roles, roles[:2]) == pytest.approx(4 / 5)


def test_items_that_are_no_objects_match_only_their_equals() -> None:
    assert one(OBJECTS, ["x", {"k": "chef"}], [{"k": "chef"}, "x"]) == 1.0
    assert one(OBJECTS, ["y"], ["x"]) == 0.0
    assert one(OBJECTS, "chef", [{"k": "chef"}]) == 0.0


def test_weights() -> None:
    rules = {"a": FieldRule(compare="exact", weight=3), "b": FieldRule(compare="exact")}
    compared = compare_records(rules, {"a": 1, "b": 0}, {"a": 1, "b": 1})
    assert (compared.score, compared.fields) == (0.75, {"a": 1.0, "b": 0.0})


def test_rounding_hides_no_loss() -> None:
    rules = {"a": FieldRule(compare="exact", weight=1e17), "b": FieldRule(compare="exact")}
    compared = compare_records(rules, {"a": 1, "b": 0}, {"a": 1, "b": 1})
    assert compared.score is not None
    assert compared.score < 1.0


FLAGS = {"key": ("k",), "fields": {"a": FieldRule(compare="exact")}}


@pytest.mark.parametrize(
    ("unpaired", "value", "reference", "score", "why"),
    [
        ("missing", "x1 z1", "x1 y1", 1 / 2, ["f[y]: missing from the output"]),
        ("missing", "x1 y1 z1", "x1 y1", 1, []),
        ("missing", "x1", "", 1, []),
        ("missing", "", "x1", 0, ["f[x]: missing from the output"]),
        ("missing", "x0 y1", "x1 y1", 1 / 2, ["f[x].a: 0 ≠ 1"]),
        ("missing", "x1 x0 y1", "x1 y1", 1 / 2, ["f[x].a: 0 ≠ 1"]),  # said both ways: the worse one counts
        ("missing", "x1 x1 y1", "x1 y1", 1, []),
        ("missing", "x1 x0", "x1 x0", 1, []),
        ("missing", "x1", "x1 x0", 1 / 2, ["f[x #2]: missing from the output"]),
        ("none", "x1 z1", "x1 y1", 1, []),
        ("none", "x0 z1", "x1 y1", 0, ["f[x].a: 0 ≠ 1"]),
        ("none", "z1", "y1", 0, ["f: nothing in common with the reference"]),
        ("none", "", "y1", 0, ["f: nothing in common with the reference"]),
        ("none", "x1", "", 1, []),
        ("none", "x1 x0", "x1", 1 / 2, ["f[x].a: 0 ≠ 1"]),  # said both ways
        ("none", "x1", "x1 x0", 1 / 2, ["f[x #2].a: 1 ≠ 0"]),
        ("none", "x1 x0", "x1 x0 x0", 1, []),  # what is left over agrees with one that is there
        ("none", "x1 x1 y1 y1", "x1 y0", 2 / 4, ["f[y].a: 1 ≠ 0", "f[y].a: 1 ≠ 0"]),
        ("both", "x1 z1", "x1 y1", 1 / 2, ["f[y]: missing from the output", "f[z]: not in the reference"]),
    ],
)
def test_what_has_no_counterpart_costs_as_the_rule_says(
    unpaired: Any, value: str, reference: str, score: float, why: list[str]
) -> None:
    rule = FieldRule(compare="objects", unpaired=unpaired, **FLAGS)  # type: ignore[arg-type] # pydantic checks them
    sides = [[{"k": item[0], "a": int(item[1])} for item in side.split()] for side in (value, reference)]
    compared = compare_records({"f": rule}, {"f": sides[0]}, {"f": sides[1]})
    assert compared.score == pytest.approx(score)
    assert losses(compared) == why


def test_only_what_gold_states_is_asked_for() -> None:
    rules = {"f": OBJECTS, "g": FieldRule(compare="text"), "h": RULES["object"]}
    value = {"f": [{"k": "chef", "j": "Acme", "a": 9, "d": None}], "g": "anything", "h": {"a": "x", "b": ["y"]}}
    gold = {"f": [{"k": "chef", "j": "Acme", "d": None}], "h": {"b": ["y"]}}
    compared = compare_records(rules, value, gold, stated_only=True)
    assert compared == Compared(1.0, {"f": 1.0, "h": 1.0}, ())
    gold["f"][0]["d"] = "2021"  # type: ignore[index]
    assert losses(compare_records(rules, value, gold, stated_only=True)) == ["f[chef/Acme].d: null ≠ 2021"]
    assert compare_records(rules, value, {}, stated_only=True) == Compared(None, {}, ())


def test_terms_are_looked_for_in_each_string_of_a_list() -> None:
    rules = {"f": FieldRule(compare="mentions")}
    said = {"f": ["no data", {"why": "science degrees", "n": 1}]}
    compared = compare_records(rules, said, {"f": ["data science", "degree", "Degree!"]}, stated_only=True)
    assert compared.score == pytest.approx(1 / 2)  # of two terms
    assert losses(compared) == ["f: does not say: data science"]
    parity = compare_records(rules, {"f": ["a b", "c"]}, {"f": ["c", "d e"]})  # two models' texts, not terms
    assert losses(parity) == ["f: 33% of the words agree: a b c ≠ c d e"]


def test_gold_may_leave_out_a_part_of_the_key() -> None:
    value = {"f": [{"k": "cook", "j": "Bistro", "a": 1}, {"k": "head chef", "j": "Acme", "a": 1}]}
    gold = {"f": [{"k": "head chef", "a": 2}]}
    compared = compare_records({"f": OBJECTS}, value, gold, stated_only=True)
    assert losses(compared) == ["f[head chef/missing].a: 1 ≠ 2", "f[cook/Bistro]: not in the reference"]


def test_an_output_that_is_no_object_has_no_fields() -> None:
    outputs: list[Any] = [[], "text", None, 5]
    for output in outputs:
        assert compare_records({"f": RULES["text"]}, output, {"f": "x"}).score == 0.0


def test_losses_say_where_and_are_bounded() -> None:
    role = {"company": "Acme", "title": "Engineer", "startDate": "2019", "endDate": "2021-03", "bullets": ["a"]}
    rules = pro_output().fields
    compared = compare_records(
        {"bulletsByRole": rules["bulletsByRole"]},
        {"bulletsByRole": [role]},
        {"bulletsByRole": [role | {"endDate": "2021-05"}]},
    )
    assert losses(compared) == ["bulletsByRole[Acme/Engineer].endDate: 2021-03 ≠ 2021-05"]
    many = [{"k": str(number) * 500} for number in range(500)]
    flooded = compare_records({"f": OBJECTS}, {"f": []}, {"f": many})
    assert len(flooded.losses) == MAX_LOSSES + 1
    assert flooded.losses[-1].why == "and 400 more losses"
    assert max(len(line) for line in losses(flooded)) < 200


def test_every_comparison_that_a_task_can_state_is_tested_here() -> None:
    assert set(get_args(Compare)) == {rule.compare for rule in RULES.values()}
