"""OpenAI's files and batches by script, over real sockets.

    with BatchServer({"marker": [status(500), ok()]}, ends_as="expired", polls=2) as server:
        ...  # the script decides line by line, as for single requests
        assert server.files == {}   # what has not been deleted

`faults` names calls that go wrong (upload, create, retrieve, download, delete, cancel) and how, each time or in turn.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from support import replies
from support.behaviours import Behaviour
from support.openai_responses import OpenAIServer, pause, response

UNSERVED = Behaviour("unserved")
"""The batch ends before it comes to this request, and says so in its error file."""
FORGOTTEN = Behaviour("forgotten")
"""The batch ends and holds nothing on this request."""
_SAID = {
    "batch_expired": "This request could not be executed before the completion window expired.",
    "batch_cancelled": "This request was not executed because the batch was cancelled.",
}


class BatchServer(OpenAIServer):
    """`polls`: how often a batch is still under way. `errors`: why a batch that `ends_as` failed was not accepted."""

    def __init__(
        self,
        *arguments: Any,
        ends_as: str = "completed",
        polls: int = 0,
        faults: Mapping[str, Behaviour | Sequence[Behaviour | None]] | None = None,
        errors: Sequence[Mapping[str, Any]] = (),
        **options: Any,
    ) -> None:
        super().__init__(*arguments, **options)
        self._ends_as = ends_as
        self._polls = polls
        self._faults = {name: list(f) if isinstance(f, Sequence) else f for name, f in (faults or {}).items()}
        self._errors = list(errors)
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.uploads: list[dict[str, Any]] = []
        """The form of every upload: purpose, filename, content."""
        self.calls: list[str] = []
        """Every call to files and batches, by name."""

    def routes(self) -> list[web.AbstractRouteDef]:
        """What is served."""
        return [
            *super().routes(),
            web.post("/v1/files", self._upload),
            web.get("/v1/files/{file}/content", self._download),
            web.delete("/v1/files/{file}", self._delete),
            web.post("/v1/batches", self._create),
            web.get("/v1/batches/{batch}", self._retrieve),
            web.post("/v1/batches/{batch}/cancel", self._cancel),
        ]

    async def _refused(self, name: str, request: web.Request) -> web.StreamResponse | None:
        """Notes the call, and answers it if it is to go wrong."""
        self.calls.append(name)
        if not self._let_in(request):
            given = request.headers.get("Authorization", "")
            message = f"Incorrect API key provided: {given}"
            return web.json_response({"error": {"message": message, "code": "invalid_api_key"}}, status=401)
        fault = self._faults.get(name)
        if isinstance(fault, list):
            fault = fault.pop(0) if fault else None
        if fault is None:
            return None
        return await self._faulty(request, fault, b"")

    async def _faulty(self, request: web.Request, fault: Behaviour, content: bytes) -> web.StreamResponse:
        if fault.hangs:
            await self._never()
        content = fault.body if fault.body is not None else content
        answer = web.StreamResponse(status=fault.status, headers=dict(fault.headers))
        answer.content_type = fault.content_type or "application/json"
        if fault.drop_after == 0:
            await self._cut_off(request)
        await answer.prepare(request)
        await answer.write(content[: fault.drop_after])
        if fault.drop_after is not None:
            await pause()
            await self._cut_off(request)
        await answer.write_eof()
        return answer

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        upload = form["file"]
        assert isinstance(upload, web.FileField)
        content = upload.file.read()
        upload.file.close()
        if (refused := await self._refused("upload", request)) is not None:
            return refused
        name = self._keep(content)
        self.uploads.append({"purpose": form["purpose"], "filename": upload.filename, "content": content})
        return web.json_response(_file(name, content))

    def _keep(self, content: bytes) -> str:
        name = f"file-{len(self.uploads) + len(self.files) + 1}-{len(content)}"
        self.files[name] = content
        return name

    async def _download(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["file"]
        content = self.files.get(name)
        fault = self._faults.get("download")
        if content is not None and isinstance(fault, Behaviour) and fault.drop_after:
            self.calls.append("download")
            return await self._faulty(request, fault, content)
        if (refused := await self._refused("download", request)) is not None:
            return refused
        if content is None:
            return _missing(f"No such File object: {name}")
        return web.Response(body=content, content_type="application/octet-stream")

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        if (refused := await self._refused("delete", request)) is not None:
            return refused
        name = request.match_info["file"]
        if self.files.pop(name, None) is None:
            return _missing(f"No such File object: {name}")
        return web.json_response({"id": name, "object": "file", "deleted": True})

    async def _create(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if (refused := await self._refused("create", request)) is not None:
            return refused
        if body["input_file_id"] not in self.files:
            return _missing("no such input file", 400)
        name = f"batch_{len(self.batches) + 1}"
        self.batches[name] = {
            "id": name,
            "object": "batch",
            "endpoint": body["endpoint"],
            "completion_window": body["completion_window"],
            "input_file_id": body["input_file_id"],
            "created_at": 1,
            "status": "validating",
            "errors": None,
            "output_file_id": None,
            "error_file_id": None,
            "request_counts": {"total": 0, "completed": 0, "failed": 0},
        }
        return web.json_response(self.batches[name])

    async def _retrieve(self, request: web.Request) -> web.StreamResponse:
        if (refused := await self._refused("retrieve", request)) is not None:
            return refused
        batch = self.batches.get(request.match_info["batch"])
        if batch is None:
            return _missing(f"No batch found with id '{request.match_info['batch']}'.")
        if batch["status"] in ("validating", "in_progress"):
            self._polls -= 1
            batch["status"] = "in_progress"
            if self._polls < 0:
                self._end(batch, self._ends_as)
        elif batch["status"] == "cancelling":
            self._end(batch, "cancelled")
        return web.json_response(batch)

    async def _cancel(self, request: web.Request) -> web.StreamResponse:
        if (refused := await self._refused("cancel", request)) is not None:
            return refused
        batch = self.batches.get(request.match_info["batch"])
        if batch is None:
            return _missing("No batch found")
        batch["status"] = "cancelling"
        return web.json_response(batch)

    def _end(self, batch: dict[str, Any], status: str) -> None:
        batch["status"] = status
        if status == "failed":
            batch["errors"] = {"object": "list", "data": self._errors}
            return
        lines = [json.loads(line) for line in self.files[batch["input_file_id"]].splitlines()]
        said = [self._line(number, line, status) for number, line in enumerate(lines, 1)]
        good = [line for line in said if line and line["response"] and line["response"]["status_code"] == 200]
        bad = [line for line in said if line and line not in good]
        for key, found in (("output_file_id", good), ("error_file_id", bad)):
            if found:  # in no order that anyone may rely on
                text = b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in reversed(found))
                batch[key] = self._keep(text)
        batch["request_counts"] = {"total": len(lines), "completed": len(good), "failed": len(bad)}

    def _line(self, number: int, line: Mapping[str, Any], status: str) -> dict[str, Any] | None:
        body = line["body"]
        behaviour = self._unmade(number, body)
        named: dict[str, Any] = {"id": f"batch_req_{number}", "custom_id": line["custom_id"]}
        if behaviour is FORGOTTEN:
            return None
        if behaviour is UNSERVED:
            code = f"batch_{status}"
            return {**named, "response": None, "error": {"code": code, "message": _SAID.get(code, code)}}
        if behaviour.body is not None:
            answer: Any = json.loads(behaviour.body)
        else:
            make = response if "input" in body else replies.chat
            answer = make(behaviour, body, number)
        reply = {"status_code": behaviour.status, "request_id": f"req-{number}", "body": answer}
        return {**named, "response": reply, "error": None}

    def _unmade(self, number: int, body: Mapping[str, Any]) -> Behaviour:
        """The behaviour that the script says, not yet made into a reply."""
        chats = {key: value for key, value in body.items() if key != "input"}
        return self._choose(number, {**chats, "messages": body.get("messages") or body.get("input")})


def _file(name: str, content: bytes) -> dict[str, Any]:
    return {
        "id": name,
        "object": "file",
        "bytes": len(content),
        "created_at": 1,
        "filename": "shortlist.jsonl",
        "purpose": "batch",
        "status": "processed",
    }


def _missing(message: str, status: int = 404) -> web.Response:
    return web.json_response({"error": {"message": message, "type": "invalid_request_error"}}, status=status)
