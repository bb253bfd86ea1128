"""What happens between two tokens: the schema's constraint, the choice of a token, stopping.

They are called by `generate` as logits processors and stopping criteria. It asks no base class of them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from shortlist_providers.types import Failure, FailureKind
from shortlist_providers.wire.failures import Failed


class Constraint:
    """A logits processor that leaves only tokens with which the output can still become valid, and then the end."""

    def __init__(self, matcher: Any, ends: Sequence[int], torch: Any) -> None:
        self._matcher = matcher
        self._ends = ends
        self._torch = torch
        self._prompt_tokens: int | None = None

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Masks `scores`, of shape (1, vocabulary). Raises `Failed` where the grammar gives up."""
        if self._prompt_tokens is None:
            self._prompt_tokens = input_ids.shape[1]
        else:
            last = int(input_ids[0, -1])
            if last in self._ends:  # on Metal, `generate` computes one more token before it sees the end
                return scores
            self._matcher.consume_token(last)
        if self._matcher.is_error():
            why = f"llguidance cannot go on with this schema: {self._matcher.get_error()}"
            raise Failed(Failure(FailureKind.PERMANENT, why))
        bits = self._torch.frombuffer(bytearray(self._matcher.compute_bitmask()), dtype=self._torch.uint8)
        places = self._torch.arange(8, dtype=self._torch.uint8)
        allowed = ((bits[:, None] >> places) & 1).bool().flatten()[: scores.shape[-1]].to(scores.device)
        masked = self._torch.full_like(scores, float("-inf"))
        masked[:, : len(allowed)] = scores[:, : len(allowed)].masked_fill(~allowed, float("-inf"))
        return masked


class Choice:
    """A logits processor that draws the token itself and leaves nothing else to choose.

    transformers draws from PyTorch's one global generator, which other threads use and reseed, too. This one has a
    generator to itself, so that a request with a seed gives the same output whatever else runs.
    """

    def __init__(self, seed: int | None, torch: Any) -> None:
        self._torch = torch
        # On the CPU, whose generator gives the same numbers on every machine.
        self._generator = torch.Generator()
        if seed is None:
            self._generator.seed()
        else:
            self._generator.manual_seed(seed % 2**63)

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Draws from `scores`, of shape (1, vocabulary), after temperature and top_p."""
        probabilities = self._torch.softmax(scores.float(), dim=-1).cpu()
        drawn = self._torch.multinomial(probabilities, 1, generator=self._generator).to(scores.device)
        return self._torch.full_like(scores, float("-inf")).scatter(1, drawn, 0.0)


class Watch:
    """A stopping criterion that notes the first token's time, looks for stop strings and obeys a cancellation.

    Args:
        clock: monotonic seconds.
        cancelled: set from another thread.
        stop: strings that end the output.
        text_of: decodes token ids.
        torch: the module.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        cancelled: threading.Event,
        stop: Sequence[str],
        text_of: Callable[[Sequence[int]], str],
        torch: Any,
    ) -> None:
        self._clock = clock
        self._cancelled = cancelled
        self._stop = stop
        # Every token but those that are part of a character has a character at least; no character has over 4 bytes.
        self._tail = max((len(text.encode()) for text in stop), default=0) + 4
        self._text_of = text_of
        self._torch = torch
        self._tokens = 0
        self.first_token: float | None = None
        self.stopped = False
        """Whether a stop string was found."""

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        """Whether to stop, as a tensor with one truth value."""
        self._tokens += 1
        if self.first_token is None:
            input_ids[0, -1].item()  # waits for the device, which is still at work on what was asked of it
            self.first_token = self._clock()
        if self._stop:
            tail = self._text_of(input_ids[0, -min(self._tokens, self._tail) :].tolist())
            self.stopped = self.stopped or any(text in tail for text in self._stop)
        ends = self.stopped or self._cancelled.is_set()
        return self._torch.full((input_ids.shape[0],), ends, dtype=self._torch.bool, device=input_ids.device)
