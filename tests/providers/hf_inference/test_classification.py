"""Hosted text classification."""

from __future__ import annotations

import json
from typing import Any

import pytest
from huggingface_hub import TextClassificationInput, TextClassificationOutputElement

from providers.hf_inference.helpers import HF_KEY, ask_hf
from shortlist_providers import FailureKind, FinishReason, Usage
from support.behaviours import Behaviour, raw
from support.hf_server import HfServer, answer, loading
from support.providers import request

SCORES = [{"label": "NO_JOB", "score": 0.25}, {"label": "JOB", "score": 0.75}]
LABELS = {"JOB": {"is_job": True, "reason": None}, "NO_JOB": {"is_job": False, "reason": "no job"}}


def classify(server: HfServer, *asked: Any, **settings: Any) -> Any:
    return ask_hf(*asked, base_url=f"{server.url}/endpoint", pipeline="text-classification", **settings)


def test_the_scripted_reply_is_what_the_librarys_own_type_says() -> None:
    parsed = TextClassificationOutputElement.parse_obj_as_list(json.dumps([SCORES]))[0]
    assert [(one.label, one.score) for one in parsed] == [("NO_JOB", 0.25), ("JOB", 0.75)]


@pytest.mark.parametrize("reply", [SCORES, [SCORES], [SCORES[1]]])
def test_the_likeliest_label_becomes_the_output(reply: Any) -> None:
    with HfServer([answer(reply)], key=HF_KEY) as server:
        generation = classify(server, labels=LABELS, score_field="confidence")
        asked = server.asked[0]
    assert generation.failure is None
    assert json.loads(generation.text) == {"is_job": True, "reason": None, "confidence": 0.75}
    assert generation.finish_reason is FinishReason.STOP
    assert generation.usage == Usage()
    assert generation.unhonoured == ()
    assert asked.path == "/endpoint"
    parsed = TextClassificationInput.parse_obj_as_instance(asked.body)
    assert parsed.inputs == "Hello"
    assert set(asked.body) == {"inputs", "parameters"}


def test_without_labels_the_output_is_the_label_and_what_was_asked_beyond_is_recorded() -> None:
    with HfServer([answer(SCORES)]) as server:
        generation = classify(server, request(sampling={"temperature": 0.7}))
    assert json.loads(generation.text) == {"label": "JOB", "score": 0.75}
    assert generation.unhonoured == ("temperature", "schema")


@pytest.mark.parametrize("source", ["resume_text", "job_description_text"])
def test_the_pairs_own_texts_can_be_read(source: str) -> None:
    inputs = {"resume_text": "a résumé", "job_description_text": "a job"}
    with HfServer([answer(SCORES)]) as server:
        classify(server, request(inputs=inputs), input=source)
        assert server.asked[0].body["inputs"] == inputs[source]
        missing = classify(server, input=source)
        assert len(server.asked) == 1
    assert missing.failure.kind is FailureKind.PERMANENT
    assert f"lacks the input {source!r}" in missing.failure.message


@pytest.mark.parametrize(
    ("behaviour", "kind", "said"),
    [
        (loading(12.0), FailureKind.RATE_LIMITED, "is currently loading"),
        (answer({"error": "Authorization header is invalid"}, 401), FailureKind.PERMANENT, "HTTP 401"),
        (answer({"error": "unloaded"}), FailureKind.TRANSIENT, "reported an error in its reply: unloaded"),
        (answer([]), FailureKind.MALFORMED, "not a list of labels"),
        (answer([[]]), FailureKind.MALFORMED, "not a list of labels"),
        (answer({"labels": []}), FailureKind.MALFORMED, "not a list of labels"),
        (answer([{"label": "JOB"}]), FailureKind.MALFORMED, "not a list of labels"),
        (answer([{"label": "JOB", "score": True}]), FailureKind.MALFORMED, "not a list of labels"),
        (answer([{"label": "JOB", "score": 0.5}, {"lbl": 1}]), FailureKind.MALFORMED, "not a list of labels"),
        (raw(b"<html>", "text/html"), FailureKind.MALFORMED, "not JSON"),
        (answer([{"label": "SPAM", "score": 0.9}]), FailureKind.PERMANENT, "no output for label 'SPAM'"),
    ],
)
def test_what_goes_wrong_is_classified(behaviour: Behaviour, kind: FailureKind, said: str) -> None:
    with HfServer([behaviour]) as server:
        failure = classify(server, labels=LABELS).failure
    assert failure.kind is kind
    assert said in failure.message
    if kind is FailureKind.MALFORMED:
        assert (failure.received or "").encode() == behaviour.body


def test_the_router_finds_the_classifier(monkeypatch: pytest.MonkeyPatch) -> None:
    with HfServer([answer([SCORES])], models={"owner/model": "text-classification"}) as server:
        server.take_over(monkeypatch)
        generation = ask_hf(pipeline="text-classification", provider="hf-inference", labels=LABELS)
        assert server.asked[0].path == "/hf-inference/models/owner/model"
    assert json.loads(generation.text or "")["is_job"] is True
