"""The kind `custom_http` against servers of its contract: what is sent, what is taken, what is told as lost."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from shortlist_providers import FailureKind, Generation, Health, Request, Sampling, Usage, load_kind
from shortlist_providers.base import Capabilities
from shortlist_providers.fake_server import FakeServer, Play
from support.providers import SCHEMA, build, request, started

STRICT = {"/generate": {"prompt", "temperature", "max_tokens"}}
STRICT["/structured_generate"] = {"messages", "response_model", "temperature", "max_tokens"}


class _Reference(BaseHTTPRequestHandler):
    """The contract as a customer's own few lines would have it: any other key, or one too few, is a 422."""

    protocol_version = "HTTP/1.1"
    pages: Mapping[str, tuple[int, Any]] = {}
    seen: list[tuple[str, Any]] = []  # noqa: RUF012 - likewise

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append((self.path, body))
        if set(body) != STRICT.get(self.path, set()):
            self._answer(422, {"detail": [{"loc": ["body"], "msg": f"keys are {sorted(body)}"}]})
        elif self.path == "/generate":
            self._answer(200, self.pages.get(self.path, (200, {"generated_text": "Dear team"}))[1])
        else:
            fields = body["response_model"]["properties"]
            self._answer(200, self.pages.get(self.path, (200, dict.fromkeys(fields, "x")))[1])

    def do_GET(self) -> None:
        self._answer(*self.pages.get(self.path, (404, {"detail": "Not Found"})))

    def _answer(self, status: int, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@contextmanager
def reference(pages: Mapping[str, tuple[int, Any]] | None = None) -> Iterator[tuple[str, list[tuple[str, Any]]]]:
    """A server of the contract: its URL, and what it was asked."""
    seen: list[tuple[str, Any]] = []
    handler = type("Handler", (_Reference,), {"pages": pages or {}, "seen": seen})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", seen
        finally:
            server.shutdown()
            thread.join()


def ask(url: str, asked: Request, **settings: Any) -> Generation:
    async def once() -> Generation:
        async with started(build("custom_http", url, **settings)) as provider:
            return await provider.generate(asked)

    return asyncio.run(once())


def health(url: str) -> Health:
    async def once() -> Health:
        async with started(build("custom_http", url)) as provider:
            return await provider.health()

    return asyncio.run(once())


def test_a_strict_server_of_the_contract_is_content() -> None:
    with reference() as (url, seen):
        structured = ask(url, request())
        plain = ask(url, request(schema=None))
    assert (structured.failure, structured.text) == (None, '{"answer": "x"}')
    assert (plain.failure, plain.text) == (None, "Dear team")
    assert [path for path, _ in seen] == ["/structured_generate", "/generate"]
    assert seen[0][1]["response_model"] == SCHEMA
    assert seen[0][1]["messages"] == [
        {"role": "system", "content": "Answer."},
        {"role": "user", "content": "Hello"},
    ]
    assert seen[1][1] == {"prompt": "Answer.\n\nHello", "temperature": 0.0, "max_tokens": 100}


def test_a_temperature_that_nobody_gave_is_left_to_the_server() -> None:
    with reference() as (url, seen):
        asked = request(sampling={"temperature": None})
        assert ask(url, asked).failure is not None, "this server insists on one"
    assert "temperature" not in seen[0][1], "inventing one would change what is measured"


def test_what_the_contract_lacks_is_told_not_dropped() -> None:
    sampling = {"seed": 7, "top_p": 0.9, "stop": ("\n\n",)}
    with reference() as (url, _):
        for schema in (SCHEMA, None):
            generation = ask(url, request(schema=schema, sampling=sampling))
            assert generation.failure is None
            assert set(generation.unhonoured) == {"seed", "top_p", "stop"}
            assert generation.timings.first_token is None, "it does not stream"
        assert ask(url, request(schema=SCHEMA), endpoint="generate").unhonoured == ("schema",)
        assert ask(url, Request("t/p/c/0", request().messages, Sampling(temperature=0), "t@1")).unhonoured == ()
    assert load_kind("custom_http").capabilities == Capabilities(structured_output=True)


@pytest.mark.parametrize(
    ("added", "usage"),
    [
        ({}, Usage()),
        ({"usage": {"prompt_tokens": 30, "completion_tokens": 5}}, Usage(input=30, output=5)),
        ({"usage": {"prompt_tokens": 30}}, Usage(input=30)),
        ({"usage": None}, Usage()),
        ({"usage": {"prompt_tokens": -1, "completion_tokens": "5"}}, Usage()),
        ({"usage": [1, 2]}, Usage()),
    ],
)
def test_a_server_may_add_usage(added: dict[str, Any], usage: Usage) -> None:
    with reference({"/generate": (200, {"generated_text": "Dear team", **added})}) as (url, _):
        generation = ask(url, request(schema=None))
    assert (generation.failure, generation.usage) == (None, usage)


@pytest.mark.parametrize("answer", [{}, {"generated_text": None}, {"generated_text": ["a"]}, {"text": "a"}, [], "a"])
def test_any_other_shape_is_malformed(answer: Any) -> None:
    with reference({"/generate": (200, answer)}) as (url, _):
        generation = ask(url, request(schema=None))
    assert generation.failure is not None
    assert (generation.failure.kind, generation.text) == (FailureKind.MALFORMED, None)


@pytest.mark.parametrize("answer", [["a", "b"], "a", 5, None, {"a": 1}])
def test_an_output_need_not_be_an_object(answer: Any) -> None:
    with reference({"/structured_generate": (200, answer)}) as (url, _):
        generation = ask(url, request(schema={"properties": {"a": {"const": 1}}}))
    assert generation.failure is None
    assert json.loads(generation.text or "") == answer


def test_what_a_validating_server_complains_of_is_passed_on() -> None:
    with reference() as (url, _):
        failure = ask(url, request(sampling={"temperature": None})).failure
    assert failure is not None
    assert failure.kind is FailureKind.PERMANENT
    assert failure.status == 422
    assert "keys are ['max_tokens', 'messages', 'response_model']" in failure.message


def test_a_page_that_is_not_there_is_no_fact_about_the_server() -> None:
    with reference() as (url, _):
        assert health(url) == Health(ok=True, detail="answers")
    with reference({"/health": (200, {"model": "m", "gpu": 1})}) as (url, _):
        assert health(url) == Health(ok=True, detail="answers", facts={"health": {"model": "m", "gpu": 1}})
    with reference({"/health": (503, {"status": "loading"})}) as (url, _):
        assert health(url) == Health(ok=False, detail="answers with HTTP 503")


def test_a_hanging_server_holds_up_nothing_but_the_attempt() -> None:
    async def once(url: str) -> None:
        async with started(build("custom_http", url)) as provider:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):  # as the runner does
                    await provider.generate(request())

    with socket.create_server(("127.0.0.1", 0)) as silent:
        asyncio.run(once(f"http://127.0.0.1:{silent.getsockname()[1]}"))


def test_there_is_no_remote_default() -> None:
    config = load_kind("custom_http").Config.model_validate({"kind": "custom_http"})
    assert config.model_dump()["base_url"] == "http://localhost:8000"
    example = Path(__file__).parents[3] / "providers" / "custom_http.yaml"
    settings = yaml.safe_load(example.read_text("utf-8"))["inhouse"]
    assert settings["base_url"] == "${CUSTOM_MODEL_URL:-http://localhost:8000}"


def test_the_reference_server_serves_inside_its_block() -> None:
    async def once() -> tuple[Generation, Generation]:
        play = Play(outputs={"Hello": {"answer": "yes"}})
        async with (
            FakeServer(play, "127.0.0.1", 0) as server,
            started(build("custom_http", server.url)) as provider,
        ):
            return await provider.generate(request()), await provider.generate(request("Bye"))

    scripted, minimal = asyncio.run(once())
    assert (scripted.text, minimal.text) == ('{"answer":"yes"}', '{"answer":""}')
