"""Runs that stop early, simulated: the looks of the pipeline, the gate at each of them, and the judgement at the end.

Order and looks come from the functions that a run uses, and each verdict from the gate, as a run asks for it; what is
left out is sending anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from gate.calibration.cells import BATCH, CALM, SCORES, SEED, rule
from gate.calibration.designs import Design, alone, five_jobs
from gate.calibration.populations import LogNormal, Population, Scores, YesNo, discordant, one, rare_losses, two
from gate.calibration.through import Sides, comparison_of, conditions_of, run_of, seeded, without_advice
from shortlist.gate import gate
from shortlist.gate.look import Look
from shortlist.suite.load import load_suite
from shortlist.suite.model import Gate, Rule, Suite
from shortlist.suite.order import looks, pairs_in_order
from shortlist_datasets import Pair

QUICKSTART = Path(__file__).parents[3] / "evals" / "quickstart.yaml"


@dataclass(frozen=True, slots=True)
class Course:
    """The pairs in the order in which they run, and after how many of them the gate is looked at."""

    design: Design
    looks: tuple[int, ...]


@lru_cache(maxsize=32)
def course_of(design: Design) -> Course:
    """As a run draws it from its suite."""
    pairs = tuple(
        Pair(str(i), "x", f"résumé {resume}", f"job {job}", {}, (), None)
        for i, (resume, job) in enumerate(zip(design.resumes, design.jobs, strict=True))
    )
    suite = replace(_suite(), pairs=pairs)
    drawn = pairs_in_order(suite, None)
    order = np.array([int(pair.id) for pair in drawn])
    return Course(Design(design.resumes[order], design.jobs[order], design.noise), looks(suite, drawn, suite.providers))


@lru_cache(maxsize=1)
def _suite() -> Suite:
    suite = load_suite(QUICKSTART, {})
    assert suite.gate is not None
    return replace(suite, gate=replace(suite.gate, early_stop=True))


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended."""

    word: str
    pairs: int
    """After how many of them."""


def run(course: Course, conditions: Gate, sides: Mapping[str, Sides]) -> Outcome:
    """One run that is looked at as it goes on."""
    design = course.design
    for taken in course.looks:
        first = {metric: (new[:taken], None if old is None else old[:taken]) for metric, (new, old) in sides.items()}
        comparison = comparison_of(design.first(taken), first)
        word = gate(comparison, conditions, look=Look(design.facts, last=False)).verdict
        if word is not None and word.value != "INCONCLUSIVE":
            return Outcome(word.value, taken)
    word = gate(comparison_of(design, sides), conditions, look=Look(design.facts, last=True)).verdict
    return Outcome(str(word), design.n)


@dataclass(frozen=True, slots=True)
class Chances:
    """Of the runs of one truth."""

    promoted: float
    rejected: float
    saved: float
    """Share of the generations that were never sent."""
    runs: int


@dataclass(frozen=True, slots=True)
class EarlyRow:
    """A gate that stops early, and truths by name: `bound`, `equal`, `far better`, `far worse`."""

    name: str
    rules: tuple[Rule, ...]
    truths: Mapping[str, tuple[Population, ...]]
    """For each truth a population for every rule."""
    sizes: tuple[int, ...]
    design: Callable[[int], Design] = alone

    def at(self, n: int, truth: str, runs: int) -> Chances:
        """The chances at n pairs."""
        course, conditions = course_of(self.design(n)), replace(conditions_of(*self.rules), early_stop=True)
        outcomes: list[Outcome] = []
        with without_advice():
            for start in range(0, runs, BATCH):
                count = min(BATCH, runs - start)
                random = seeded(SEED, "early", self.name, truth, n, start)
                drawn = [population(random, course.design, count) for population in self.truths[truth]]
                outcomes += [
                    run(
                        course,
                        conditions,
                        {said.metric: run_of(values, i) for said, values in zip(self.rules, drawn, strict=True)},
                    )
                    for i in range(count)
                ]
        found = [outcome.word for outcome in outcomes]
        return Chances(
            found.count("PROMOTE") / runs,
            found.count("REJECT") / runs,
            1 - sum(outcome.pairs for outcome in outcomes) / (runs * n),
            runs,
        )


TRUTHS = ("bound", "equal", "far better", "far worse")


def _truths(*populations: Population | tuple[Population, ...]) -> dict[str, tuple[Population, ...]]:
    each = [found if isinstance(found, tuple) else (found,) for found in populations]
    return dict(zip(TRUTHS, each, strict=True))


