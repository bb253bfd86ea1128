"""The kind `fake`: scripted latency, outputs and faults, for dry runs and tests. No model, no network."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shortlist_providers.base import Capabilities, Provider, ProviderConfig, ProviderContext
from shortlist_providers.script import Fault, Output, Script, Seconds, written
from shortlist_providers.types import Failure, FailureKind, FinishReason, Generation, Request, Timings, Usage

_A_DAY = 86_400.0

_FINISH = {
    "refused": FinishReason.REFUSAL,
    "truncated": FinishReason.LENGTH,
}


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
        self._script = Script(config.faults)

    async def generate(self, request: Request) -> Generation:
        """Sleeps as scripted and answers as scripted.

        Raises:
            RuntimeError: the script says `crash`.
        """
        settings, sleep = self.settings, self.context.sleep
        pair = request.key.partition("/")[2].rsplit("/", 2)[0]
        fault = self._script.arrive(request.key, pair).fault
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
        output = settings.outputs.get(pair, settings.output)
        text: str | None = written(output, request.schema, f"A made-up answer to {request.key}.")
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
