"""Text classification: one request, from its text to the output that the best label stands for."""

from __future__ import annotations

import threading
from collections.abc import Callable

from shortlist_providers.classification import output_for, text_to_classify, unhonoured_by_classifier
from shortlist_providers.errors import ProviderUnavailable
from shortlist_providers.transformers.config import TransformersConfig
from shortlist_providers.transformers.loading import Loaded
from shortlist_providers.types import Failure, FailureKind, FinishReason, Generation, Request, Timings, Usage
from shortlist_providers.wire.failures import MAX_MESSAGE_CHARS, Failed, bounded


class TextClassifier:
    """Classifies with a loaded model, by transformers' own pipeline. Not for use from two threads at once."""

    def __init__(self, loaded: Loaded, config: TransformersConfig, clock: Callable[[], float]) -> None:
        self._loaded = loaded
        self._config = config
        self._clock = clock
        labels = [str(label) for label in loaded.model.config.id2label.values()]
        if config.labels:
            _check_labels(labels, config)
        self._pipeline = loaded.library.pipeline(
            "text-classification", model=loaded.model, tokenizer=loaded.tokenizer, device=loaded.device
        )
        self._pipeline("warm up")

    def generate(self, request: Request, cancelled: threading.Event) -> Generation:
        """Makes one attempt; never raises for what model or tokenizer do. Too short to be cancelled."""
        sent = self._clock()
        unhonoured = unhonoured_by_classifier(request, self._config)
        usage = Usage()
        failure: Failure | None = None
        text: str | None = None
        try:
            source = text_to_classify(request, self._config.input)
            tokens, limit = self._count(source), self._loaded.context
            if limit is not None and tokens > limit:
                tokens, unhonoured = limit, (*unhonoured, "input:truncated")
            # No tokens are generated, and 0 would enter throughput as if none had been managed: output stays unknown.
            usage = Usage(input=tokens)
            best = self._pipeline(source, top_k=1, truncation=limit is not None, max_length=limit)[0]
            text = output_for(self._config, str(best["label"]), float(best["score"]))
        except Failed as failed:
            failure = failed.failure
        except Exception as wrong:  # out of memory, an index out of range in the model's code …
            said = bounded(str(wrong), MAX_MESSAGE_CHARS)
            failure = Failure(FailureKind.PERMANENT, f"the model raised {type(wrong).__name__}: {said}")
        return Generation(
            text=text,
            timings=Timings(sent, None, self._clock()),
            usage=usage,
            finish_reason=FinishReason.UNKNOWN if failure else FinishReason.STOP,
            model=self._config.model,
            failure=failure,
            unhonoured=unhonoured,
        )

    def _count(self, text: str) -> int:
        return len(self._loaded.tokenizer(text, verbose=False)["input_ids"])


def _check_labels(labels: list[str], config: TransformersConfig) -> None:
    unmapped = [label for label in labels if label not in config.labels]
    strange = [label for label in config.labels if label not in labels]
    if unmapped or strange:
        raise ProviderUnavailable(
            f"the labels of model {config.model!r} are {', '.join(map(repr, labels))}; "
            f"`labels` has {', '.join(map(repr, config.labels))}: each needs its output"
        )
    if len(labels) == 1:
        raise ProviderUnavailable(f"model {config.model!r} has one label only, {labels[0]!r}: it chooses nothing")
