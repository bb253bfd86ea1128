"""The kind `chain`: the production fallback. Try, try again, fall back, until an answer is good enough.

A chain sends nothing itself: each step asks another provider of the suite, through `ProviderContext.ask`. Every request
it makes is a `Step` of its generation, so latency and cost are those of the whole chain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, ClassVar, Literal, Self

import jsonschema_rs
import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from shortlist_providers.base import Capabilities, Health, Provider, ProviderConfig, ProviderContext
from shortlist_providers.types import Failure, FailureKind, FailureScope, Generation, Request, Step, Timings

MAX_REASON_CHARS = 300
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Accept = Literal["valid", "complete"]


class ChainStep(BaseModel):
    """Whom to ask, and how often."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    provider: Annotated[str, Field(min_length=1)]
    """A provider of this suite, or a kind that needs no configuration, such as rules."""
    tries: Annotated[int, Field(ge=1, le=20)] = 1
    """Requests in a row before the next step's turn comes."""
    accept: Accept | None = None
    """What counts as an answer of this step; left out, what counts for the whole chain."""


class CircuitBreaker(BaseModel):
    """Spares a provider that keeps failing."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    failures: Annotated[int, Field(ge=1)] = 5
    """Failed requests in a row after which the provider is passed over. An answer that is not accepted is none."""
    open_for: Seconds = 60.0
    """Seconds for which it is passed over; then one request tries it again."""


def _step(value: Any) -> Any:
    return {"provider": value} if isinstance(value, str) else value


class ChainConfig(ProviderConfig):
    """A chain of providers."""

    kind: Literal["chain"] = "chain"
    steps: Annotated[
        tuple[Annotated[ChainStep, BeforeValidator(_step, json_schema_input_type=str | ChainStep)], ...],
        Field(min_length=1),
    ]  # fmt: skip - one annotation, readable as one
    """In order. A name stands for one request; named twice, it is asked twice."""
    accept: Accept = "valid"
    """`valid`: an answer is taken if it is JSON and keeps the task's schema; `complete`: if it is complete."""
    circuit_breaker: CircuitBreaker | None = None
    """Left out, every step is always tried."""
    timeout: Seconds = 3600.0
    """Seconds that the whole chain may take; each step keeps its own provider's limit besides."""
    retries: Annotated[int, Field(ge=0, le=0)] = 0
    """None: name a step twice, or give it tries, so that every request is in the record."""

    @model_validator(mode="after")
    def _has_no_price_of_its_own(self) -> Self:
        if self.cost is not None:
            raise ValueError("cost: a chain costs what its steps cost; give the steps' providers a cost")
        return self


@dataclass(slots=True)
class _Breaker:
    """What the chain knows of one provider's health."""

    failures_in_a_row: int = 0
    closed_again_at: float = field(default=float("-inf"))
    """Seconds on the context's clock."""


