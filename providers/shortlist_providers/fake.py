"""The kind `fake`: scripted latency, outputs and faults, for dry runs and tests. No model, no network."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, model_validator

from shortlist_providers.base import Capabilities, Provider, ProviderConfig, ProviderContext
from shortlist_providers.schema_instance import minimal_instance
from shortlist_providers.types import Failure, FailureKind, FinishReason, Generation, Request, Timings, Usage

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Output = str | dict[str, Any]

_COUNTED = re.compile(r"(every|first):([1-9][0-9]*)")
_A_DAY = 86_400.0

_FINISH = {
    "refused": FinishReason.REFUSAL,
    "truncated": FinishReason.LENGTH,
}


class Fault(BaseModel):
    """One scripted fault. The first of the list that concerns a case strikes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    on: Annotated[str, Field(min_length=1)]
    """A pair's id, or `every:N` (the Nth case, the 2Nth …) or `first:N`, counting cases as they first arrive."""
    kind: Literal["rate_limited", "transient", "permanent", "malformed", "refused", "truncated", "hang", "crash"]
    """`hang` answers never; `crash` raises, as a provider with a bug would."""
    retry_after: Seconds | None = None
    """Seconds, with `rate_limited`."""
    attempts: Annotated[int, Field(ge=1)] | None = None
    """Strikes only a case's first attempts, this many; left out, all."""

    @model_validator(mode="after")
    def _counts(self) -> Self:
        if self.on.startswith(("every:", "first:")) and not _COUNTED.fullmatch(self.on):
            raise ValueError(f"on: {self.on!r} must end with a whole number from 1, such as every:10")
        return self

    def concerns(self, pair: str, ordinal: int, attempt: int) -> bool:
        """Whether it strikes attempt `attempt` (from 1) of the `ordinal`-th case (from 1), which is of `pair`."""
        if self.attempts is not None and attempt > self.attempts:
            return False
        counted = _COUNTED.fullmatch(self.on)
        if counted is None:
            return self.on == pair
        number = int(counted[2])
        return ordinal % number == 0 if counted[1] == "every" else ordinal <= number


class FakeUsage(BaseModel):
    """The tokens that every generation reports."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: Annotated[int, Field(ge=0)] | None = None
    output: Annotated[int, Field(ge=0)] | None = None


class FakeConfig(ProviderConfig):
    """A backend that acts by script."""

    kind: Literal["fake"] = "fake"
    model: str | None = None
    """A name for reports and prices."""
    latency: Seconds = 0.0
    """Seconds from request to last token."""
    first_token: Seconds | None = None
    """Seconds from request to first token; left out, the backend does not stream."""
    output: Output | None = None
    """What every pair gets: text, or a mapping that becomes JSON; left out, a minimal value of the task's schema."""
    outputs: dict[str, Output] = Field(default_factory=dict)
    """What single pairs get instead, by id."""
    faults: tuple[Fault, ...] = ()
    usage: FakeUsage = FakeUsage()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first_token is not None and self.first_token > self.latency:
            raise ValueError(f"first_token ({self.first_token} s) cannot come after the last ({self.latency} s)")
        return self


class Fake(Provider):
    """Acts by script. The same cases in the same order meet the same faults."""

    Config: ClassVar[type[FakeConfig]] = FakeConfig
    capabilities = Capabilities(structured_output=True, streaming=True, seeds=True)

    def __init__(self, config: FakeConfig, context: ProviderContext) -> None:
        super().__init__(config, context)
        self.settings = config
        self._attempts: dict[str, int] = {}
        self._ordinals: dict[str, int] = {}

    async def generate(self, request: Request) -> Generation:
        """Sleeps as scripted and answers as scripted.

        Raises:
            RuntimeError: the script says `crash`.
        """
        settings, sleep = self.settings, self.context.sleep
        pair = request.key.partition("/")[2].rsplit("/", 2)[0]
        fault = self._fault(request.key, pair)
        sent = self.context.clock()
        first_token: float | None = None
        if fault is not None and fault.kind == "hang":
            while True:
                await sleep(_A_DAY)
        if settings.first_token is not None:
            await sleep(settings.first_token)
            first_token = self.context.clock() if fault is None or fault.kind == "truncated" else None
        await sleep(settings.latency - (settings.first_token or 0.0))
        if fault is not None and fault.kind == "crash":
            raise RuntimeError(f"the fake provider crashes on {request.key}, as scripted")
        text: str | None = self._output(request, pair)
        if fault is not None:
            text = text[: len(text) // 2] if text and fault.kind == "truncated" else None
        return Generation(
            text=text,
            timings=Timings(sent, first_token, self.context.clock()),
            usage=self._usage(fault),
            finish_reason=_FINISH.get(fault.kind, FinishReason.UNKNOWN) if fault else FinishReason.STOP,
            model=settings.model,
            failure=_failure(fault) if fault else None,
        )

    def _fault(self, key: str, pair: str) -> Fault | None:
        attempt = self._attempts[key] = self._attempts.get(key, 0) + 1
        ordinal = self._ordinals.setdefault(key, len(self._ordinals) + 1)
        return next((fault for fault in self.settings.faults if fault.concerns(pair, ordinal, attempt)), None)

    def _output(self, request: Request, pair: str) -> str:
        output: Any = self.settings.outputs.get(pair, self.settings.output)
        if output is None:
            if request.schema is None:
                return f"A made-up answer to {request.key}."
            return orjson.dumps(minimal_instance(request.schema)).decode()  # also of a text, which JSON quotes
        return output if isinstance(output, str) else orjson.dumps(output).decode()

    def _usage(self, fault: Fault | None) -> Usage:
        if fault is not None and fault.kind not in ("truncated", "refused"):
            return Usage()
        return Usage(input=self.settings.usage.input, output=self.settings.usage.output)


def _failure(fault: Fault) -> Failure:
    kind = FailureKind(fault.kind)
    return Failure(
        kind=kind,
        message=f"scripted fault: {fault.kind}",
        retry_after=fault.retry_after,
        received="<html>scripted</html>" if kind is FailureKind.MALFORMED else None,
    )
