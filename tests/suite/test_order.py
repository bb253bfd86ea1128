"""The order of the pairs under `gate.early_stop`, and where its looks fall."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import yaml
from hypothesis import given
from hypothesis import strategies as st

from shortlist.suite.load import load_suite
from shortlist.suite.model import Suite
from shortlist.suite.order import _drawn, looks, pair_facts, pairs_in_order, units
from shortlist_datasets import Pair
from support.commands import write_suite


def pair(name: str, resume: int, job: int) -> Pair:
    return Pair(name, "nurse", f"résumé {resume}", f"job {job}", gold={}, tags=(), split=None)


def suite_of(folder: Path, pairs: int = 60, early: bool = True, seed: int = 0) -> Suite:
    rules = [{"metric": "gold.score", "no_worse_by": 0.1}]
    path = write_suite(folder, {"new": {"kind": "fake"}, "old": {"kind": "fake"}}, pairs, rules=rules, seed=seed)
    suite = yaml.safe_load(path.read_text())
    suite["gate"]["early_stop"] = early
    path.write_text(yaml.safe_dump(suite))
    return load_suite(path, {})


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30), st.integers(0, 5))
def test_whole_clusters_stay_together_and_every_pair_is_run_once(texts: list[tuple[int, int]], seed: int) -> None:
    pairs = [pair(f"p{number}", *texts) for number, texts in enumerate(texts)]
    order = _drawn(pairs, seed)
    assert sorted(pair.id for pair in order) == sorted(pair.id for pair in pairs)
    labels = [label for label, _ in groupby(units(pair_facts(order)))]
    assert len(labels) == len(set(labels)), "a cluster is not interrupted by another"
    assert order == _drawn(pairs, seed)


def test_every_place_is_equally_likely() -> None:
    pairs = [pair(f"p{number}", number, number) for number in range(5)]
    places = [[one.id for one in _drawn(pairs, seed)].index("p0") for seed in range(1000)]
    assert all(abs(places.count(place) - 200) < 5 * 12.7 for place in range(5))


def test_without_early_stop_the_files_order_stays(tmp_path: Path) -> None:
    suite = suite_of(tmp_path, early=False)
    assert pairs_in_order(suite, 30) == suite.pairs[:30]
    assert looks(suite, suite.pairs, suite.providers) == ()


def test_a_limit_takes_the_first_pairs_of_the_file(tmp_path: Path) -> None:
    suite = suite_of(tmp_path)
    order = pairs_in_order(suite, 30)
    assert set(order) == set(suite.pairs[:30])
    assert order != suite.pairs[:30]


def test_looks_fall_on_ends_of_clusters_and_not_into_the_last_tenth(tmp_path: Path) -> None:
    suite = suite_of(tmp_path)
    assert looks(suite, suite.pairs, suite.providers) == (20, 27, 36, 48)
    clusters = [pair(f"p{number}", number // 7, number) for number in range(70)]
    assert looks(suite, clusters, suite.providers) == (21, 28, 42, 56)
    assert looks(suite, clusters, ("new",)) == ()
    assert looks(suite, clusters[:21], suite.providers) == ()