class Chain(Provider):
    """Asks its steps in turn."""

    Config: ClassVar[type[ChainConfig]] = ChainConfig
    capabilities = Capabilities(structured_output=True, streaming=True, seeds=True)

    def __init__(self, config: ChainConfig, context: ProviderContext) -> None:
        super().__init__(config, context)
        self.settings = config
        self._breakers: dict[str, _Breaker] = {}
        self._validators: dict[int, tuple[Mapping[str, Any], Callable[[str], str | None]]] = {}

    async def health(self) -> Health:
        """What the chain is made of; whether its steps answer is asked of themselves."""
        steps = [f"{step.provider} × {step.tries}" if step.tries > 1 else step.provider for step in self.settings.steps]
        return Health(ok=True, detail=f"asks in turn: {', '.join(steps)}", facts={"steps": steps})

    async def generate(self, request: Request) -> Generation:
        """Asks the steps until one gives an answer that is taken.

        Where none does, the last complete answer stands, for the metrics to judge; without any, the last failure.
        """
        steps: list[Step] = []
        best: tuple[Generation, str] | None = None
        last: Generation | None = None
        unhonoured: list[str] = []
        cached = False
        for step in self._tries():
            if self._is_open(step.provider):
                continue
            generation = last = await self.context.ask(step.provider, request)
            self._note(step.provider, generation.failure)
            cached = cached or generation.cached  # a replayed step took no time, so the chain's says nothing
            rejected = None if generation.failure else self._rejected(generation.text or "", request, step)
            steps.append(Step(step.provider, generation.timings, generation.usage, generation.failure, rejected))
            unhonoured += [item for item in generation.unhonoured if item not in unhonoured]
            if generation.failure is None:
                best = generation, step.provider
                if rejected is None:
                    break
        if last is None:
            return self._nobody_asked()
        answer, by = best or (last, None)
        return replace(
            answer,
            timings=_timings(answer, steps),
            failure=None if best else _failure(last.failure, steps),
            unhonoured=tuple(unhonoured),
            cached=cached,
            steps=tuple(steps),
            answered_by=by,
        )

    def _tries(self) -> list[ChainStep]:
        return [step for step in self.settings.steps for _ in range(step.tries)]

    def _is_open(self, provider: str) -> bool:
        breaker = self._breakers.get(provider)
        if breaker is None or self.settings.circuit_breaker is None:
            return False
        if breaker.failures_in_a_row < self.settings.circuit_breaker.failures:
            return False
        now = self.context.clock()
        if now < breaker.closed_again_at:
            return True
        breaker.closed_again_at = now + self.settings.circuit_breaker.open_for  # this request is the one that tries
        return False

    def _note(self, provider: str, failure: Failure | None) -> None:
        if self.settings.circuit_breaker is None:
            return
        breaker = self._breakers.setdefault(provider, _Breaker())
        breaker.failures_in_a_row = 0 if failure is None else breaker.failures_in_a_row + 1
        if breaker.failures_in_a_row >= self.settings.circuit_breaker.failures:
            breaker.closed_again_at = self.context.clock() + self.settings.circuit_breaker.open_for

    def _rejected(self, text: str, request: Request, step: ChainStep) -> str | None:
        """Why a complete answer is not taken; None when it is."""
        if (step.accept or self.settings.accept) == "complete":
            return None
        if request.schema is None:
            return None if text.strip() else "the text is empty"
        known = self._validators.get(id(request.schema))
        if known is None:  # holding the schema keeps its id from being reused
            known = self._validators[id(request.schema)] = (request.schema, _validator(request.schema))
        return known[1](text)

    def _nobody_asked(self) -> Generation:
        now = self.context.clock()
        message = "every step's provider is passed over, since it kept failing (circuit_breaker)"
        return Generation(text=None, timings=Timings(now, None, now), failure=Failure(FailureKind.PERMANENT, message))


def _validator(schema: Mapping[str, Any]) -> Callable[[str], str | None]:
    check = jsonschema_rs.validator_for(dict(schema))

    def rejected(text: str) -> str | None:
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError as wrong:
            return f"not JSON: {wrong}"[:MAX_REASON_CHARS]
        error = next(check.iter_errors(value), None)
        if error is None:
            return None
        where = "/".join(map(str, error.instance_path)) or "the whole"
        return f"{where}: {error.message}"[:MAX_REASON_CHARS]

    return rejected


def _timings(answer: Generation, steps: Sequence[Step]) -> Timings:
    """From the first request to the end of the last; the first token is that of the answer that is handed out."""
    return Timings(steps[0].timings.sent, answer.timings.first_token, steps[-1].timings.last_token)


def _failure(failure: Failure | None, steps: Sequence[Step]) -> Failure:
    """The last step's failure, as the chain's: whoever asks a chain is not told to slow down by one of its steps."""
    assert failure is not None  # no answer was complete, so the last one failed
    out_of_reach = all(step.failure and step.failure.scope is FailureScope.PROVIDER for step in steps)
    kind = FailureKind.TRANSIENT if failure.kind is FailureKind.RATE_LIMITED else failure.kind
    return replace(
        failure,
        kind=kind,
        message=f"no step of the chain answered; the last, {steps[-1].provider}: {failure.message}",
        scope=FailureScope.PROVIDER if out_of_reach else FailureScope.REQUEST,
        retry_after=None,
    )
