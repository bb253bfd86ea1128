"""What a suite's judges must satisfy: their models, their rubrics, and the labelled examples that they are tried on."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from shortlist.documents import Findings, Where, validate
from shortlist.documents.yaml_text import read_text
from shortlist.errors import InputError, Problem, nearest
from shortlist.suite.configs import read_config
from shortlist.suite.file import GradesSection, JudgeSection
from shortlist.suite.gate import JUDGE
from shortlist.suite.model import Gate, Judge, Label
from shortlist.suite.signature import judge_hash
from shortlist.tasks.model import Task
from shortlist.tasks.rules import TEXT_FIELD
from shortlist.tasks.schema import NoSuchPlace, Place
from shortlist_providers import ProviderConfig, Sampling
from shortlist_providers.chain import ChainConfig

_NO_JUDGES = {
    "chain": "its answers would come from several models, each a judge of its own: name one of them",
    "replay": "it gives what a run has recorded, which are no judgements",
    "rules": "it reads no rubric",
}
"""Kinds that cannot judge, and why."""
_SAYS = {0: 1.0, 1: 0.0, "tie": 0.5}
"""`better` of a labelled example -> how the first of its outputs fares."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """What the rest of the suite says; None where that part is itself faulty, so that nothing follows from it."""

    base: Path
    """The suite's folder."""
    task: Task | None
    pairs: Collection[str] | None
    """Ids of all pairs of the data set."""
    providers: Collection[str] | None
    needed: bool
    """Whether what the judges' kinds need must be installed."""


def read_judges(sections: Mapping[str, JudgeSection], around: Hearing, findings: Findings) -> dict[str, Judge]:
    """The judges in memory, by name; what is wrong with them goes to `findings`."""
    found = {name: _judge(name, section, around, findings) for name, section in sections.items()}
    return {name: judge for name, judge in found.items() if judge is not None}


def check_judged(
    judges: Mapping[str, JudgeSection], families: Collection[str] | None, gate: Gate | None, findings: Findings
) -> None:
    """Reports judges that nobody would ask, and rules that compare twice with what a judge has compared already."""
    if judges and families is not None and JUDGE not in families:
        findings.add(
            ("judges",),
            f"nobody asks them: add {JUDGE!r} to 'metrics', which lists {', '.join(families)}, or leave out",
        )
    for index, rule in enumerate(gate.rules if gate else ()):
        family, _, name = rule.metric.partition(".")
        judge = judges.get(name) if family == JUDGE else None
        if gate is None or judge is None:
            continue
        if gate.early_stop and judge.by.get("mode") == "batch":
            findings.add(
                ("gate", "early_stop"),
                f"looks at the verdict again and again, and judge {name!r} answers by batches (mode: batch), hours "
                "after it is asked; leave one of the two out",
            )
        against = judge.against
        if against is None:
            continue
        where = ("gate", "rules", index)
        if rule.is_paired:
            findings.add(
                where,
                f"{rule.metric} is the share of wins against {against} already: say at_least, where 0.5 is as good as "
                f"{against}, in place of a comparison with the incumbent",
            )
        if gate.candidate == against:
            findings.add(
                (*where, "metric"),
                f"{rule.metric} sets outputs beside those of {against}, which is the candidate itself; set against to "
                "the incumbent",
            )


def hashes_of_judges(gate: Gate, judges: Mapping[str, Judge]) -> dict[str, str]:
    """The hash of each judge that a rule of the gate rests on, by name."""
    metrics = {rule.metric for rule in gate.rules}
    return {name: judge.hash for name, judge in judges.items() if f"{JUDGE}.{name}" in metrics}


def _judge(name: str, section: JudgeSection, around: Hearing, findings: Findings) -> Judge | None:
    where: Where = ("judges", name)
    by = _model(section.by, (*where, "by"), around, findings)
    rubric = _rubric(section, around, where, findings)
    show = _shown(section.show, around, (*where, "show"), findings)
    _check_against(section, around, where, findings)
    grades = section.grades or GradesSection()
    if grades.lowest >= grades.highest:
        findings.add((*where, "grades"), f"lowest ({grades.lowest}) must lie below highest ({grades.highest})")
    labels = _labels(section, grades, around, (*where, "labels"), findings)
    if by is None or rubric is None:
        return None
    sampling = Sampling(
        temperature=section.sampling.temperature,
        top_p=section.sampling.top_p,
        max_tokens=section.sampling.max_tokens,
        stop=tuple(section.sampling.stop),
    )
    judge = Judge(
        name=name,
        by=by,
        rubric=rubric,
        show=show,
        against=section.against,
        lowest=grades.lowest,
        highest=grades.highest,
        samples=section.samples,
        sampling=sampling,
        labels=labels,
        hash="",
    )
    return replace(judge, hash=judge_hash(judge))


