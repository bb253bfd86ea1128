"""Messages made of the Anthropic SDK's own objects, as hypothesis strategies, and the events that stream them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args

import anthropic.types as sdk
from hypothesis import strategies as st

TEXTS = st.text(max_size=30)
COUNTS = st.integers(0, 10**6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


def _maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


USAGES = st.builds(
    sdk.Usage,
    input_tokens=COUNTS,
    output_tokens=COUNTS,
    cache_read_input_tokens=_maybe(COUNTS),
    cache_creation_input_tokens=_maybe(COUNTS),
    cache_creation=_maybe(
        st.builds(sdk.CacheCreation, ephemeral_1h_input_tokens=COUNTS, ephemeral_5m_input_tokens=COUNTS)
    ),
    output_tokens_details=_maybe(st.builds(sdk.OutputTokensDetails, thinking_tokens=COUNTS)),
    service_tier=_maybe(st.sampled_from(["standard", "priority", "batch"])),
)
BLOCKS = st.one_of(
    st.builds(sdk.TextBlock, type=st.just("text"), text=TEXTS, citations=st.none()),
    st.builds(sdk.ThinkingBlock, type=st.just("thinking"), thinking=TEXTS, signature=TEXTS),
    st.builds(sdk.RedactedThinkingBlock, type=st.just("redacted_thinking"), data=TEXTS),
    st.builds(
        sdk.ToolUseBlock,
        type=st.just("tool_use"),
        id=st.just("toolu_1"),
        name=st.just("output"),
        input=st.dictionaries(TEXTS, VALUES, max_size=3),
    ),
)


@st.composite
def messages(draw: st.DrawFn) -> sdk.Message:
    """A message with any blocks, ending and usage that the SDK knows."""
    stop = draw(st.sampled_from(get_args(sdk.StopReason)))
    details = None
    if stop == "refusal":
        details = sdk.RefusalStopDetails(type="refusal", category=draw(_maybe(st.just("bio"))), explanation=draw(TEXTS))
    return sdk.Message(
        id=f"msg_{draw(st.integers(1, 99))}",
        type="message",
        role="assistant",
        model="claude-sonnet-4-6",
        content=draw(st.lists(BLOCKS, max_size=4)),
        stop_reason=stop,
        stop_sequence=None,
        stop_details=details,
        usage=draw(USAGES),
    )


def events(message: sdk.Message, pieces: int) -> Iterator[sdk.RawMessageStreamEvent]:
    """The events that stream `message`, its texts cut into about so many pieces."""
    head = message.model_copy(
        update={
            "content": [],
            "stop_reason": None,
            "stop_details": None,
            "usage": message.usage.model_copy(update={"output_tokens": 1, "output_tokens_details": None}),
        }
    )
    yield sdk.RawMessageStartEvent(type="message_start", message=head)
    for index, block in enumerate(message.content):
        yield sdk.RawContentBlockStartEvent(type="content_block_start", index=index, content_block=_opened(block))
        for delta in _deltas(block, pieces):
            yield sdk.RawContentBlockDeltaEvent(type="content_block_delta", index=index, delta=delta)
        yield sdk.RawContentBlockStopEvent(type="content_block_stop", index=index)
    yield sdk.RawMessageDeltaEvent.model_validate(
        {
            "type": "message_delta",
            "delta": {
                "stop_reason": message.stop_reason,
                "stop_sequence": None,
                "stop_details": message.stop_details and message.stop_details.model_dump(),
            },
            "usage": {
                "output_tokens": message.usage.output_tokens,
                "output_tokens_details": message.usage.output_tokens_details
                and message.usage.output_tokens_details.model_dump(),
            },
        }
    )
    yield sdk.RawMessageStopEvent(type="message_stop")


def _opened(block: Any) -> Any:
    empty: dict[str, Any] = {"text": {"text": ""}, "thinking": {"thinking": "", "signature": ""}}.get(block.type, {})
    return block.model_copy(update={"input": {}} if block.type == "tool_use" else empty)


def _deltas(block: Any, pieces: int) -> Iterator[Any]:
    if block.type == "text":
        for piece in _cut(block.text, pieces):
            yield sdk.TextDelta(type="text_delta", text=piece)
    elif block.type == "thinking":
        yield sdk.ThinkingDelta(type="thinking_delta", thinking=block.thinking)
        yield sdk.SignatureDelta(type="signature_delta", signature=block.signature)
    elif block.type == "tool_use":
        for piece in _cut(json.dumps(block.input), pieces):
            yield sdk.InputJSONDelta(type="input_json_delta", partial_json=piece)


def _cut(text: str, pieces: int) -> list[str]:
    size = max(1, -(-len(text) // pieces))
    return [text[at : at + size] for at in range(0, len(text), size)]


def as_body(message: sdk.Message) -> bytes:
    """The message as a reply's body."""
    return message.to_json(indent=None, exclude_unset=False).encode()


def as_stream(message: sdk.Message, pieces: int) -> tuple[bytes, ...]:
    """The message as server-sent events."""
    return tuple(
        f"event: {event.type}\ndata: {event.to_json(indent=None, exclude_unset=False)}\n\n".encode()
        for event in events(message, pieces)
    )
