"""What we read from Anthropic's bytes is what Anthropic's SDK reads from them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any

import anthropic
import pytest
from anthropic.types import Message, RawMessageStreamEvent
from anthropic.types.messages import MessageBatch, MessageBatchIndividualResponse
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from shortlist_providers import FailureKind, FinishReason, Generation, Provider, Request, Ticket, Usage
from shortlist_providers.claude import batches
from support import replies
from support.claude_messages import as_body, as_stream, messages
from support.message_batches import CANCELED, EXPIRED, MessageBatches, errored, succeeded
from support.providers import KEY, VARIANTS, ask, build, request
from support.scripted_server import Behaviour, ScriptedServer, ok, raw, raw_stream, refused, truncated

CUT = (FinishReason.LENGTH, FailureKind.TRUNCATED)
ENDINGS: Mapping[str, tuple[FinishReason, FailureKind | None]] = {
    "end_turn": (FinishReason.STOP, None),
    "stop_sequence": (FinishReason.STOP, None),
    "tool_use": (FinishReason.TOOL_CALL, None),
    "max_tokens": CUT,
    "model_context_window_exceeded": CUT,
    "refusal": (FinishReason.REFUSAL, FailureKind.REFUSED),
    "pause_turn": (FinishReason.UNKNOWN, FailureKind.TRANSIENT),
}


class Both:
    """Our provider and the SDK's own client, before one server that says what it is told."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self._runner = runner
        self._behaviour = ok()
        self.server = ScriptedServer(lambda number, body: self._behaviour)
        self._providers: dict[bool, Provider] = {}

    def start(self) -> None:
        self.server.__enter__()
        self._client = anthropic.AsyncAnthropic(api_key=KEY, base_url=self.server.url, max_retries=0)
        for tool in (False, True):
            structured = "tool" if tool else "output_config"
            self._providers[tool] = build("claude", self.server.url, structured=structured)
            self._runner.run(self._providers[tool].startup())

    def stop(self) -> None:
        for provider in self._providers.values():
            self._runner.run(provider.shutdown())
        self._runner.run(self._client.close())
        self.server.__exit__(None, None, None)

    def read(self, behaviour: Behaviour, tool: bool, streaming: bool) -> tuple[Generation, Message]:
        """What we and what they read from the same bytes."""
        self._behaviour = behaviour
        asked = request(sampling={"max_tokens": 30_000 if streaming else 100})  # so much is streamed in any case
        return self._runner.run(self._both(asked, tool, streaming))

    async def _both(self, asked: Request, tool: bool, streaming: bool) -> tuple[Generation, Message]:
        generation = await self._providers[tool].generate(asked)
        arguments: dict[str, Any] = {
            "model": "claude-sonnet-4-6",
            "max_tokens": 100,
            "messages": [{"role": "user", "content": "Hello"}],
        }
        if not streaming:
            return generation, await self._client.messages.create(**arguments)
        async with self._client.messages.stream(**arguments) as stream:
            return generation, await stream.get_final_message()


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    with asyncio.Runner() as runner:
        readers = Both(runner)
        readers.start()
        try:
            yield readers
        finally:
            readers.stop()


def agree(generation: Generation, message: Message, tool: bool) -> None:
    said = message.usage
    details = said.output_tokens_details
    assert generation.usage == Usage(
        input=said.input_tokens,
        cached_read=said.cache_read_input_tokens,
        cached_write=said.cache_creation_input_tokens,
        output=said.output_tokens,
        reasoning=None if details is None else details.thinking_tokens,
    )
    assert (generation.model, generation.finish_reason) == (message.model, ENDINGS[str(message.stop_reason)][0])
    assert (generation.failure and generation.failure.kind) is ENDINGS[str(message.stop_reason)][1]
    calls = [block.input for block in message.content if block.type == "tool_use"]
    if tool and calls:
        assert [json.loads(generation.text or "")] == calls
    else:
        text = "".join(block.text for block in message.content if block.type == "text")
        assert generation.text == (text or (None if generation.failure else ""))
    if message.stop_details is not None and generation.failure is not None:
        why = message.stop_details.explanation or message.stop_details.category or "no explanation"
        assert why in generation.failure.message


def one_call(message: Message) -> Message:
    """We forbid parallel calls, so a second one does not come."""
    seen = False
    kept = []
    for block in message.content:
        if block.type != "tool_use" or not seen:
            kept.append(block)
        seen = seen or block.type == "tool_use"
    return message.model_copy(update={"content": kept})


@settings(max_examples=60)
@given(message=messages(), tool=st.booleans())
def test_whole_replies_are_read_as_the_sdk_reads_them(both: Both, message: Message, tool: bool) -> None:
    message = one_call(message)
    generation, theirs = both.read(raw(as_body(message)), tool, streaming=False)
    assert theirs == message
    agree(generation, theirs, tool)
    assert generation.timings.first_token is None


