"""Anthropic's Message Batches API by script, over real sockets, in a thread with a loop of its own.

    with MessageBatches(outcome=lambda params: EXPIRED if "late" in str(params) else succeeded(), polls=2) as server:
        ...  # server.url is the base_url; batches end at the `polls`-th question after them
        assert [call.step for call in server.log] == ["submit", "poll", "poll", "poll", "results"]

What goes out is made of the SDK's own objects, so that it is what Anthropic would send.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from anthropic.types import ModelInfo
from anthropic.types.messages import MessageBatch, MessageBatchIndividualResponse

from support import replies
from support.behaviours import Behaviour, ok
from support.threaded_server import ThreadedServer

Params = Mapping[str, Any]
Result = Mapping[str, Any]
Outcome = Callable[[Params], Result | Behaviour]

EXPIRED: Result = {"type": "expired"}
CANCELED: Result = {"type": "canceled"}
_CREATED = "2026-11-20T12:00:00Z"
_GONE = {"type": "error", "error": {"type": "not_found_error", "message": "no such batch"}, "request_id": "req-gone"}
_REFUSED = {"type": "error", "error": {"type": "authentication_error", "message": "bad key"}, "request_id": "req-key"}


def succeeded(text: str = '{"answer": "yes"}', **options: Any) -> Behaviour:
    """A message; options as for `ok`."""
    return ok(text, **options)


def errored(kind: str, message: str) -> Result:
    """An error object in place of a message."""
    error = {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req-errored"}
    return {"type": "errored", "error": error}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is answered instead. `cut_after`: bytes of the body after which the connection is reset; 0: at once."""

    body: bytes = b""
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    hangs: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One request that arrived."""

    step: str
    """`submit`, `poll`, `results`, `cancel`, `models` or `model`."""
    body: Any
    headers: Mapping[str, str]


@dataclass(slots=True)
class _Batch:
    entries: Sequence[Mapping[str, Any]]
    polls_left: int
    status: str = "in_progress"


class MessageBatches(ThreadedServer):
    """A context manager. `faults` are answered in turn, by step, before anything else happens."""

    def __init__(
        self,
        outcome: Outcome = lambda params: succeeded(),
        *,
        polls: int = 0,
        key: str | None = None,
        faults: Mapping[str, Sequence[Fault]] | None = None,
        models: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        super().__init__()
        self._outcome = outcome
        self._polls = polls
        self._key = key
        self._faults = {step: list(those) for step, those in (faults or {}).items()}
        self._models = [ModelInfo.model_validate({**_A_MODEL, **model}) for model in models]
        self._batches: dict[str, _Batch] = {}
        self.log: list[Call] = []
        self.lines: list[bytes] = []
        """Lines that come before the answers of every batch."""
        self.archived = False
        """Whether the answers have been thrown away."""

    def application(self) -> web.Application:
        """Batches and models."""
        application = web.Application(client_max_size=1 << 26)
        batch = "/v1/messages/batches/{batch}"
        for method, path, step, handler in (
            ("POST", "/v1/messages/batches", "submit", self._submit),
            ("GET", batch, "poll", self._poll),
            ("GET", f"{batch}/results", "results", self._results),
            ("POST", f"{batch}/cancel", "cancel", self._cancel),
            ("GET", "/v1/models", "models", self._list_models),
            ("GET", "/v1/models/{model}", "model", self._one_model),
        ):
            application.router.add_route(method, path, self._guarded(step, handler))
        return application

    def _guarded(self, step: str, handler: Callable[[web.Request, Any], web.Response]) -> Any:
        async def handle(request: web.Request) -> web.StreamResponse:
            raw = await request.read()
            body = json.loads(raw) if raw else None
            self.log.append(Call(step, body, {name.lower(): value for name, value in request.headers.items()}))
            given = request.headers.get("Authorization", "").removeprefix("Bearer ") or request.headers.get("x-api-key")
            if self._key is not None and given != self._key:
                return web.json_response(_REFUSED, status=401, headers={"request-id": "req-key"})
            if self._faults.get(step):
                return await self._fail(request, self._faults[step].pop(0))
            return handler(request, body)

        return handle

    async def _fail(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.hangs:
            await self._stopping.wait()
        headers = {"Content-Type": fault.content_type, **fault.headers}
        response = web.StreamResponse(status=fault.status, headers=headers)
        if fault.cut_after != 0:
            await response.prepare(request)
            await response.write(fault.body[: fault.cut_after])
        if fault.cut_after is not None:
            await asyncio.sleep(0.02)  # lets what was written leave before the connection is reset
            if request.transport is not None:
                request.transport.abort()
            raise ConnectionResetError("cut off by script")
        await response.write_eof()
        return response

    def _submit(self, request: web.Request, body: Any) -> web.Response:
        name = f"msgbatch_{len(self._batches) + 1:04}"
        self._batches[name] = _Batch(body["requests"], self._polls)
        return self._described(name)

    def _poll(self, request: web.Request, body: Any) -> web.Response:
        name = request.match_info["batch"]
        if name not in self._batches:
            return web.json_response(_GONE, status=404)
        batch = self._batches[name]
        if batch.polls_left == 0:
            batch.status = "ended"
        batch.polls_left -= 1
        return self._described(name)

    def _cancel(self, request: web.Request, body: Any) -> web.Response:
        name = request.match_info["batch"]
        if name not in self._batches:
            return web.json_response(_GONE, status=404)
        self._batches[name].status = "canceling"
        return self._described(name)

    def _described(self, name: str) -> web.Response:
        batch = self._batches[name]
        ended = batch.status == "ended"
        counts = dict.fromkeys(("canceled", "errored", "expired", "processing", "succeeded"), 0)
        for entry in batch.entries:
            counts[self._result(entry)["type"] if ended else "processing"] += 1
        said = {
            "id": name,
            "type": "message_batch",
            "processing_status": batch.status,
            "request_counts": counts,
            "created_at": _CREATED,
            "expires_at": "2026-11-21T12:00:00Z",
            "ended_at": _CREATED if ended else None,
            "archived_at": "2026-12-20T12:00:00Z" if self.archived else None,
            "cancel_initiated_at": _CREATED if batch.status == "canceling" else None,
            # where only the SDK's own method would go, and take the key along
            "results_url": "http://127.0.0.1:9/elsewhere" if ended and not self.archived else None,
        }
        return _json(MessageBatch.model_validate(said).to_json())

    def _result(self, entry: Mapping[str, Any]) -> Result:
        outcome = self._outcome(entry["params"])
        if isinstance(outcome, Behaviour):
            return {"type": "succeeded", "message": replies.messages(outcome, entry["params"], 1)}
        return outcome

    def _results(self, request: web.Request, body: Any) -> web.Response:
        batch = self._batches[request.match_info["batch"]]
        lines = [
            MessageBatchIndividualResponse.model_validate(
                {"custom_id": entry["custom_id"], "result": self._result(entry)}
            ).to_json(indent=None)
            for entry in reversed(batch.entries)  # their order means nothing
        ]
        said = b"".join(line + b"\n" for line in (*self.lines, *(line.encode() for line in lines)))
        return web.Response(body=said, content_type="application/x-jsonl")

    def _list_models(self, request: web.Request, body: Any) -> web.Response:
        return web.json_response({"data": [json.loads(model.to_json()) for model in self._models], "has_more": False})

    def _one_model(self, request: web.Request, body: Any) -> web.Response:
        asked = request.match_info["model"]
        for model in self._models:
            if model.id.startswith(asked):
                return _json(model.to_json())
        return web.json_response(_GONE, status=404)


_A_MODEL = {"type": "model", "display_name": "A model", "created_at": _CREATED, "lifecycle": "active"}


def _json(said: str) -> web.Response:
    return web.Response(text=said, content_type="application/json")
