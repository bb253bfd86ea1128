"""What a run's files say when they are judged again, and what of that stands against a promotion."""

from __future__ import annotations

import hashlib
import math
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from shortlist.errors import InputError, Problem
from shortlist.pipeline import compare_stage, gate_stage, open_workspace, score_stage
from shortlist.pipeline.contamination import sentence
from shortlist.pipeline.judge import incomplete_why
from shortlist.results import Comparison, Manifest, Verdict, VerdictWord
from shortlist.runfolder import RunFolder
from shortlist.suite.signature import gate_hash

SUBJECTS = ("manifest.json", "records.jsonl", "scores.jsonl", "comparison.json", "verdict.json")
IF_THERE = ("judgements.jsonl",)
"""Written only by runs with judges."""


class ObjectionKind(StrEnum):
    """Why a promotion is refused."""

    REJECTED = "rejected"
    UNDECIDED = "undecided"
    INCOMPLETE = "incomplete"
    CONTAMINATED = "contaminated"
    NO_VERDICT = "no verdict"


@dataclass(frozen=True, slots=True)
class Objection:
    """One thing that stands against a promotion."""

    kind: ObjectionKind
    why: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A run's files, and that judging them again gives what they say."""

    folder: Path
    manifest: Manifest
    digests: Mapping[str, str]
    """File name -> SHA-256 (hex) of its bytes."""
    verdict: Verdict
    incomplete_why: str | None


def evidence_of(folder: RunFolder) -> Evidence:
    """Scores, compares and judges a run's records again, and writes nothing to its folder.

    Raises:
        InputError: a file is missing, its suite, task or data set has changed, or its figures or its verdict are not
            what its records give: they were altered, or made by another version.
    """
    with copied(folder) as copy:
        digests = digests_of(copy)
        manifest, kept = copy.read_manifest(), (copy.read_comparison(), copy.read_verdict())
        comparison, verdict, why_not = judged_again(copy, folder, rescore=True)
    _refuse_unlike(folder.comparison, kept[0], comparison)
    _refuse_unlike(folder.verdict, _plain(kept[1]), _plain(verdict))
    return Evidence(folder.path, manifest, digests, kept[1], why_not)


def objections_to(evidence: Evidence) -> tuple[Objection, ...]:
    """What stands against promoting the run's candidate; empty where the gate says PROMOTE and nothing else does."""
    verdict, found = evidence.verdict, []
    if evidence.incomplete_why is not None:
        why = f"the run is incomplete: {evidence.incomplete_why}"
        found.append(Objection(ObjectionKind.INCOMPLETE, why))
    elif verdict.verdict is None:
        found.append(Objection(ObjectionKind.NO_VERDICT, "the suite has no gate, so nothing was judged"))
    elif verdict.verdict is VerdictWord.REJECT:
        found.append(Objection(ObjectionKind.REJECTED, f"the gate says REJECT: {verdict.why}"))
    elif verdict.verdict is VerdictWord.INCONCLUSIVE:
        found.append(Objection(ObjectionKind.UNDECIDED, f"the gate says INCONCLUSIVE: {verdict.why}"))
    contamination = evidence.manifest.contamination
    if contamination is not None and contamination.found:
        found.append(Objection(ObjectionKind.CONTAMINATED, f"the run is contaminated: {sentence(contamination)}"))
    return tuple(found)


@contextmanager
def copied(folder: RunFolder) -> Iterator[RunFolder]:
    """A copy of a run's files, so that what is hashed is what is judged, and stages can write without harm.

    Raises:
        InputError: a file is missing or cannot be read.
    """
    with TemporaryDirectory(prefix="shortlist-") as place:
        for name in (*SUBJECTS, *(name for name in IF_THERE if (folder.path / name).exists())):
            try:
                shutil.copyfile(folder.path / name, Path(place) / name)
            except FileNotFoundError:
                raise InputError(
                    Problem(f"no {name} here; make it with: shortlist score {folder.path}", folder.path)
                ) from None
            except OSError as refused:
                raise InputError(Problem(f"cannot be read: {refused.strerror}", folder.path / name)) from None
        yield RunFolder(Path(place))


