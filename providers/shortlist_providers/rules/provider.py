"""The provider kind `rules`."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

import orjson
from pydantic import Field

from shortlist_providers.base import Capabilities, Health, Provider, ProviderConfig, ProviderContext
from shortlist_providers.rules.generators import GENERATORS
from shortlist_providers.rules.reading import Profile
from shortlist_providers.types import Failure, FailureKind, FailureScope, FinishReason, Generation, Request, Timings

MODEL = "rules"


class RulesConfig(ProviderConfig):
    """How much the generator does."""

    kind: Literal["rules"] = "rules"
    profile: Profile = "full"
    """`full`, or `keywords`: only what matching keywords gives, the rest as little as the schema allows."""
    concurrency: Annotated[int, Field(ge=1, le=4096)] = 1
    """It is pure computation: two at once would only wait for each other, and look slow."""


class Rules(Provider):
    """Parses the résumé, matches the advert's keywords and fills the task's schema. No model, no network, no chance."""

    Config = RulesConfig
    capabilities = Capabilities(structured_output=True)
    alone = True

    def __init__(self, config: ProviderConfig, context: ProviderContext) -> None:
        super().__init__(config, context)
        self._profile: Profile = config.profile if isinstance(config, RulesConfig) else "full"

    @property
    def pool_key(self) -> str:
        """One pool for the one processor."""
        return MODEL

    async def health(self) -> Health:
        """Always well: nothing is loaded and nobody is asked."""
        return Health(
            ok=True, detail="in process, no model", facts={"profile": self._profile, "tasks": sorted(GENERATORS)}
        )

    async def generate(self, request: Request) -> Generation:
        """Makes the output of a task that it knows; any other task is a permanent failure of the provider."""
        sent = self.context.clock()
        generator = GENERATORS.get(request.task.partition("@")[0])
        if generator is None:
            return Generation(
                None, Timings(sent, None, self.context.clock()), model=MODEL, failure=_unknown_task(request.task)
            )
        output = await asyncio.to_thread(generator, request.inputs, self._profile)
        return Generation(
            text=output if isinstance(output, str) else orjson.dumps(output).decode(),
            timings=Timings(sent, None, self.context.clock()),
            finish_reason=FinishReason.STOP,
            model=MODEL,
        )


def _unknown_task(task: str) -> Failure:
    return Failure(
        FailureKind.PERMANENT,
        f"the rules provider cannot do task {task!r}; it can do: {', '.join(sorted(GENERATORS))}",
        FailureScope.PROVIDER,
    )