_PAIRED, _VALID = rule("schema.pass", no_worse_by="0.05"), rule("schema.pass", at_least="0.90")
_PARITY, _QUICK = rule("parity.score", no_worse_by="0.05"), rule("latency.total", at_most="20")
_P95 = rule("latency.total", percentile="95", at_most="60")
_SIZES = (100, 200, 500, 1000)

EARLY: tuple[EarlyRow, ...] = (
    EarlyRow("yes/no at_least 0.90", (_VALID,),
             _truths(one(YesNo(0.90)), one(YesNo(0.95)), one(YesNo(0.995)), one(YesNo(0.60))), _SIZES),
    EarlyRow("yes/no no_worse_by 0.05", (_PAIRED,),
             _truths(discordant(0.025, 0.075), discordant(0.05, 0.05), discordant(0.15, 0.01),
                     discordant(0.02, 0.30)), _SIZES),
    EarlyRow("score no_worse_by 0.05", (_PARITY,),
             _truths(two(SCORES.blurred(0.05), SCORES, 0.8), two(SCORES, SCORES, 0.8),
                     two(Scores(0.0, 0.80), SCORES, 0.5), two(Scores(0.30, 0.05), SCORES, 0.5)), _SIZES),
    EarlyRow("score no_worse_by 0.03, equal but for 5% large losses", (rule("parity.score", no_worse_by="0.03"),),
             _truths(rare_losses(0.05, 0.6), rare_losses(0.0, 0.6), two(Scores(0.0, 0.80), SCORES, 0.5),
                     rare_losses(0.5, 0.6)), _SIZES),
    EarlyRow("seconds at_most, sigma 0.5", (_QUICK,),
             _truths(one(CALM), one(LogNormal(18, 0.5)), one(LogNormal(7, 0.5)), one(LogNormal(60, 0.5))), _SIZES),
    EarlyRow("seconds at_most, sigma 1", (_QUICK,),
             _truths(one(LogNormal(20, 1.0)), one(LogNormal(17, 1.0)), one(LogNormal(4, 1.0)),
                     one(LogNormal(90, 1.0))), _SIZES),
    EarlyRow("cost at_most_ratio 0.2", (rule("cost.per_generation", at_most_ratio="0.2"),),
             _truths(two(LogNormal(0.028, 0.4), LogNormal(0.14, 0.4), 0.5),
                     two(LogNormal(0.026, 0.4), LogNormal(0.14, 0.4), 0.5),
                     two(LogNormal(0.007, 0.4), LogNormal(0.14, 0.4), 0.5),
                     two(LogNormal(0.140, 0.4), LogNormal(0.14, 0.4), 0.5)), _SIZES),
    EarlyRow("score no_worse_by 0.05, 5 jobs a résumé, ICC 0.5", (_PARITY,),
             _truths(two(SCORES.blurred(0.05), SCORES, 0.8), two(SCORES, SCORES, 0.8),
                     two(Scores(0.0, 0.80), SCORES, 0.5), two(Scores(0.40, 0.05), SCORES, 0.5)), (500, 1000),
             lambda n: five_jobs(n, 0.5)),
    EarlyRow("four rules: yes/no, score, p95, cost ratio",
             (_VALID, _PARITY, _P95, rule("cost.per_generation", at_most_ratio="0.2")),
             _truths(
                 (one(YesNo(0.90)), two(Scores(0.0, 0.80), SCORES, 0.5), one(LogNormal(10, 0.5)),
                  two(LogNormal(0.007, 0.4), LogNormal(0.14, 0.4), 0.5)),
                 (one(YesNo(0.95)), two(SCORES, SCORES, 0.8), one(CALM),
                  two(LogNormal(0.020, 0.4), LogNormal(0.14, 0.4), 0.5)),
                 (one(YesNo(0.995)), two(Scores(0.0, 0.80), SCORES, 0.5), one(LogNormal(10, 0.5)),
                  two(LogNormal(0.007, 0.4), LogNormal(0.14, 0.4), 0.5)),
                 (one(YesNo(0.60)), two(Scores(0.30, 0.05), SCORES, 0.5), one(LogNormal(40, 0.5)),
                  two(LogNormal(0.007, 0.4), LogNormal(0.14, 0.4), 0.5)),
             ), (200, 500, 1000)),
)  # fmt: skip
