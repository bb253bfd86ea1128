"""What judges answer, and what several answers about one output come to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from shortlist.judges.prompt import NAMES, TIE
from shortlist.suite.model import Judge

_MOST_REASON = 400
"""Characters of a reason that are kept as a score's loss; the whole of it stays in the judgement."""
_FARES = {NAMES[0]: 1.0, NAMES[1]: 0.0, TIE: 0.5}


@dataclass(frozen=True, slots=True)
class Answer:
    """One judgement that brought a grade."""

    value: float
    """The grade; of two outputs 1.0 where the one shown first is better, 0.0 where the second is, 0.5 for a tie."""
    reason: str
    """In one line."""


@dataclass(frozen=True, slots=True)
class Graded:
    """What all judgements of one output say."""

    score: float | None
    """From 0 (worst) to 1 (best); None when they say too little."""
    why_missing: str | None
    """None when there is a score."""
    losses: tuple[str, ...]
    """The reasons of those that did not give the best grade."""
    by_order: tuple[float, ...]
    """Of two outputs: how the first fares in each order, from 0 to 1; empty unless both orders brought an answer."""
    grades: tuple[float, ...]
    """Of one output: every grade."""


def read_answer(judge: Judge, text: str | None) -> Answer | str:
    """The answer in a judge's reply, or why there is none.

    Where a backend does not hold its model to the schema, the object may stand in a fence or after prose. With words
    after it, it may be what an output said, quoted ("it holds {…}, which I do not follow"), and is none.
    """
    try:
        value = _object_in(text or "")
    except orjson.JSONDecodeError:
        return "the judge's reply holds no JSON object"
    key, allowed = ("better", tuple(_FARES)) if judge.against else ("grade", range(judge.lowest, judge.highest + 1))
    said: Any = value.get(key)
    if isinstance(said, bool) or said not in allowed:
        which = "A, B or tie" if judge.against else f"a whole number from {judge.lowest} to {judge.highest}"
        return f"the judge's reply has no {key!r} that is {which}"
    reason = value.get("reason")
    if not isinstance(reason, str):
        return "the judge's reply has no reason"
    line = " ".join(reason.split())
    clipped = line if len(line) <= _MOST_REASON else f"{line[: _MOST_REASON - 1]}…"
    return Answer(_FARES[said] if judge.against else float(said), clipped)


def _object_in(text: str) -> dict[str, Any]:
    end = text.rfind("}") + 1
    ends_there = not text[end:].strip(" \t\r\n`")
    for candidate in (text, text[text.find("{") : end] if ends_there else ""):
        try:
            value = orjson.loads(candidate)
        except orjson.JSONDecodeError:
            continue
        if isinstance(value, dict):
            return value
    raise orjson.JSONDecodeError("no object", text, 0)


def of_one(judge: Judge, answers: Sequence[Answer | str]) -> Graded:
    """The mean grade of one output, from 0 for `lowest` to 1 for `highest`, over the judgements that brought one."""
    given = [answer for answer in answers if isinstance(answer, Answer)]
    if not given:
        return Graded(None, _why_none(answers), (), (), ())
    mean = math.fsum(answer.value for answer in given) / len(given)
    return Graded(
        score=(mean - judge.lowest) / (judge.highest - judge.lowest),
        why_missing=None,
        losses=tuple(
            f"{answer.value:g} of {judge.highest}: {answer.reason}" for answer in given if answer.value < judge.highest
        ),
        by_order=(),
        grades=tuple(answer.value for answer in given),
    )


def of_two(judge: Judge, first: Sequence[Answer | str], second: Sequence[Answer | str]) -> Graded:
    """How an output fares against another: the mean of the orders, so that a preference for a place cancels out.

    Args:
        judge: who was asked.
        first: the answers where it was shown first.
        second: where it was shown second.
    """
    by_order = []
    losses = []
    for answers, place in ((first, 0), (second, 1)):
        given = [answer for answer in answers if isinstance(answer, Answer)]
        if not given:
            return Graded(None, _why_none(answers), (), (), ())
        fares = [answer.value if place == 0 else 1 - answer.value for answer in given]
        by_order.append(math.fsum(fares) / len(fares))
        shown = f"shown as {NAMES[place]} against {judge.against}"
        losses += [
            f"{'a tie' if fare else 'worse'}, {shown}: {answer.reason}"
            for answer, fare in zip(given, fares, strict=True)
            if fare < 1
        ]
    return Graded(sum(by_order) / 2, None, tuple(losses), tuple(by_order), ())


def _why_none(answers: Sequence[Answer | str]) -> str:
    return next((answer for answer in answers if isinstance(answer, str)), "not judged")