@settings(max_examples=60)
@given(message=messages(), tool=st.booleans(), pieces=st.integers(1, 4))
def test_streams_are_read_as_the_sdk_reads_them(both: Both, message: Message, tool: bool, pieces: int) -> None:
    message = one_call(message)
    behaviour = raw_stream(*as_stream(message, pieces), delay=0)
    generation, theirs = both.read(behaviour, tool, streaming=True)
    assert [block.model_dump(exclude={"parsed_output"}) for block in theirs.content] == [
        block.model_dump() for block in message.content
    ]
    agree(generation, theirs, tool)


@settings(max_examples=30)
@given(message=messages())
def test_a_message_of_a_batch_is_read_as_one_of_a_single_call(both: Both, message: Message) -> None:
    single, _ = both.read(raw(as_body(message)), tool=False, streaming=False)
    provider: Any = both._providers[False]
    exchange = provider._exchange(provider._writer.write(request()))
    line = json.dumps({"custom_id": "x", "result": {"type": "succeeded", "message": json.loads(as_body(message))}})
    _, result = batches.answer_in(line.encode(), provider._secret)
    batched = batches.judged(result, exchange, Ticket("msgbatch_1", 0.0), provider._secret)
    for name in ("text", "usage", "finish_reason", "model", "failure", "unhonoured"):
        assert getattr(batched, name) == getattr(single, name)


def test_every_ending_that_the_sdk_knows_is_mapped() -> None:
    assert set(ENDINGS) == set(anthropic.types.StopReason.__args__)  # type: ignore[attr-defined]  # an alias of a Literal


@pytest.mark.parametrize("name", ["claude", "claude-stream"])
def test_a_pause_is_no_complete_answer(name: str) -> None:
    with ScriptedServer(default=ok('{"half"', finish="pause_turn")) as server:
        generation = ask(VARIANTS[name], server)
    assert generation.text == '{"half"'
    assert generation.failure is not None
    assert generation.failure.kind is FailureKind.TRANSIENT


@pytest.mark.parametrize("name", ["claude", "claude-stream"])
def test_request_ids_are_kept_of_answers_and_of_errors(name: str) -> None:
    with ScriptedServer(lambda number, body: ok() if number == 1 else raw(b"{}")) as server:
        assert ask(VARIANTS[name], server).request_id == "req-1"
        assert ask(VARIANTS[name], server).request_id == "req-2"


# the servers of these tests speak as the SDK says

SPOKEN = [ok(), ok(usage=None), truncated(), refused(), ok(finish="stop_sequence"), ok(finish="pause_turn")]
ASKED = [{"model": "m"}, {"model": "m", "tools": [{"name": "output"}]}]


@pytest.mark.parametrize("behaviour", SPOKEN, ids=lambda behaviour: f"{behaviour.name}-{behaviour.finish}")
@pytest.mark.parametrize("body", ASKED, ids=["plain", "tool"])
def test_the_scripted_replies_are_the_sdks(behaviour: Behaviour, body: dict[str, Any]) -> None:
    said = replies.messages(behaviour, body, 1)
    assert not unknown_in(Message.model_validate(said, strict=True))
    events = TypeAdapter(RawMessageStreamEvent)
    for event in replies.messages_stream(behaviour, body, 1):
        data = json.loads(event.split(b"data: ")[1])
        if data["type"] != "ping":  # which the SDK passes over
            assert not unknown_in(events.validate_python(data))


def test_the_scripted_batches_are_the_sdks() -> None:
    for outcome in (succeeded(), errored("api_error", "oops"), EXPIRED, CANCELED):
        said = outcome if isinstance(outcome, Mapping) else {"type": "succeeded", "message": _message(outcome)}
        line = MessageBatchIndividualResponse.model_validate({"custom_id": "x", "result": said})
        assert not unknown_in(line)
        assert line.result.type == said["type"]

    async def described(server: MessageBatches) -> MessageBatch:
        async with anthropic.AsyncAnthropic(api_key=KEY, base_url=server.url, max_retries=0) as client:
            made = await client.messages.batches.create(requests=[{"custom_id": "x", "params": {}}])  # type: ignore[typeddict-item]  # any will do
            return await client.messages.batches.retrieve(made.id)

    with MessageBatches() as server:
        batch = asyncio.run(described(server))
    assert not unknown_in(MessageBatch.model_validate(batch.model_dump()))


def _message(behaviour: Behaviour) -> dict[str, Any]:
    return replies.messages(behaviour, {"model": "m"}, 1)


def unknown_in(model: Any) -> list[str]:
    """The keys that a model kept although its class does not name them, at any depth."""
    found = list(model.model_extra or ())
    for name in type(model).model_fields:
        value = getattr(model, name)
        for inner in value if isinstance(value, list) else [value]:
            if hasattr(inner, "model_extra"):
                found += unknown_in(inner)
    return found
