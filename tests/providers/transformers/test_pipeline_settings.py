"""What a suite may say of the two Hugging Face kinds, and what not."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from pydantic import ValidationError

from shortlist_providers import load_kind
from shortlist_providers.classification import output_for
from shortlist_providers.wire.failures import Failed

CLASSIFY: dict[str, Any] = {"pipeline": "text-classification"}


@pytest.mark.parametrize("kind", ["transformers", "hf_inference"])
@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"labels": {"a": 1}}, "labels: only for `pipeline: text-classification`"),
        ({"input": "resume_text", "score_field": "p"}, "input, score_field: only for"),
        ({**CLASSIFY, "score_field": "p"}, "give labels"),
        ({**CLASSIFY, "labels": {"a": 1}, "score_field": "p"}, "label 'a': the output is not an object"),
        ({**CLASSIFY, "labels": {"a": {"x": 1}}, "score_field": "x.p"}, "label 'a': x is not an object"),
        ({**CLASSIFY, "labels": {"a": {}}, "score_field": "x..p"}, "String should match pattern"),
        ({**CLASSIFY, "structured": "none"}, "a classifier writes no text"),
        ({"pipeline": "translation"}, "Input should be 'text-generation' or 'text-classification'"),
    ],
)
def test_settings_that_do_not_fit_are_refused(kind: str, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        load_kind(kind).Config(**{"kind": kind, "model": "m", **settings})


@pytest.mark.parametrize(
    ("kind", "settings", "said"),
    [
        ("transformers", {"concurrency": 2}, "less than or equal to 1"),
        ("transformers", {"device": "gpu"}, "should match pattern"),
        ("transformers", {"dtype": "int4"}, "Input should be"),
        ("hf_inference", {"base_url": "http://h/v1", "provider": "groq"}, "leave one of them out"),
        ("hf_inference", {"concurrency": 101}, "less than or equal to 100"),
        ("hf_inference", {**CLASSIFY, "stream": True}, "stream: a classifier writes no text"),
        ("hf_inference", {"headers": {"Authorization": "Bearer x"}}, "carries a secret"),
    ],
)
def test_each_kind_refuses_what_it_cannot_do(kind: str, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        load_kind(kind).Config(**{"kind": kind, "model": "m", **settings})


def test_a_score_does_not_get_into_the_settings() -> None:
    settings: dict[str, Any] = {**CLASSIFY, "labels": {"a": {"x": {}}}, "score_field": "x.p"}
    config: Any = load_kind("transformers").Config(**{"kind": "transformers", "model": "m", **settings})
    assert json.loads(output_for(config, "a", 0.75)) == {"x": {"p": 0.75}}
    assert config.labels == {"a": {"x": {}}}


@pytest.mark.parametrize("score", [math.nan, math.inf])
def test_a_score_that_is_no_number_is_a_failure(score: float) -> None:
    config: Any = load_kind("transformers").Config(**{**CLASSIFY, "kind": "transformers", "model": "m"})
    with pytest.raises(Failed, match=f"gave label 'a' the score {score}"):
        output_for(config, "a", score)