def digests_of(folder: RunFolder) -> dict[str, str]:
    """File name -> SHA-256 (hex) of every file that a record speaks of."""
    found = {}
    for name in (*SUBJECTS, *IF_THERE):
        path = folder.path / name
        if path.exists():
            with path.open("rb") as file:
                found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def judged_again(copy: RunFolder, folder: RunFolder, *, rescore: bool) -> tuple[Comparison, Verdict, str | None]:
    """What the stages make of a copy of `folder`: from its scores, or with `rescore` from its records; overwrites it.

    Returns:
        The comparison, the verdict, and why the run is incomplete or None.

    Raises:
        InputError: its suite, task, data set or gate is not what it was when the run began.
    """
    try:
        space = open_workspace(str(copy.path))
        if gate_hash(space.suite.gate) != space.manifest.gate_hash:
            why = "the gate is not the one that was written down before the run: gate_hash differs"
            raise InputError(Problem(why, copy.manifest))
        comparison = compare_stage(space, score_stage(space) if rescore else None)
        return comparison, gate_stage(space, comparison), incomplete_why(space)
    except InputError as wrong:  # a person knows the run's folder, and the copy will be gone
        raise InputError(str(wrong).replace(str(copy.path), str(folder.path))) from None


def verdict_differs(kept: Verdict, again: Verdict) -> str | None:
    """Where two verdicts part, e.g. `rules[0].value is 0.9, and judging again gives 0.75`; None where they agree.

    Sentences are left out: they may be put better by a later version. Figures may differ by one part in a thousand
    million: another machine adds up in another order.
    """
    return _difference(_plain(kept), _plain(again))


def _plain(verdict: Verdict) -> Verdict:
    rules = tuple(
        rule.model_copy(update={"why": "", "slices": tuple(one.model_copy(update={"why": ""}) for one in rule.slices)})
        for rule in verdict.rules
    )
    return verdict.model_copy(update={"why": "", "rules": rules})


def _refuse_unlike(path: Path, kept: Comparison | Verdict, again: Comparison | Verdict) -> None:
    where = _difference(kept, again)
    if where is not None:
        raise InputError(
            Problem(
                f"does not follow from the run's records: {where}. It was altered, or another version of Shortlist "
                f"made it; judge the run anew: shortlist score {path.parent}",
                path,
            )
        )


def _difference(kept: Comparison | Verdict, again: Comparison | Verdict) -> str | None:
    return next(_differences(kept.model_dump(mode="python"), again.model_dump(mode="python"), ""), None)


def _differences(kept: Any, again: Any, place: str) -> Iterator[str]:
    if isinstance(kept, Mapping) and isinstance(again, Mapping) and kept.keys() == again.keys():
        for key in kept:
            yield from _differences(kept[key], again[key], f"{place}.{key}" if place else str(key))
    elif _is_list(kept) and _is_list(again) and len(kept) == len(again):
        for number, (one, other) in enumerate(zip(kept, again, strict=True)):
            yield from _differences(one, other, f"{place}[{number}]")
    elif not _alike(kept, again):
        yield f"{place} is {_shown(kept)}, and judging again gives {_shown(again)}"


def _alike(kept: Any, again: Any) -> bool:
    if isinstance(kept, float | Decimal) and isinstance(again, float | Decimal):
        return math.isclose(kept, again, rel_tol=1e-9, abs_tol=1e-12)
    return bool(kept == again)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _shown(value: Any) -> str:
    text = str(value) if isinstance(value, str | float | int | Decimal | None) else f"{len(value)} entries"
    return text if len(text) <= 80 else f"{text[:80]}…"
