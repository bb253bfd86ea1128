"""What judges are to be asked about a run, what they have answered, and how well they agree: from the run's files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from statistics import median_low

from shortlist import stats
from shortlist.cases import CaseKey, Record
from shortlist.judges import Asked, Grader, runner_name
from shortlist.metrics import cost
from shortlist.metrics.base import Backends, Case, Material
from shortlist.metrics.judge import as_shown, opponent_of, what_is_shown
from shortlist.pipeline.workspace import Workspace
from shortlist.pricing import may_be_billed
from shortlist.results import JudgeResult
from shortlist.run.budget import Ledger
from shortlist.run.completion import is_complete
from shortlist.scores import Score
from shortlist.suite.gate import JUDGE
from shortlist.suite.model import Judge, Label

Docket = Mapping[CaseKey, tuple[Grader, Asked]]
"""Every judgement that a run needs, in the order in which it is asked for: labelled examples first."""


def graders(space: Workspace) -> dict[str, Grader]:
    """The suite's judges by name, with all that they have answered; none where the suite does not measure by them."""
    suite = space.suite
    if JUDGE not in suite.metrics or not suite.judges:
        return {}
    answered = {record.case: record for record in space.judgements}
    pairs = {pair.id: pair for pair in suite.dataset.pairs}  # labelled examples may be of another split
    return {name: Grader(judge, pairs, suite.seed, answered) for name, judge in suite.judges.items()}


def docket(space: Workspace, judging: Mapping[str, Grader]) -> Docket:
    """What is to be asked about the outputs that the run has so far."""
    found: dict[CaseKey, tuple[Grader, Asked]] = {}
    for grader in judging.values():
        for label in grader.judge.labels:
            for asked in _of_label(grader, label):
                found.update(dict.fromkeys(grader.keys(asked), (grader, asked)))
    for _, grader, questions in _of_outputs(space, judging):
        for asked in questions:
            found.update(dict.fromkeys(grader.keys(asked), (grader, asked)))
    return found


def undone(space: Workspace) -> str | None:
    """How many judgements are still to be made, and what stood in the way; None when all are made."""
    wanted = docket(space, graders(space))
    made = {record.case: record for record in space.judgements}
    left = [key for key in wanted if key not in made or not is_complete(made[key])]
    if not left:
        return None
    why = space.manifest.incomplete_why
    for key in left:
        failure = made[key].generation.failure if key in made else None
        if why is None and failure is not None:
            why = f"{key.provider}: {failure.message}"
    if why is None and len(left) == len(wanted) and made:
        why = "the rubric, the judge or the outputs have changed since the others were made"
    because = f": {why}" if why else ""
    return f"{len(left)} of {len(wanted)} judgements are not made{because}"


def ledger_of(space: Workspace, records: Sequence[Record]) -> Ledger:
    """The run's account: what `records` cost, and what was paid to judges."""
    prices = {**space.prices, **space.judge_prices}
    ledger = Ledger(space.suite.budget, {name: price for name, price in prices.items() if price is not None})
    ledger.restore(records)
    ledger.restore(space.judgements)  # apart: their sittings are counted by themselves
    return ledger


def contestants_of(space: Workspace, judge: Judge) -> tuple[str, ...]:
    """The run's providers that are the judge's own model, be it recorded."""
    own = (judge.by.kind, judge.by.model_name())
    names = space.suite.with_steps(space.manifest.selected)
    return tuple(name for name in names if own[1] and _who_wrote(space, name) == own)


def _who_wrote(space: Workspace, name: str) -> tuple[str, str | None]:
    """Kind and model of a provider; of a recorded run, those that made it."""
    facts, config = space.manifest.providers.get(name), space.suite.config(name)
    recorded = None if facts is None else facts.recorded
    return (config.kind, config.model_name()) if recorded is None else (recorded.kind, recorded.model)


def judge_results(space: Workspace, confidence: float) -> dict[str, JudgeResult]:
    """Each judge's figures, by name."""
    judging = graders(space)
    swaps: dict[str, list[bool]] = {name: [] for name in judging}
    for name, grader, questions in _of_outputs(space, judging):
        by_order = grader.grade(questions[0].pair, questions[0].outputs).by_order
        if by_order:
            swaps[name].append(_word(by_order[0]) == _word(by_order[1]))
    wanted = docket(space, judging)
    return {name: _result(space, grader, wanted, swaps[name], confidence) for name, grader in judging.items()}


