"""What is foreseen, against the gate's own judgement and against the formulas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shortlist.gate import gate
from shortlist.plan import plan
from shortlist.power import Outlook, foresee, read_assumptions
from shortlist.power.belief import believe
from shortlist.power.chances import Table
from shortlist.power.draw import Casino, Truth, comparison_of
from shortlist.power.pool import Pool, Side, sharing
from shortlist.power.question import question_of
from shortlist.results import PairFacts, RuleStatus
from shortlist.suite.load import load_suite
from shortlist.suite.model import Gate, Rule, Suite
from support.commands import write_suite

NOTHING = Pool((), Side(), Side())
FAKES = {"new": {"kind": "fake"}, "old": {"kind": "fake"}}


def _suite(folder: Path, *rules: Rule, pairs: int = 40, **sections: Any) -> Suite:
    written = write_suite(folder, FAKES, pairs, rules=[{"metric": "schema.pass", "at_least": 0.5}], **sections)
    suite = load_suite(written, {})
    assert suite.gate is not None
    return replace(suite, gate=replace(suite.gate, rules=rules))


def _foreseen(suite: Suite, *said: str, simulations: int = 200) -> Outlook:
    found = foresee(suite, plan(suite), (), read_assumptions(said, suite.gate), simulations)
    assert found is not None
    return found


def _facts(clusters: Sequence[int]) -> list[PairFacts]:
    return [
        PairFacts(id=f"{number:03}", domain="d", resume_cluster=str(cluster), job_cluster=f"j{number}")
        for number, cluster in enumerate(clusters)
    ]


def test_made_up_runs_are_judged_as_the_gate_judges_real_ones(tmp_path: Path) -> None:
    """The intervals are the gate's own; only the advice about more pairs is left out."""
    rules = (
        Rule("schema.pass", at_least=Decimal("0.8")),
        Rule("gold.score", no_worse_by=Decimal("0.1")),
        Rule("latency.total", at_most_ratio=Decimal("1.4")),
        Rule("latency.total", percentile=Decimal(90), at_most=Decimal(20)),
    )
    suite = _suite(tmp_path, *rules)
    pairs = _facts([number // 2 for number in range(60)])
    assumed = read_assumptions(["latency.total=10s"], suite.gate)
    beliefs = {
        metric: believe(metric, None, metric != "schema.pass", NOTHING, assumed)
        for metric in ("schema.pass", "gold.score", "latency.total")
    }
    questions = {
        number: question_of(rule, beliefs[rule.metric], suite, (pairs, False), assumed)
        for number, rule in enumerate(rules)
    }
    table = Table(suite, questions, beliefs, (pairs, ()))
    casino = Casino(pairs, NOTHING, by_domain=False)
    seen = set()
    for run in range(40):
        sides = table.sides((casino, None, np.random.default_rng(run)))
        verdict = gate(comparison_of(pairs, sides, "new", "old"), suite.gate)
        statuses = [rule.status is RuleStatus.PASS for rule in verdict.rules]
        assert table.judge(sides).tolist() == statuses
        seen.add(tuple(statuses))
    assert len(seen) > 3


def test_pairs_that_share_a_resume_tell_less(tmp_path: Path) -> None:
    rule = Rule("gold.score", no_worse_by=Decimal("0.08"))
    alone = _suite(tmp_path / "a", rule, pairs=60)
    shared = replace(
        alone,
        pairs=tuple(replace(pair, resume_text=f"résumé {number // 5}") for number, pair in enumerate(alone.pairs)),
    )
    free, bound = _foreseen(alone).rules[0], _foreseen(shared).rules[0]
    assert free.chance is not None
    assert bound.chance is not None
    assert bound.chance.value < free.chance.value - 0.1
    assert (bound.needed_n or 0) > (free.needed_n or 0)
    assert any("icc" in source.what for source in _foreseen(shared).sources)


@pytest.mark.parametrize("icc", [0.0, 0.4, 1.0])
def test_values_of_a_cluster_hang_together_as_said(icc: float) -> None:
    pairs = _facts([number // 2 for number in range(2000)])
    casino = Casino(pairs, NOTHING, by_domain=False)
    drawn = casino.uniforms(np.random.default_rng(3), icc)
    assert float(np.corrcoef(drawn[::2], drawn[1::2])[0, 1]) == pytest.approx(icc, abs=0.08)
    assert float(drawn.mean()) == pytest.approx(0.5, abs=0.03)
    assert sharing(pairs).effect(icc) == pytest.approx(1 + icc)


@pytest.mark.parametrize("difference", [0.0, -0.1, 0.05, -0.4])
def test_a_made_up_candidate_is_as_far_from_the_incumbent_as_said(difference: float) -> None:
    pairs = _facts(range(20_000))
    rng = np.random.default_rng(5)
    seen = np.where(rng.random(300) < 0.85, 1.0, 0.0)
    other = np.where(rng.random(300) < 0.2, 1 - seen, seen)
    facts = tuple(_facts(range(300)))
    for metric, ours, theirs in (("schema.pass", seen, other), ("gold.score", 0.9 * seen, 0.8 * other)):
        new_side, old_side = (Side({metric: values}, {}, {metric: "run a"}) for values in (ours, theirs))
        for known in (NOTHING, Pool(facts, new_side, old_side)):
            belief = believe(metric, None, True, known, read_assumptions((), None))
            casino = Casino(pairs, known, by_domain=False)
            new, old = casino.values(belief, Truth(belief.level, difference=difference), casino.rows(rng), rng)
            assert old is not None
            assert float(np.mean(new - old)) == pytest.approx(difference, abs=0.02)
            if metric == "schema.pass":
                assert set(np.unique(new)) | set(np.unique(old)) <= {0.0, 1.0}
                wanted = max(belief.discordance, abs(difference))
                assert float(np.mean(new != old)) == pytest.approx(wanted, abs=0.02)


@pytest.mark.parametrize("level", [0.3, 0.85, 0.95])
def test_a_pilots_values_are_moved_to_the_level_that_is_asked_for(level: float) -> None:
    rng = np.random.default_rng(5)
    facts = tuple(_facts(range(300)))
    for metric, values in (
        ("schema.pass", np.where(rng.random(300) < 0.8, 1.0, 0.0)),
        ("gold.score", rng.beta(8, 2, 300)),
    ):
        known = Pool(facts, Side({metric: values}, {}, {metric: "run a"}), Side())
        belief = believe(metric, None, False, known, read_assumptions((), None))
        casino = Casino(_facts(range(20_000)), known, by_domain=False)
        drawn, _ = casino.values(belief, Truth(level), casino.rows(rng), rng)
        assert float(drawn.mean()) == pytest.approx(level, abs=0.02)
        assert 0 <= drawn.min() <= drawn.max() <= 1


def test_whole_clusters_of_a_pilot_are_drawn_together_and_of_the_own_domain() -> None:
    facts = [
        PairFacts(id=f"{n}", domain=f"d{n // 10}", resume_cluster=f"r{n // 2}", job_cluster=f"j{n}") for n in range(20)
    ]
    casino = Casino(facts, Pool(tuple(facts), Side(), Side()), by_domain=True)
    rng = np.random.default_rng(0)
    for _ in range(20):
        rows = casino.rows(rng)
        assert rows is not None
        for first, second in zip(rows[::2], rows[1::2], strict=True):
            assert facts[first].resume_cluster == facts[second].resume_cluster
            assert first != second
        assert all(facts[row].domain == pair.domain for row, pair in zip(rows, facts, strict=True))


def test_parity_with_the_incumbent_itself_is_a_bound_on_the_candidates_own_parity(tmp_path: Path) -> None:
    rule = Rule("parity.score", no_worse_by=Decimal("0.2"))
    suite = _suite(tmp_path, rule, references={"parity": "old"})
    (found,) = _foreseen(suite).rules
    assert found.expected is not None
    assert found.expected.value == pytest.approx(0.9)
    assert found.needs is not None
    assert 0.8 < found.needs.value < 1


def test_a_candidate_on_the_bound_passes_no_more_often_than_promised(tmp_path: Path) -> None:
    rules = (
        Rule("schema.pass", no_worse_by=Decimal("0.1")),
        Rule("quality.short", at_least=Decimal("0.8")),
        Rule("gold.score", no_worse_by=Decimal("0.1")),
        Rule("latency.total", percentile=Decimal(80), at_most=Decimal(30)),
        Rule("cost.per_generation", at_most_ratio=Decimal("1.5")),
    )
    found = _foreseen(_suite(tmp_path, *rules, pairs=60), "latency.total=10s", "variation=0.3", simulations=600)
    assert all(rule.at_bound is not None and rule.at_bound.low <= 0.025 for rule in found.rules)
    together = found.at_bounds()
    assert together is not None
    assert 0 < together.value <= 0.03
    assert found.chance is not None
    assert found.chance.value > 0.3


def test_a_suite_without_a_gate_has_no_outlook(tmp_path: Path) -> None:
    suite = load_suite(write_suite(tmp_path, FAKES, 3), {})
    assert isinstance(suite.gate, Gate | None)
    assert suite.gate is None
    assert foresee(suite, plan(suite), (), read_assumptions((), None)) is None
