"""From gold, 1,000 seeded corruptions: exactly the fields and checks that should fall, fall, and no order matters."""

from __future__ import annotations

import copy
from collections import Counter
from random import Random
from typing import Any

import pytest

from shortlist.metrics.fields import Compared, compare_records
from support.cases import pro_output
from support.corruptions import ALL, Corruption, Document, corrupted, drop_role, whole_documents

CORRUPTIONS = 1000
PAIRS_OF_CORRUPTIONS = 300


def compare(output: Document, reference: Document, *, stated_only: bool = True) -> tuple[Compared, Compared]:
    """Under the task's fields, and under its checks."""
    task = pro_output()
    return (
        compare_records(task.fields, output, reference, stated_only=stated_only),
        compare_records(task.checks, output, reference, stated_only=stated_only),
    )


def fallen(compared: tuple[Compared, Compared]) -> dict[str, float]:
    return {name: score for one in compared for name, score in one.fields.items() if score < 1.0}


def shuffle_everything(value: Any, rng: Random) -> Any:
    """The same document with every list of it, and the keys of every object, in another order."""
    if isinstance(value, list):
        return [shuffle_everything(item, rng) for item in rng.sample(value, len(value))]
    if isinstance(value, dict):
        return {key: shuffle_everything(value[key], rng) for key in rng.sample(list(value), len(value))}
    return value


@pytest.mark.parametrize("how", ALL, ids=[one.name for one in ALL])
def test_exactly_what_should_fall_falls(how: Corruption) -> None:
    documents = whole_documents()
    done, share = 0, -(-CORRUPTIONS // len(ALL))
    for seed in range(20 * share):
        rng = Random(f"{how.name} {seed}")
        original = rng.choice(documents)
        output = corrupted(original, rng, how)
        if output is None:
            continue
        compared = compare(output, original)
        assert fallen(compared).keys() == how.lowers, (seed, [one.losses for one in compared])
        for one in compared:
            assert one.score is not None
            assert (one.score < 1.0) == bool(how.lowers & one.fields.keys())
            assert {loss.field for loss in one.losses} == how.lowers & one.fields.keys()
        whole = compare(output, original, stated_only=False)
        assert fallen(whole).keys() == how.lowers
        assert [one.losses for one in whole] == [one.losses for one in compared]
        again = compare(shuffle_everything(output, rng), shuffle_everything(original, rng))
        assert [one.fields for one in again] == [one.fields for one in compared]
        assert [Counter(loss.field for loss in one.losses) for one in again] == [
            Counter(loss.field for loss in one.losses) for one in compared
        ]
        done += 1
        if done == share:
            return
    pytest.fail(f"{how.name} applied to {done} documents, not {share}")


def test_two_corruptions_of_different_fields_do_not_hide_each_other() -> None:
    documents, done, seed = whole_documents(), 0, 0
    while done < PAIRS_OF_CORRUPTIONS:
        seed += 1
        rng = Random(seed)
        original = rng.choice(documents)
        first, second = rng.sample(ALL, 2)
        if first.touches == second.touches:
            continue
        both = corrupted(original, Random(seed), first, second)
        alone = corrupted(original, Random(seed), first)
        if both is None or alone is None:
            continue
        assert fallen(compare(both, original)).keys() == first.lowers | second.lowers, (seed, first.name, second.name)
        kept = {name: score for name, score in fallen(compare(both, original)).items() if name in first.lowers}
        assert kept == fallen(compare(alone, original)), (seed, first.name, second.name)
        done += 1


def test_shuffling_changes_nothing() -> None:
    for seed, document in enumerate(whole_documents()):
        for compared in compare(shuffle_everything(document, Random(seed)), document):
            assert compared.score == 1.0, compared.losses


def test_there_are_many_kinds_of_corruption() -> None:
    assert len({one.name for one in ALL}) == len(ALL) >= 14
    assert len(whole_documents()) >= 12
    named = {*pro_output().fields, *pro_output().checks}
    assert set().union(*(one.lowers for one in ALL)) == named


def test_more_corruptions_never_score_better() -> None:
    for seed, original in enumerate(whole_documents()):
        rng = Random(seed)
        output = copy.deepcopy(original)
        before = 1.0
        while drop_role(output, rng):
            score = compare(output, original)[0].score
            assert score is not None
            assert score < before
            before = score