def _model(settings: dict[str, Any], where: Where, around: Hearing, findings: Findings) -> ProviderConfig | None:
    config = read_config(settings, where, findings, around.needed)
    if config is None:
        return None
    if config.kind in _NO_JUDGES or isinstance(config, ChainConfig):
        findings.add((*where, "kind"), f"a provider of kind {config.kind!r} cannot judge: {_NO_JUDGES[config.kind]}")
        return None
    if config.optional:
        findings.add((*where, "optional"), "a judge cannot be left out; remove optional")
    return config


def _rubric(section: JudgeSection, around: Hearing, where: Where, findings: Findings) -> str | None:
    if (section.rubric is None) == (section.rubric_file is None):
        said = "both" if section.rubric else "neither"
        if not any(findings.is_broken((*where, key)) for key in ("rubric", "rubric_file")):
            findings.add(where, f"say what it judges by: exactly one of rubric and rubric_file; got {said}")
        return None
    place = (*where, "rubric")
    text = section.rubric or ""
    if section.rubric_file is not None:
        place = (*where, "rubric_file")
        try:
            text = read_text(around.base / section.rubric_file)
        except InputError as error:
            findings.add(place, _said(error))
            return None
    if not text.strip():
        findings.add(place, "is empty: say what a good output is, and what each grade means")
        return None
    return text.strip()


def _shown(path: str | None, around: Hearing, where: Where, findings: Findings) -> str | None:
    """The path of what is shown; of a plain text, the text."""
    if around.task is None:
        return path
    if around.task.schema is None:
        if path is not None:
            findings.add(where, f"{around.task.ref} asks for plain text, which has no fields; leave it out")
        return TEXT_FIELD
    if path is not None:
        try:
            Place.top(around.task.schema).follow(path)
        except NoSuchPlace as error:
            findings.add(where, str(error))
    return path


def _check_against(section: JudgeSection, around: Hearing, where: Where, findings: Findings) -> None:
    if section.against is None:
        return
    if section.grades is not None:
        findings.add((*where, "grades"), "goes without against: of two outputs it says which is better, or a tie")
    if around.providers is not None and section.against not in around.providers:
        allowed = ", ".join(around.providers)
        findings.add(
            (*where, "against"),
            f"no provider of this suite is called {section.against!r}; allowed: {allowed}"
            f"{nearest(section.against, around.providers)}",
        )


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    pair: str


class _Graded(_Line):
    """A line of `labels:` where outputs are graded alone."""

    output: str | dict[str, Any]
    grade: int


class _Compared(_Line):
    """A line of `labels:` where two outputs are compared."""

    outputs: Annotated[list[str | dict[str, Any]], Field(min_length=2, max_length=2)]
    better: Literal[0, 1, "tie"]


def _labels(
    section: JudgeSection, grades: GradesSection, around: Hearing, where: Where, findings: Findings
) -> tuple[Label, ...]:
    if section.labels is None:
        return ()
    file = around.base / section.labels
    try:
        text = file.read_bytes().decode("utf-8-sig")  # outputs are long: `read_text` is for files that people write
    except (OSError, UnicodeDecodeError) as error:
        findings.add(where, f"{file}: cannot be read: {getattr(error, 'strerror', None) or error}")
        return ()
    lines = {number: line for number, line in enumerate(text.split("\n"), start=1) if line.strip()}
    if not lines:
        findings.add(where, f"{file}: holds no labelled example; put one a line, or leave labels out")
    found = []
    for number, line in lines.items():
        here = Findings(file, {(): number})
        label = _label(line, section.against is not None, here)
        if label is not None:
            _check_label(label, None if section.against else grades, around, here)
            found.append(label)
        findings.problems.extend(here.problems)
    return tuple(found)


def _label(line: str, compares: bool, here: Findings) -> Label | None:
    try:
        value = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        here.problems.append(Problem(f"not JSON: {error}", here.file, here.line_of(())))
        return None
    if not isinstance(value, dict):
        here.add((), "a labelled example is an object")
        return None
    if compares:
        pairwise = validate(_Compared, value, (), here)
        return None if pairwise is None else Label(pairwise.pair, tuple(pairwise.outputs), _SAYS[pairwise.better])
    graded = validate(_Graded, value, (), here)
    return None if graded is None else Label(graded.pair, (graded.output,), float(graded.grade))


def _check_label(label: Label, grades: GradesSection | None, around: Hearing, here: Findings) -> None:
    if around.pairs is not None and label.pair not in around.pairs:
        here.add(("pair",), f"the data set has no pair {label.pair!r}{nearest(label.pair, around.pairs)}")
    if grades is not None and not grades.lowest <= label.says <= grades.highest:
        here.add(("grade",), f"must be a whole number from {grades.lowest} to {grades.highest}; got {label.says:g}")
    for output in label.outputs:
        if not output:
            here.add(("output" if len(label.outputs) == 1 else "outputs",), "must not be empty")


def _said(error: InputError) -> str:
    """What is wrong with a file that a suite names."""
    [problem] = error.problems
    return f"{problem.file}: {problem.message}"
