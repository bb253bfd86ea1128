"""Subjects on the scripted server, which speaks each protocol and says what it was told to."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from shortlist_providers import FailureKind, FinishReason, Generation, Usage
from support import replies
from support.behaviours import Behaviour, bad_key, drop, hang, ok, slow_chunks, status, truncated
from support.conformance.subject import Ask, Backend, Place, Question, Situation, Subject
from support.conformance.texts import ANSWER, RARE, SCHEMA, UNICODE, long_prompt
from support.providers import KEY, KEY_NAME, request
from support.scripted_server import ScriptedServer

Body = Mapping[str, Any]

ECHOES = 9
"""Answers of a server with a loose tongue; the last of them hangs."""
PLAIN = "A plain answer."
CUT = '{"answer": "ye'
UNKNOWN = "no-such-model"
WRONG_KEY = "sk-9876543210-another-key"
_BYTES_A_PIECE = 7
"""A prime, so that characters of two, three and four bytes are cut at each of their bytes."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One protocol of the scripted server."""

    whole: Callable[[Behaviour, Body, int], bytes]
    """A reply in one piece."""
    usage_sent: Mapping[str, Any]
    """As the server counts."""
    usage: Usage
    """The same in our terms."""
    names_model: bool = True
    stream: Callable[[Behaviour, Body, int], Iterator[bytes]] | None = None
    finish: FinishReason = FinishReason.STOP
    """Of a complete answer."""
    stream_type: str = "text/event-stream"
    server: type[ScriptedServer] = ScriptedServer
    schema_finish: FinishReason | None = None
    """Of a complete answer to a schema, where it is another."""


_CHAT_USAGE = {
    "prompt_tokens": 20,
    "completion_tokens": 5,
    "total_tokens": 25,
    "prompt_tokens_details": {"cached_tokens": 8},
    "completion_tokens_details": {"reasoning_tokens": 2},
}
_USAGE = Usage(input=12, cached_read=8, output=5, reasoning=2)

CHAT = Dialect(
    lambda *reply: json.dumps(replies.chat(*reply)).encode(), _CHAT_USAGE, _USAGE, stream=replies.chat_stream
)
MESSAGES = Dialect(
    lambda *reply: json.dumps(replies.messages(*reply)).encode(),
    {"prompt_tokens": 12, "completion_tokens": 5, "cache_read_input_tokens": 8, "cache_creation_input_tokens": 3},
    Usage(input=12, cached_read=8, cached_write=3, output=5),
    stream=replies.messages_stream,
)
GENERATE = Dialect(
    lambda behaviour, *_: replies.custom(behaviour, "/generate"),
    _CHAT_USAGE,
    _USAGE,
    names_model=False,
    finish=FinishReason.UNKNOWN,
)
STRUCTURED = Dialect(
    lambda behaviour, *_: replies.custom(behaviour, "/structured_generate"),
    _CHAT_USAGE,
    Usage(),
    names_model=False,
    finish=FinishReason.UNKNOWN,
)


def _idle(server: ScriptedServer) -> bool:
    """Whether no request is under way."""
    with server._lock:
        return server._under_way == 0


def _key_of(headers: Mapping[str, str]) -> str:
    return headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")


