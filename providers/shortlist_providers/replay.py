"""The kind `replay`: what a provider generated in a recorded run, again and at no cost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import orjson
from pydantic import Field

from shortlist_providers.base import Capabilities, Health, Provider, ProviderConfig, ProviderContext
from shortlist_providers.codec import generation_from_json
from shortlist_providers.errors import ProviderUnavailable
from shortlist_providers.types import Failure, FailureKind, FailureScope, Generation, Request, Timings

RECORDS = "records.jsonl"

CaseName = tuple[str, str, int]
"""Task, pair, repeat: a case without its provider."""


class ReplayConfig(ProviderConfig):
    """A provider of a recorded run."""

    kind: Literal["replay"] = "replay"
    run: str
    """The run's folder; a relative path starts at the suite's folder."""
    provider: str
    """The provider's name in that run."""
    retries: Annotated[int, Field(ge=0, le=20)] = 0
    """What was recorded will not change."""


class Replay(Provider):
    """Returns recorded generations, failures included, marked as cached."""

    Config: ClassVar[type[ReplayConfig]] = ReplayConfig
    capabilities = Capabilities(structured_output=True, seeds=True)

    def __init__(self, config: ReplayConfig, context: ProviderContext) -> None:
        super().__init__(config, context)
        self.settings = config
        self._path = context.base_dir / config.run / RECORDS
        self._recorded: dict[CaseName, Generation | None] = {}

    @property
    def pool_key(self) -> str:
        """The file that is read."""
        return f"replay:{self._path}"

    async def startup(self) -> None:
        """Reads the run's records. Raises `ProviderUnavailable` where there are none to read."""
        self._recorded = read_generations(self._path, self.settings.provider)

    async def health(self) -> Health:
        """Says how much was recorded."""
        recorded = len(self._recorded)
        return Health(ok=True, detail=f"{recorded} cases recorded", facts={"recorded_cases": recorded})

    async def generate(self, request: Request) -> Generation:
        """The recorded generation of the same task, pair and repeat."""
        name = case_of(request.key)
        recorded = self._recorded.get(name)
        if recorded is not None:
            # Whom a recorded chain asked was asked then, and is neither paid nor waited for now.
            return replace(recorded, cached=True, failure=_of_this_case(recorded.failure), steps=())
        why = "has no generation for" if name in self._recorded else "holds no"
        task, pair, repeat = name
        failure = Failure(
            FailureKind.PERMANENT,
            f"the recorded run {self.settings.run} {why} case {task}/{pair}/{self.settings.provider}/{repeat}",
        )
        now = self.context.clock()
        return Generation(text=None, timings=Timings(now, None, now), failure=failure, cached=True)


def _of_this_case(failure: Failure | None) -> Failure | None:
    """The failure without its bearing on now: the server that was down or busy then is neither asked nor waited for."""
    if failure is None:
        return None
    passing = failure.kind in (FailureKind.TRANSIENT, FailureKind.RATE_LIMITED)
    kind = FailureKind.PERMANENT if passing else failure.kind
    return replace(failure, kind=kind, scope=FailureScope.REQUEST, retry_after=None)


def case_of(key: str) -> CaseName:
    """Task, pair and repeat of a case key `task/pair/provider/repeat`. Only the pair may hold slashes itself."""
    task, _, rest = key.partition("/")
    pair, _, repeat = rest.rsplit("/", 2)
    return task, pair, int(repeat)


def read_generations(path: Path, provider: str) -> dict[CaseName, Generation | None]:
    """What `provider` generated, by case; the last record of a case counts, and a torn last line is passed over.

    Raises:
        ProviderUnavailable: no such file, a line that is not a record, or no record of that provider.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise ProviderUnavailable(f"replay cannot read {path}: {error.strerror or error}") from None
    found: dict[CaseName, Generation | None] = {}
    others: set[str] = set()
    for number, line in enumerate(lines[:-1], start=1):  # after the last line break: killed while writing, if anything
        if not line.strip():
            continue
        try:
            case, generation = _record(line)
        except ValueError as wrong:
            raise ProviderUnavailable(f"{path}:{number} is not a record of a run: {wrong}") from None
        if case["provider"] == provider:
            found[case["task"], case["pair"], case["repeat"]] = generation
        else:
            others.add(case["provider"])
    if not found:
        known = ", ".join(sorted(others)) or "none"
        raise ProviderUnavailable(f"{path} records nothing of provider {provider!r}; it has: {known}")
    return found


def _record(line: bytes) -> tuple[dict[str, Any], Generation | None]:
    data = orjson.loads(line)
    if not isinstance(data, dict) or data.get("schema_version") != 1:
        raise ValueError("an object with schema_version 1 is needed")
    case = data.get("case")
    shape = {"task": str, "pair": str, "provider": str, "repeat": int}
    if not isinstance(case, dict) or not all(isinstance(case.get(key), kind) for key, kind in shape.items()):
        raise ValueError("case needs task, pair, provider and repeat")
    generation = data.get("generation")
    return case, None if generation is None else generation_from_json(generation)
