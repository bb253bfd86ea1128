"""Text classification with a real model on the CPU."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from providers.transformers.helpers import probabilities
from shortlist_providers import FailureKind, FinishReason, ProviderUnavailable
from support.providers import request
from support.tiny_classifier import LABELS, LONGEST, build_classifier

TEXTS = ("We hire an engineer in Oslo", "free money now", "lorem ipsum lorem ipsum", "apply now salary")
OUTPUTS = {
    "NO_JOB": {"is_job": False, "validity": {"why": "none"}},
    "JOB": {"is_job": True, "validity": {}},
    "SPAM": {"is_job": False, "validity": {"why": "spam"}},
}


def classify(ask: Any, folder: Path, *requests: Any, **settings: Any) -> list[Any]:
    generations: list[Any] = ask(*requests, model=str(folder), pipeline="text-classification", **settings)
    return generations


def test_labels_and_scores_are_those_of_a_forward_pass(ask: Any, tiny_classifier: Path) -> None:
    generations = classify(ask, tiny_classifier, *(request(text, schema=None) for text in TEXTS))
    by_hand = [probabilities(tiny_classifier, text) for text in TEXTS]
    assert len({max(scores, key=lambda label: scores[label]) for scores in by_hand}) == 3, "the texts lack a label"
    for generation, scores in zip(generations, by_hand, strict=True):
        label = max(scores, key=lambda label: scores[label])
        assert json.loads(generation.text) == {"label": label, "score": pytest.approx(scores[label], abs=1e-6)}
        assert generation.failure is None
        assert generation.finish_reason is FinishReason.STOP


def test_a_label_becomes_the_output_that_the_suite_says(ask: Any, tiny_classifier: Path) -> None:
    settings = {"labels": OUTPUTS, "score_field": "validity.confidence"}
    generations = classify(ask, tiny_classifier, *map(request, TEXTS), **settings)
    for generation, text in zip(generations, TEXTS, strict=True):
        scores = probabilities(tiny_classifier, text)
        label = max(scores, key=lambda label: scores[label])
        expected: dict[str, Any] = json.loads(json.dumps(OUTPUTS[label]))
        expected["validity"]["confidence"] = pytest.approx(scores[label], abs=1e-6)
        assert json.loads(generation.text) == expected
        assert generation.unhonoured == ()


def test_input_tokens_are_counted_and_output_tokens_are_not_invented(ask: Any, tiny_classifier: Path) -> None:
    (generation,) = classify(ask, tiny_classifier, request("We hire an engineer"))
    assert generation.usage.input == 4 + 2
    assert generation.usage.output is None
    assert generation.timings.first_token is None
    assert generation.unhonoured == ("schema",)


def test_a_text_that_is_too_long_is_cut_and_that_is_recorded(ask: Any, tiny_classifier: Path) -> None:
    fits, cut = classify(ask, tiny_classifier, request("now " * (LONGEST - 2)), request("now " * (LONGEST - 1)))
    assert "input:truncated" not in fits.unhonoured
    assert "input:truncated" in cut.unhonoured
    assert fits.usage.input == cut.usage.input == LONGEST
    assert fits.text == cut.text


def test_a_smaller_context_cuts_earlier(ask: Any, tiny_classifier: Path) -> None:
    (generation,) = classify(ask, tiny_classifier, request("now " * 20), max_context=8)
    assert generation.usage.input == 8


def test_the_pairs_own_texts_can_be_read(ask: Any, tiny_classifier: Path) -> None:
    inputs = {"resume_text": TEXTS[0], "job_description_text": TEXTS[1]}
    (resume,) = classify(ask, tiny_classifier, request(inputs=inputs), input="resume_text")
    (job,) = classify(ask, tiny_classifier, request(inputs=inputs), input="job_description_text")
    (missing,) = classify(ask, tiny_classifier, request(), input="resume_text")
    plain = classify(ask, tiny_classifier, request(TEXTS[0]), request(TEXTS[1]))
    assert [resume.text, job.text] == [one.text for one in plain]
    assert resume.text != job.text
    assert missing.failure.kind is FailureKind.PERMANENT


@pytest.mark.parametrize("labels", [{"JOB": 1, "NO_JOB": 0}, {**dict.fromkeys(LABELS, 1), "OTHER": 2}])
def test_labels_must_be_those_of_the_model(ask: Any, tiny_classifier: Path, labels: dict[str, int]) -> None:
    with pytest.raises(ProviderUnavailable, match=r"labels of model .* are 'NO_JOB', 'JOB', 'SPAM'"):
        classify(ask, tiny_classifier, request(), labels=labels)


def test_a_model_with_one_label_chooses_nothing(ask: Any, tmp_path: Path) -> None:
    single = build_classifier(tmp_path / "single", labels=["SCORE"])
    with pytest.raises(ProviderUnavailable, match="one label only, 'SCORE'"):
        classify(ask, single, request(), labels={"SCORE": 1})


def test_facts_name_the_classifier(health: Any, tiny_classifier: Path) -> None:
    facts = health(model=str(tiny_classifier), pipeline="text-classification").facts
    assert facts["architecture"] == "DistilBertForSequenceClassification"
    assert facts["context_length"] == LONGEST


def test_nothing_is_written_to_the_terminal(ask: Any, capfd: pytest.CaptureFixture[str], tiny_classifier: Path) -> None:
    classify(ask, tiny_classifier, request("now " * 200))
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")
