"""Who is put to the situations. A new kind gets its line here, or `test_every_kind_has_a_subject` fails."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from shortlist_providers import FinishReason
from support.conformance.chained import Chained
from support.conformance.embedded import Acting, Replayed, Ruled
from support.conformance.protocols import OLLAMA, RESPONSES
from support.conformance.scripted import CHAT, GENERATE, MESSAGES, STRUCTURED, Dialect, Scripted
from support.conformance.subject import Situation, Subject
from support.conformance.texts import UNICODE
from support.conformance.tiny import MANY, Engine, Served

_AN_OBJECT = "its endpoint answers with the object itself, so there is no plain text"
_GENERATE: Mapping[Situation, str] = {Situation.UNKNOWN_MODEL: "its protocol names no model"}
_STRUCTURED: Mapping[Situation, str] = {
    **_GENERATE,
    Situation.PLAIN_TEXT: _AN_OBJECT,
    Situation.EMPTY: "an empty body is no object, and so malformed (tests/providers/test_classification.py)",
    Situation.TRUNCATION: "its protocol has no finish reason; a cut object is malformed",
}
_NO_SEED = frozenset({"temperature", "top_p", "seed"})
_CUSTOM = frozenset({"top_p", "seed", "stop"})


def _chat(kind: str, **more: Any) -> Iterator[Scripted]:
    yield Scripted(kind, kind, {"stream": False, **more}, CHAT)
    yield Scripted(f"{kind}-stream", kind, {"stream": True, **more}, CHAT, streams=True)


def _claude() -> Iterator[Scripted]:
    by_tool = Dialect(
        MESSAGES.whole,
        MESSAGES.usage_sent,
        MESSAGES.usage,
        stream=MESSAGES.stream,
        schema_finish=FinishReason.TOOL_CALL,
    )
    for streams in (False, True):
        settings, mode = {"stream": streams}, "-stream" if streams else ""
        yield Scripted(f"claude{mode}", "claude", settings, MESSAGES, path="", streams=streams, never_honoured=_NO_SEED)
        yield Scripted(
            f"claude-tool{mode}",
            "claude",
            {**settings, "structured": "tool"},
            by_tool,
            path="",
            streams=streams,
            never_honoured=_NO_SEED,
            beside_schema=frozenset({"schema:enforcement"}),
        )


def _responses() -> Iterator[Scripted]:
    for streams in (False, True):
        yield Scripted(
            f"openai-responses{'-stream' if streams else ''}",
            "openai",
            {"api": "responses", "stream": streams},
            RESPONSES,
            streams=streams,
            never_honoured=frozenset({"seed", "stop"}),
        )


def _ollama() -> Iterator[Scripted]:
    for streams in (False, True):
        yield Scripted(
            f"ollama_native{'-stream' if streams else ''}",
            "openai_compatible",
            {"server": "ollama_native", "stream": streams},
            OLLAMA,
            path="",
            streams=streams,
        )


def _custom() -> Iterator[Scripted]:
    yield Scripted(
        "custom_http-generate",
        "custom_http",
        {"endpoint": "generate"},
        GENERATE,
        path="",
        never_honoured=_CUSTOM,
        honours_schema=False,
        absent=_GENERATE,
    )
    yield Scripted(
        "custom_http-structured",
        "custom_http",
        {"endpoint": "structured_generate"},
        STRUCTURED,
        path="",
        never_honoured=_CUSTOM,
        absent=_STRUCTURED,
    )


_COMPOSED = unicodedata.normalize("NFC", UNICODE)
"""vLLM answers 500 to a schema that demands a letter and its accent apart, which its tokenizer would compose."""

_HERE: Mapping[Situation, str] = {
    Situation.WRONG_KEY: "it takes no key: the model is on this machine",
    Situation.LEAKS: "it takes no key: the model is on this machine",
}


def _engines() -> Iterator[Engine]:
    yield Engine(
        "llama_cpp",
        "llama_cpp",
        "llama.cpp, tiny model",
        _HERE,
        modules=("llama_cpp", "llguidance"),
        model_key="model_path",
        settings={"n_threads": 1, "n_threads_batch": 1},
    )
    yield Engine(
        "transformers",
        "transformers",
        "transformers, tiny model",
        {**_HERE, Situation.SERVER_GONE: "it has no server: the model is in this very process"},
        modules=("transformers", "torch", "llguidance"),
    )
    yield Engine(
        "vllm_offline",
        "vllm_offline",
        "vLLM's offline engine, tiny model",
        _HERE,
        normalises=True,
        unicode=_COMPOSED,
        restarts=False,
        one_at_a_time=False,
        marks=(pytest.mark.vllm,),
        modules=("vllm",),
        settings={
            "dtype": "float32",
            "enforce_eager": True,
            "max_model_len": 16384,
            "gpu_memory_utilization": 0.2,
        },
    )


_NO_ECHO = "a real server does not echo keys; the scripted server does"


def _servers() -> Iterator[Served]:
    # Without the last option it breaks off the answer under way as soon as another is asked for.
    llama = (
        "llama_cpp.server --model GGUF --model_alias tiny --n_ctx 16384 --n_threads 1 --n_threads_batch 1 "
        "--api_key KEY --host 127.0.0.1 --port PORT --interrupt_requests false"
    )
    absent = {Situation.LEAKS: _NO_ECHO, Situation.UNKNOWN_MODEL: "it serves its one model under any name"}
    for streams in (False, True):
        yield Served(
            f"llama_cpp.server{'-stream' if streams else ''}",
            "openai_compatible",
            "llama_cpp.server, tiny model",
            absent,
            streams=streams,
            writes_unicode=False,  # characters beyond U+FFFF in a schema end its process
            counts=not streams,  # it sends no usage in streams
            many=MANY if streams else 1_500,  # unstreamed, it notices nobody's going away
            module="llama_cpp",
            arguments=tuple(llama.split()),
            served_as="tiny",
            settings={"server": "llama_cpp_python", "stream": streams},
        )
    yield Served(
        "mlx_lm.server",
        "openai_compatible",
        "mlx_lm.server, tiny model",
        {
            Situation.LEAKS: _NO_ECHO,
            Situation.WRONG_KEY: "it knows no keys",
            Situation.PLAIN_TEXT: "random text has no end, and its stop strings match whole tokens only",
            Situation.EMPTY: "random text has no end, and its stop strings match whole tokens only",
            Situation.LONG_PROMPT: "without Metal it reads 50 tokens a second: four minutes for this prompt",
        },
        enforces=False,
        normalises=True,
        module="mlx_lm",
        arguments=("mlx_lm", "server", "--model", "HF", "--host", "127.0.0.1", "--port", "PORT"),
        environment={"HF_HUB_OFFLINE": "1"},
        keyed=False,
        unknown_model="snapshot folder",  # where it looks for the model of that name
        settings={"server": "mlx"},
    )


def _vllm() -> Iterator[Served]:
    command = (
        "vllm.entrypoints.openai.api_server --model HF --served-model-name tiny --api-key KEY --dtype float32 "
        "--enforce-eager --max-model-len 16384 --gpu-memory-utilization 0.2 --host 127.0.0.1 --port PORT"
    )
    structured = ("--structured-outputs-config", '{"backend": "guidance", "disable_any_whitespace": true}')
    yield Served(
        "vllm.server",
        "vllm",
        "vLLM's server, tiny model",
        {Situation.LEAKS: _NO_ECHO},
        normalises=True,
        unicode=_COMPOSED,
        marks=(pytest.mark.vllm,),
        module="vllm",
        arguments=(*command.split(), *structured),
        environment={"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "VLLM_CPU_KVCACHE_SPACE": "1"},
        served_as="tiny",
    )


_STREAMED = Scripted("openai_compatible-stream", "openai_compatible", {"stream": True}, CHAT, streams=True)

SUBJECTS: tuple[Subject, ...] = (
    *_chat("openai_compatible"),
    *_ollama(),
    *_servers(),
    *_chat("vllm"),
    *_vllm(),
    *_chat("openai"),
    *_responses(),
    *_claude(),
    *_chat("hf_inference", structured="json_schema"),
    *_custom(),
    *_engines(),
    Acting(),
    Ruled(),
    Replayed(),
    Chained(_STREAMED, {Situation.LEAKS: "it has no key of its own; its steps' providers keep theirs"}),
)
