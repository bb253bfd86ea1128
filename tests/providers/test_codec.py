"""Generations survive the record."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlist_providers import Failure, FailureKind, FailureScope, FinishReason, Generation, Step, Timings, Usage
from shortlist_providers.codec import generation_from_json

texts = st.text(st.characters(codec="utf-8"))
counts = st.none() | st.integers(0, 2**53)
times = st.floats(allow_nan=False, allow_infinity=False)
failures = st.builds(
    Failure,
    kind=st.sampled_from(FailureKind),
    message=texts,
    scope=st.sampled_from(FailureScope),
    status=st.none() | st.integers(100, 599),
    retry_after=st.none() | st.floats(0, 1e6),
    received=st.none() | texts,
)
timings = st.builds(Timings, sent=times, first_token=st.none() | times, last_token=times)
usages = st.builds(Usage, input=counts, cached_read=counts, cached_write=counts, output=counts, reasoning=counts)
steps = st.builds(
    Step, provider=texts, timings=timings, usage=usages, failure=st.none() | failures, rejected=st.none() | texts
)
generations = st.builds(
    Generation,
    text=st.none() | texts,
    timings=timings,
    usage=usages,
    finish_reason=st.sampled_from(FinishReason),
    model=st.none() | texts,
    request_id=st.none() | texts,
    failure=st.none() | failures,
    unhonoured=st.lists(texts, max_size=3).map(tuple),
    cached=st.booleans(),
    deferred=st.booleans(),
    steps=st.lists(steps, max_size=2).map(tuple),
    answered_by=st.none() | texts,
)


@given(generations)
def test_there_and_back(generation: Generation) -> None:
    assert generation_from_json(orjson.loads(orjson.dumps(generation))) == generation


GOOD = Generation(text="x", timings=Timings(0.0, None, 1.0), failure=Failure(FailureKind.MALFORMED, "odd"))


def changed(path: str, value: Any) -> Any:
    data = orjson.loads(orjson.dumps(GOOD))
    *parents, last = path.split(".")
    inner = data
    for name in parents:
        inner = inner[name]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "names"),
    [
        ("text", ..., "text missing"),
        ("text", 7, "generation.text"),
        ("extra", 1, "unknown field extra"),
        ("timings", None, "timings: an object"),
        ("timings.sent", None, "timings.sent"),
        ("timings.sent", True, "timings.sent"),
        ("timings.last_token", float("nan"), "timings.last_token"),
        ("usage.input", -1, "usage.input"),
        ("usage.output", 1.5, "usage.output"),
        ("usage.reasoning", ..., "reasoning missing"),
        ("finish_reason", "done", "one of stop, length"),
        ("failure.kind", "odd", "one of permanent, transient"),
        ("failure.message", None, "failure.message"),
        ("failure.status", "500", "failure.status"),
        ("unhonoured", "seed", "generation.unhonoured"),
        ("unhonoured", [1], "generation.unhonoured"),
        ("cached", 0, "generation.cached"),
        ("deferred", None, "generation.deferred"),
        ("steps", {}, "generation.steps"),
        ("steps", [7], r"generation.steps\[0\]: an object"),
        ("steps", [{"provider": None, "timings": {}, "usage": {}, "failure": None, "rejected": None}], "provider"),
        ("answered_by", 1, "generation.answered_by"),
    ],
)
def test_what_is_not_a_generation_is_refused_by_name(path: str, value: Any, names: str) -> None:
    with pytest.raises(ValueError, match=names):
        generation_from_json(changed(path, value))


@pytest.mark.parametrize("data", [None, [], "x", {}])
def test_what_is_no_object_is_refused(data: Any) -> None:
    with pytest.raises(ValueError, match="generation"):
        generation_from_json(data)