def _result(space: Workspace, grader: Grader, wanted: Docket, swaps: Sequence[bool], confidence: float) -> JudgeResult:
    judge = grader.judge
    name = runner_name(judge.name)
    paid = [record for record in space.judgements if record.case.provider == name]
    asked = [record for record in paid if record.case in wanted]
    spent, why_no_cost = _cost(space, name, paid)
    result = JudgeResult(
        kind=judge.by.kind,
        model=judge.by.model_name(),
        against=judge.against,
        samples=judge.samples,
        contestants=contestants_of(space, judge),
        judgements=len(asked),
        failed=sum(isinstance(grader.answer(record), str) for record in asked),
        cost=spent,
        why_no_cost=why_no_cost,
        same_when_swapped=sum(swaps) / len(swaps) if swaps else None,
    )
    return result.model_copy(update=_agreement(grader, confidence))


def _of_label(grader: Grader, label: Label) -> tuple[Asked, ...]:
    return grader.questions(label.pair, tuple(as_shown(grader.judge, output) for output in label.outputs))


def _of_outputs(space: Workspace, judging: Mapping[str, Grader]) -> Iterator[tuple[str, Grader, tuple[Asked, ...]]]:
    """Judge by judge, what is asked about each output that needs a judge."""
    task = space.suite.task
    cases = [Case(record, task.schema is None) for record in space.records] if judging else []
    material = Material(task, cases, {}, Backends(), None)
    for name, grader in judging.items():
        for case in cases:
            shown = what_is_shown(grader.judge, case, opponent_of(grader.judge, case, material))
            if not isinstance(shown, Score):
                yield name, grader, grader.questions(case.record.case.pair, shown)


def _agreement(grader: Grader, confidence: float) -> dict[str, object]:
    """How the judge grades the labelled examples, beside what people say of them."""
    judge = grader.judge
    if not judge.labels:
        return {"why_no_kappa": "no labelled examples: name a file of them with labels:"}
    theirs, ours = [], []
    for label in judge.labels:
        first = _of_label(grader, label)[0]
        graded = grader.grade(first.pair, first.outputs)
        if graded.score is not None:
            theirs.append(label.says)
            ours.append(float(median_low(graded.grades)) if judge.against is None else _word(graded.score))
    kappa = stats.cohens_kappa(theirs, ours, "quadratic" if judge.against is None else "none", confidence)
    found = {"labels": len(ours), "labels_agreed": sum(a == b for a, b in zip(theirs, ours, strict=True))}
    if kappa is None:
        return {**found, "why_no_kappa": _why_no_kappa(theirs, ours)}
    return {**found, "kappa": kappa.value, "kappa_low": kappa.low, "kappa_high": kappa.high}


def _why_no_kappa(theirs: Sequence[float], ours: Sequence[float]) -> str:
    if not ours:
        return "no labelled example was graded"
    if len(ours) == 1:
        return "one labelled example is too few"
    return f"all {len(ours)} labelled examples have one and the same grade, so agreement cannot be told from chance"


def _word(fares: float) -> float:
    """How the first of two outputs fares by several judgements: 1.0 better, 0.0 worse, 0.5 a tie."""
    return 0.5 if fares == 0.5 else float(fares > 0.5)


def _cost(space: Workspace, name: str, records: Sequence[Record]) -> tuple[Decimal | None, str | None]:
    """USD of all judgements of one judge, by the rules of `cost.per_generation`; or why that is unknown."""
    price = space.judge_prices[name]
    if price is None:
        return None, "no price known: add cost: to the judge"
    # One that failed before anything was generated costs nothing.
    paid = [Case(one, True) for one in records if any(price.by_time or may_be_billed(each) for each in one.attempts)]
    price_of = cost.scorer(Material(space.suite.task, paid, {}, Backends({name: price}), None))
    total = Decimal(0)
    for case in paid:
        score = price_of(case).scores["cost.per_generation"]
        if score.value is None:
            return None, score.reason
        total += Decimal(score.value)
    return total, None
