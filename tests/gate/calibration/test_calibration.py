"""That the gate errs as seldom as it says: the simulation itself, and the cells that take no time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from compare.scored import run_of as scored_run
from compare.scored import scored
from gate.calibration import exact, limits, table
from gate.calibration.cells import ALPHA, ROWS, SIZES, Exact, Row, rule
from gate.calibration.designs import Design, alone, crossed_evenly, five_jobs, unequal
from gate.calibration.early import EARLY, course_of
from gate.calibration.others import not_significant, percentile_bootstrap, ships
from gate.calibration.populations import (
    LogNormal,
    Population,
    Scores,
    YesNo,
    both_repeated,
    discordant,
    one,
    rare_losses,
    repeated,
    two,
)
from gate.calibration.through import comparison_of, conditions_of, judged, run_of, seeded, without_advice, words
from shortlist.compare import compare
from shortlist.gate import gate
from shortlist.metric_names import spec_of
from shortlist.scores import CaseScores
from shortlist.stats import Floats
from shortlist.suite.model import Rule

DOCS = Path(__file__).parents[3] / "docs" / "calibration.md"

SOME = [
    pytest.param(rule("schema.pass", at_least="0.9"), one(YesNo(0.9)), alone(60), id="rate"),
    pytest.param(rule("schema.pass", no_worse_by="0.05"), discordant(0.05, 0.08), five_jobs(60, 0.5), id="clustered"),
    pytest.param(
        rule("parity.score", better_by="0"), two(Scores(0.02, 0.3), Scores(0.1, 0.3), 0.5), unequal(60, 0.2), id="score"
    ),
    pytest.param(rule("latency.total", percentile="95", at_most="40"), one(LogNormal(20, 0.5)), alone(90), id="p95"),
    pytest.param(
        rule("latency.total", percentile="95", at_most="40"), repeated(LogNormal(20, 0.5), 3, 0.5), alone(90),
        id="repeats",
    ),
    pytest.param(
        rule("schema.pass", no_worse_by="0.1"), both_repeated(YesNo(0.9), YesNo(0.9), 3, 0.5), alone(60), id="averaged"
    ),
    pytest.param(
        rule("cost.per_generation", at_most_ratio="0.3"), two(LogNormal(0.03, 0.4), LogNormal(0.1, 0.4), 0.5),
        alone(40), id="ratio",
    ),
    pytest.param(
        rule("parity.score", no_worse_by="0.2", each="domain"), two(Scores(0.02, 0.3), Scores(0.02, 0.3), 0.5),
        alone(80), id="domains",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("said", "population", "design"), SOME)
def test_the_short_way_to_a_verdict_leads_where_the_long_one_does(
    said: Rule, population: Population, design: Design
) -> None:
    drawn = population(seeded("both ways"), design, 3)
    for run in range(3):
        sides = run_of(drawn, run)
        cases = [
            case
            for name, values in zip(("new", "old"), sides, strict=True)
            if values is not None
            for case in _cases(design, name, said.metric, values)
        ]
        whole = compare([scored_run(cases)], design.facts, confidence=0.95, candidate="new", incumbent="old")
        long = gate(whole, conditions_of(said))
        assert judged(design, said, sides) == long
        assert gate(comparison_of(design, {said.metric: sides}), conditions_of(said)) == long


def _cases(design: Design, provider: str, metric: str, values: Floats) -> list[CaseScores]:
    is_money = spec_of(metric).unit == "USD"
    found: list[CaseScores] = []
    for pair, repeats in zip(design.ids, values.reshape(design.n, -1).tolist(), strict=True):
        for repeat, value in enumerate(repeats):
            cell = round(value, 9) if is_money else value
            found.append(scored(pair, provider, {metric: cell}, repeat=repeat))
    return found


@pytest.mark.parametrize(("said", "population", "design"), SOME)
def test_without_advice_verdicts_are_the_same(said: Rule, population: Population, design: Design) -> None:
    drawn = population(seeded("advice"), design, 4)
    full = words(design, said, drawn)
    with without_advice():
        assert words(design, said, drawn) == full


def test_advice_is_given_elsewhere() -> None:
    sides = (np.repeat([1.0, 0.0], [57, 3]), None)
    assert judged(alone(60), rule("schema.pass", at_least="0.9"), sides).rules[0].needed_n is not None
    with without_advice():
        assert judged(alone(60), rule("schema.pass", at_least="0.9"), sides).rules[0].needed_n is None


# --- the made-up truths are what their names say ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "side", [YesNo(0.9), Scores(0.02, 0.3), Scores(0.02, 0.3).failing_more(0.03), LogNormal(20, 0.5), LogNormal(3, 1.0)]
)
@pytest.mark.parametrize("design", [alone(100), five_jobs(100, 0.5), unequal(100, 0.5), crossed_evenly(100, 0.25)])
def test_means_are_exact_whoever_shares_what(side: YesNo | Scores | LogNormal, design: Design) -> None:
    runs = one(side)(seeded("means", side), design, 4000).new.mean(axis=1)
    assert abs(runs.mean() - side.mean) < 4 * runs.std() / np.sqrt(len(runs))


@pytest.mark.parametrize(
    ("population", "difference"),
    [
        (discordant(0.035, 0.065), -0.03),
        (rare_losses(0.05, 0.6), -0.03),
        (two(Scores(0.02, 0.3).blurred(0.03), Scores(0.02, 0.3), 0.8), -0.03),
        (two(Scores(0.02, 0.3).failing_more(0.05), Scores(0.02, 0.3), -0.8), -0.05),
        (two(LogNormal(22, 1.0), LogNormal(20, 0.5), 0.5), 2.0),
    ],
)
def test_differences_lie_exactly_on_the_margin(population: Population, difference: float) -> None:
    drawn = population(seeded("margin"), alone(100), 4000)
    assert drawn.old is not None
    runs = (drawn.new - drawn.old).mean(axis=1)
    assert abs(runs.mean() - difference) < 4 * runs.std() / np.sqrt(len(runs))


def test_pairs_of_one_resume_are_as_alike_as_said() -> None:
    normal = five_jobs(100, 0.5).normal(seeded("alike"), 4000)
    assert abs(np.corrcoef(normal[:, 0], normal[:, 4])[0, 1] - 0.5) < 0.05
    assert abs(np.corrcoef(normal[:, 4], normal[:, 5])[0, 1]) < 0.06
    crossed = crossed_evenly(100, 0.25).normal(seeded("alike"), 4000)
    same_resume, same_job, neither = (np.corrcoef(crossed[:, 0], crossed[:, i])[0, 1] for i in (1, 10, 11))
    assert abs(same_resume - 0.25) < 0.06
    assert abs(same_job - 0.25) < 0.06
    assert abs(neither) < 0.06


def test_runs_are_the_same_every_time() -> None:
    again = [one(LogNormal(20, 0.5))(seeded("a", 1), alone(5), 2).new for _ in range(2)]
    assert np.array_equal(again[0], again[1])
    assert not np.array_equal(again[0], one(LogNormal(20, 0.5))(seeded("a", 2), alone(5), 2).new)


# --- what the gate promises ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [20, 50, 100, 200])
@pytest.mark.parametrize("row", [row for row in ROWS if isinstance(row, Exact)], ids=lambda row: row.name)
def test_counts_on_the_bound_are_promoted_as_seldom_as_promised(row: Exact, n: int) -> None:
    hold(row, n, 0)


@pytest.mark.parametrize(
    "name",
    [
        "no_worse_by 0.03, unrelated",
        "at_most_ratio 0.2, cost",
        "seconds no_worse_by 10%, 5 jobs a résumé, ICC 0.5",
    ],
)
def test_values_on_the_bound_are_promoted_as_seldom_as_promised(name: str) -> None:
    (row,) = (row for row in ROWS if row.name == name)
    hold(row, 100, 300)


def hold(row: Exact | Row, n: int, runs: int) -> None:
    """Holds a cell to its promise, or to its known limit."""
    found, key = row.at(n, runs, power=False), (row.group, row.name, n)
    promised = limits.PROMOTES.get(key, ALPHA), limits.REJECTS.get(key, ALPHA)
    for what, share, most in zip(("promoted", "rejected"), (found.promoted, found.rejected), promised, strict=True):
        assert not table.beyond(share, most, found.runs), f"{what} on the bound in {share:.4f} of runs: {found}"


def test_exact_chances_are_those_of_a_simulation() -> None:
    said, runs, design = rule("schema.pass", no_worse_by="0.05"), 600, alone(100)
    with without_advice():
        for gained, lost in ((0.075, 0.125), (0.10, 0.10)):
            drawn = discordant(gained, lost)(seeded("exact", gained), design, runs)
            share = words(design, said, drawn).count("PROMOTE") / runs
            chance = exact.of_difference(said, 100, gained, lost).promote
            assert abs(share - chance) < 3 * np.sqrt(chance * (1 - chance) / runs)


# facts/statistics.md: 10% discordance, margin 3 points.
@pytest.mark.parametrize(("n", "power"), [(100, 0.13), (200, 0.24)])
def test_power_is_that_of_the_facts(n: int, power: float) -> None:
    with without_advice():
        found = exact.of_difference(rule("schema.pass", no_worse_by="0.03"), n, 0.05, 0.05).promote
    assert found == pytest.approx(power, abs=0.011)


@pytest.mark.parametrize(("n", "share"), [(100, 0.91), (200, 0.80), (500, 0.50), (1000, 0.18)])
def test_not_significant_ships_what_is_three_points_worse(n: int, share: float) -> None:
    assert ships(not_significant, n, 0.035, 0.065, 0.03, 2000) == pytest.approx(share, abs=0.035)


@pytest.mark.parametrize(("n", "share"), [(20, 0.54), (100, 0.18), (200, 0.06)])
def test_a_percentile_bootstrap_ships_what_is_on_the_margin(n: int, share: float) -> None:
    assert ships(percentile_bootstrap, n, 0.0, 0.03, 0.03, 1000) == pytest.approx(share, abs=0.04)


def test_a_course_is_that_of_a_run() -> None:
    course = course_of(five_jobs(200, 0.5))
    assert course.looks
    assert all(taken % 5 == 0 for taken in course.looks)  # whole résumés
    assert list(course.design.resumes) != sorted(course.design.resumes)
    assert len(set(course.design.resumes.tolist())) == 40
    assert course_of(crossed_evenly(100, 0.25)).looks == ()  # all hang together


# --- nothing is hidden -----------------------------------------------------------------------------------------------


def test_every_row_has_a_name_of_its_own() -> None:
    names = [(row.group, row.name) for row in ROWS]
    assert len(names) == len(set(names))
    assert len({row.name for row in EARLY}) == len(EARLY)


@pytest.mark.parametrize("known", [limits.PROMOTES, limits.REJECTS], ids=["promotes", "rejects"])
def test_known_limits_are_cells_that_break_the_promise_and_stand_in_the_docs(
    known: dict[tuple[str, str, int], float],
) -> None:
    text = DOCS.read_text(encoding="utf-8")
    there = {(row.group, row.name) for row in ROWS}
    for (group, name, n), share in known.items():
        assert (group, name) in there
        assert n in SIZES
        assert share > ALPHA
        assert f"**{100 * share:.1f}**" in text, f"{group}: {name}, n={n} is not in the docs with {100 * share:.1f}"