@dataclass(frozen=True)
class Scripted(Subject):
    """A kind on the scripted server."""

    id: str
    kind: str
    settings: Mapping[str, Any]
    dialect: Dialect
    path: str = "/v1"
    """What the base URL ends with."""
    streams: bool = False
    honours_schema: bool = True
    never_honoured: frozenset[str] = frozenset()
    """Sampling settings that the protocol or the vendor has no place for."""
    beside_schema: frozenset[str] = frozenset()
    """What is recorded as not honoured wherever there is a schema."""
    absent: Mapping[Situation, str] = field(default_factory=dict)
    oracle: str = "scripted server"
    echoes: int = ECHOES
    unknown_model: str = UNKNOWN

    @contextmanager
    def backend(self, situation: Situation, place: Place) -> Iterator[Backend]:
        let_in = KEY if situation is Situation.WRONG_KEY else None
        key = WRONG_KEY if situation is Situation.WRONG_KEY else KEY
        with self.dialect.server(self._script(situation), key=let_in) as server:
            settings = {
                "kind": self.kind,
                "base_url": server.url + self.path,
                "api_key_env": KEY_NAME,
                "model": UNKNOWN if situation is Situation.UNKNOWN_MODEL else "scripted",
                **self.settings,
            }
            yield Backend(
                settings,
                {KEY_NAME: key},
                bodies=lambda: [json.dumps(entry.body, ensure_ascii=False) for entry in server.log],
                sent_keys=lambda: {_key_of(entry.headers) for entry in server.log},
                idle=lambda: _idle(server),
            )

    def _script(self, situation: Situation) -> Callable[[int, Body], Behaviour]:
        def act(number: int, body: Body) -> Behaviour:
            return replace(self._behaviour(situation, number, body), usage=self.dialect.usage_sent)

        return act

    def _behaviour(self, situation: Situation, number: int, body: Body) -> Behaviour:
        if number > 1 and situation in (Situation.TIMEOUT, Situation.CANCELLATION, Situation.SERVER_GONE):
            return ok(ANSWER)
        by_situation: dict[Situation, Callable[[], Behaviour]] = {
            Situation.PLAIN_TEXT: lambda: ok(PLAIN),
            Situation.UNICODE: lambda: self._in_small_pieces(body),
            Situation.TRUNCATION: lambda: truncated(CUT),
            Situation.EMPTY: lambda: ok(""),
            Situation.TIMEOUT: hang,
            Situation.CANCELLATION: lambda: self._stalled(body),
            Situation.CONCURRENCY: lambda: ok(_of_case(body), delay=0.05),
            Situation.UNKNOWN_MODEL: lambda: _unknown_model(body),
            Situation.SERVER_GONE: lambda: self._lost(body),
            Situation.LEAKS: lambda: echoing(number),
        }
        return by_situation.get(situation, lambda: ok(ANSWER))()

    def _in_small_pieces(self, body: Body) -> Behaviour:
        """The answer in raw UTF-8, cut without regard for its characters."""
        behaviour = ok(_unicode_answer(), usage=self.dialect.usage_sent, chunks=9)
        streaming = self.streams and self.dialect.stream is not None
        if streaming and self.dialect.stream is not None:
            written = _unescaped(b"".join(self.dialect.stream(behaviour, body, 1)))
        else:
            whole = self.dialect.whole(behaviour, body, 1)
            written = json.dumps(json.loads(whole), ensure_ascii=False, separators=(",", ":")).encode()
        pieces = tuple(written[at : at + _BYTES_A_PIECE] for at in range(0, len(written), _BYTES_A_PIECE))
        kind = self.dialect.stream_type if streaming else "application/json"
        return replace(behaviour, pieces=pieces, content_type=kind, chunk_delay=0.0005)

    def _stalled(self, body: Body) -> Behaviour:
        """An answer that stops half-way, for longer than anybody waits."""
        if self.streams:
            return slow_chunks(ANSWER, chunk_delay=60, chunks=3)
        whole = self.dialect.whole(ok(ANSWER), body, 1)
        return Behaviour("stalled", pieces=(whole[:20], whole[20:]), content_type="application/json", chunk_delay=60)

    def _lost(self, body: Body) -> Behaviour:
        """An answer whose connection is cut half-way."""
        behaviour = replace(drop(), text=ANSWER, usage=self.dialect.usage_sent, chunks=12)
        if self.streams and self.dialect.stream is not None:
            size = sum(map(len, self.dialect.stream(behaviour, body, 1)))
        else:
            size = len(self.dialect.whole(behaviour, body, 1))
        return replace(behaviour, drop_after=size // 2)

    async def question(self, situation: Situation, ask: Ask, place: Place) -> Question:
        structured = situation in (Situation.SCHEMA, Situation.UNICODE, Situation.RUN)
        prompt = {Situation.UNICODE: UNICODE, Situation.LONG_PROMPT: ""}.get(situation, "Hello")
        asked = request(prompt or long_prompt(place.tiny), schema=SCHEMA if structured else None)
        answers = {Situation.PLAIN_TEXT: PLAIN, Situation.UNICODE: _unicode_answer(), Situation.EMPTY: ""}
        if situation is Situation.TRUNCATION:
            return Question(asked, CUT, FinishReason.LENGTH, FailureKind.TRUNCATED)
        return Question(asked, answers.get(situation, ANSWER), self._finish(structured))

    def _finish(self, structured: bool) -> FinishReason:
        return (self.dialect.schema_finish if structured else None) or self.dialect.finish

    def questions(self, count: int, place: Place) -> list[Question]:
        return [
            Question(
                request(f"this is case-{number}", key=f"task@1/case-{number}/candidate/0"),
                text=ANSWER.replace("yes", f"case-{number}"),
                finish=self._finish(True),
            )
            for number in range(count)
        ]

    def check(self, question: Question, generation: Generation, place: Place) -> None:
        asked = question.request
        assert generation.usage == self.dialect.usage
        assert generation.model == ("scripted" if self.dialect.names_model else None)
        wanted = {
            "temperature": asked.sampling.temperature,
            "top_p": asked.sampling.top_p,
            "seed": asked.sampling.seed,
            "stop": asked.sampling.stop or None,
        }
        lost = {name for name, value in wanted.items() if value is not None and name in self.never_honoured}
        if asked.schema is not None:
            lost |= self.beside_schema if self.honours_schema else {"schema"}
        assert set(generation.unhonoured) == lost

    def asked_by_suite(self, number: int) -> Question:
        return replace(super().asked_by_suite(number), text=ANSWER, finish=self._finish(True))


def _unicode_answer() -> str:
    return json.dumps({RARE: UNICODE, "stars": 1}, ensure_ascii=False, separators=(",", ":"))


def _of_case(body: Body) -> str:
    found = re.search(r"case-\d+", json.dumps(body))
    return ANSWER.replace("yes", found[0] if found else "nobody")


def _unknown_model(body: Body) -> Behaviour:
    if body.get("model") != UNKNOWN:
        return ok(ANSWER)
    error = {"type": "not_found_error", "code": "model_not_found", "message": f"The model `{UNKNOWN}` does not exist."}
    return status(404, json.dumps({"type": "error", "error": error}))


def _unescaped(stream: bytes) -> bytes:
    """Events or lines whose JSON holds its characters as they are."""

    def mended(line: bytes) -> bytes:
        start, brace, rest = line.partition(b"{")
        if not brace:
            return line
        return start + json.dumps(json.loads(brace + rest), ensure_ascii=False, separators=(",", ":")).encode()

    return b"\n".join(map(mended, stream.split(b"\n")))


def echoing(number: int) -> Behaviour:
    """What a server with a loose tongue answers: the key, in every place where a reply has words."""
    page = f"<html>{KEY}</html>".encode()
    said = json.dumps({RARE: f"your key is {KEY}", "stars": 1})
    answers = (
        ok(ANSWER),
        bad_key(KEY),
        ok(said),
        status(500, json.dumps({"error": {"message": f"no luck with {KEY}"}})),
        Behaviour("page", body=page, content_type="text/html"),
        Behaviour("moved", status=307, headers={"Location": "http://elsewhere.invalid"}, body=page),
        truncated(f'{{"{RARE}": "{KEY}'),
        drop(after=30),
        hang(),
    )
    return answers[min(number, len(answers)) - 1]
