"""Classifiers as providers: which text is read, and how a label becomes the output of a task."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from copy import deepcopy
from typing import Annotated, Any, Literal, Self

from pydantic import Field, JsonValue, model_validator

from shortlist_providers.base import ProviderConfig
from shortlist_providers.types import Failure, FailureKind, Request
from shortlist_providers.wire.decode import decode, sound
from shortlist_providers.wire.failures import Failed, from_error_object, malformed
from shortlist_providers.wire.secret import Secret

CLASSIFICATION = "text-classification"


class PipelineConfig(ProviderConfig):
    """The keys of the kinds that run Hugging Face's pipelines, here or hosted."""

    pipeline: Literal["text-generation", "text-classification"] = "text-generation"
    """What the model does: write the output, or choose one of its labels for a text."""
    input: Literal["message", "resume_text", "job_description_text"] = "message"
    """The text to classify: the last user message of the prompt, or one of the pair's own texts."""
    labels: dict[str, JsonValue] = Field(default_factory=dict)
    """The output that each label of the classifier stands for, as the task's schema wants it.

    Left out, the output is `{"label": …, "score": …}`.
    """
    score_field: Annotated[str, Field(pattern=r"^[^.]+(\.[^.]+)*$")] | None = None
    """Where in the output the label's probability goes, such as `confidence` or `validity.confidence`."""

    @model_validator(mode="after")
    def _classifies(self) -> Self:
        if self.pipeline != CLASSIFICATION:
            said = [name for name in ("input", "labels", "score_field") if name in self.model_fields_set]
            if said:
                raise ValueError(f"{', '.join(said)}: only for `pipeline: {CLASSIFICATION}`")
            return self
        if self.score_field is not None:
            if not self.labels:
                raise ValueError("score_field says where in the output of `labels` the score goes; give labels")
            for label, value in self.labels.items():
                try:
                    _with_score(value, self.score_field, 0.0)
                except TypeError as wrong:
                    raise ValueError(f"score_field {self.score_field!r}, label {label!r}: {wrong}") from None
        return self


def text_to_classify(request: Request, source: str) -> str:
    """The text that `source` (a value of `input`) names.

    Raises:
        Failed: the request has none.
    """
    if source == "message":
        texts = [message.content for message in request.messages if message.role == "user"]
        text = texts[-1] if texts else None
    else:
        text = request.inputs.get(source)
    if text is None:
        missing = "a user message" if source == "message" else f"the input {source!r}"
        raise Failed(Failure(FailureKind.PERMANENT, f"there is nothing to classify: the request lacks {missing}"))
    return sound(text)


def output_for(config: PipelineConfig, label: str, score: float) -> str:
    """The output, as JSON, that `label` with the probability `score` stands for.

    Raises:
        Failed: `labels` lacks the label, or the score is no number.
    """
    if not math.isfinite(score):
        raise Failed(Failure(FailureKind.PERMANENT, f"the classifier gave label {label!r} the score {score}"))
    if not config.labels:
        return json.dumps({"label": label, "score": score}, ensure_ascii=False)
    if label not in config.labels:
        known = ", ".join(map(repr, config.labels))
        raise Failed(Failure(FailureKind.PERMANENT, f"`labels` has no output for label {label!r}; it has {known}"))
    value: Any = config.labels[label]
    if config.score_field is not None:
        value = _with_score(value, config.score_field, score)
    return json.dumps(value, ensure_ascii=False)


def unhonoured_by_classifier(request: Request, config: PipelineConfig) -> tuple[str, ...]:
    """What a classifier cannot give: it is deterministic, and nothing but `labels` shapes its output."""
    asked: list[str] = []
    if request.sampling.temperature:
        asked.append("temperature")
    if request.schema is not None and not config.labels:
        asked.append("schema")
    return tuple(asked)


def _with_score(value: Any, path: str, score: float) -> Any:
    """`value` with the score at the dotted `path`. Raises `TypeError` where something else than an object is there."""
    changed = deepcopy(value)
    place = changed
    *parents, last = path.split(".")
    for at, name in enumerate([*parents, last]):
        if not isinstance(place, dict):
            where = ".".join(path.split(".")[:at]) or "the output"
            raise TypeError(f"{where} is not an object")
        if at < len(parents):
            place = place.setdefault(name, {})
    place[last] = score
    return changed


def best_label(body: bytes, secret: Secret) -> tuple[str, float]:
    """The likeliest label of a classification's reply, which is a list of labels or, batched, a list of such lists.

    Raises:
        Failed: it is no such reply.
    """
    try:
        data = decode(body)
    except ValueError as wrong:
        raise Failed(malformed(f"the reply is not JSON: {wrong}", body, secret)) from None
    if isinstance(data, Mapping) and "error" in data:
        raise Failed(from_error_object(data, body, secret))
    labels = data[0] if isinstance(data, list) and data and isinstance(data[0], list) else data
    found = [
        (float(entry["score"]), entry["label"])
        for entry in (labels if isinstance(labels, list) else ())
        if isinstance(entry, Mapping)
        and isinstance(entry.get("label"), str)
        and isinstance(entry.get("score"), int | float)
        and not isinstance(entry["score"], bool)
    ]
    if not found or len(found) != len(labels):
        raise Failed(malformed("the reply is not a list of labels with scores", body, secret))
    score, label = max(found, key=lambda pair: pair[0])
    return label, score
