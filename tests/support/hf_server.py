"""Hugging Face's hosts, acted out over real sockets: the Hub, the router, and a classifier's endpoint.

Written from the source of `huggingface_hub` 2.4 (`inference/_providers`, `hf_api.py`) and the published replies of the
inference API. Chat completions of a dedicated endpoint are `scripted_server`'s.

    POST /v1/chat/completions                                  the router, provider `auto`
    POST /{provider}/v1/chat/completions                       the router, a host by name
    POST /hf-inference/models/{model}/v1/chat/completions      Hugging Face's own host
    POST /hf-inference/models/{model}, POST /endpoint          classification
    GET  /api/models/{model}                                   what the Hub knows of a model
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web

from support import replies
from support.behaviours import Behaviour, ok
from support.threaded_server import ThreadedServer

HOSTS = ("hf-inference", "together")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for an inference."""

    path: str
    body: Mapping[str, Any]
    headers: Mapping[str, str]
    """By lower-case name."""


def answer(value: Any, status: int = 200) -> Behaviour:
    """Any JSON."""
    return Behaviour("answer", status=status, body=json.dumps(value).encode(), content_type="application/json")


def loading(estimated: float | None = 20.0) -> Behaviour:
    """503, as the inference API says that it loads a model; without an estimate, as an endpoint's proxy says it."""
    if estimated is None:
        return answer({"error": "503 Service Unavailable"}, 503)
    return answer({"error": "Model owner/model is currently loading", "estimated_time": estimated}, 503)


class HfServer(ThreadedServer):
    """A context manager. `script` is answered in order, its last entry for all that follow.

    `models`: what the Hub knows, by name, with the pipeline that each is for.
    """

    def __init__(
        self, script: Sequence[Behaviour] = (ok(),), models: Mapping[str, str] | None = None, key: str | None = None
    ) -> None:
        super().__init__()
        self._script = tuple(script)
        self._models = {"owner/model": "text-generation"} if models is None else dict(models)
        self._key = key
        self.asked: list[Asked] = []
        self.hub_calls = 0

    def take_over(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Makes the library in this process take this server for Hugging Face."""
        from huggingface_hub import constants  # noqa: PLC0415 - for few tests
        from huggingface_hub.inference import _providers  # noqa: PLC0415 - likewise

        monkeypatch.setattr(constants, "ENDPOINT", self.url)
        monkeypatch.setattr(constants, "INFERENCE_PROXY_TEMPLATE", f"{self.url}/{{provider}}")
        monkeypatch.setattr(_providers.CONVERSATIONAL_AUTO_ROUTER, "base_url", self.url)
        for task in ("conversational", "text-classification"):
            monkeypatch.setattr(_providers.PROVIDERS["hf-inference"][task], "base_url", f"{self.url}/hf-inference")
        _providers._fetch_inference_provider_mapping.cache_clear()
        _providers.hf_inference._check_supported_task.cache_clear()

    def application(self) -> web.Application:
        """The Hub, and whoever infers."""
        application = web.Application()
        application.router.add_get("/api/models/{model:.+}", self._hub)
        application.router.add_post("/{path:.*}", self._infer)
        return application

    def _let_in(self, request: web.Request) -> bool:
        return self._key is None or request.headers.get("Authorization") == f"Bearer {self._key}"

    async def _hub(self, request: web.Request) -> web.StreamResponse:
        self.hub_calls += 1
        model = request.match_info["model"]
        if "Authorization" in request.headers and not self._let_in(request):
            headers = {"X-Error-Message": "Invalid credentials in Authorization header"}
            return web.json_response({"error": headers["X-Error-Message"]}, status=401, headers=headers)
        if model not in self._models:
            headers = {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"}
            return web.json_response({"error": "Repository not found"}, status=404, headers=headers)
        pipeline = self._models[model]
        task = "conversational" if pipeline == "text-generation" else pipeline
        mapping = {name: {"status": "live", "providerId": f"{name}:{model}", "task": task} for name in HOSTS}
        mapping["hf-inference"]["providerId"] = model
        known = {"id": model, "modelId": model, "sha": "0" * 40, "pipeline_tag": pipeline, "tags": [], "siblings": []}
        return web.json_response({**known, "inferenceProviderMapping": mapping})

    async def _infer(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        self.asked.append(Asked(request.path, body, {name.lower(): value for name, value in request.headers.items()}))
        behaviour = self._script[min(len(self.asked), len(self._script)) - 1]
        if not self._let_in(request):
            behaviour = answer({"error": "Invalid credentials in Authorization header"}, 401)
        if behaviour.body is not None:
            return web.Response(body=behaviour.body, status=behaviour.status, content_type=behaviour.content_type)
        if not body.get("stream"):
            return web.json_response(replies.chat(behaviour, body, len(self.asked)))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for piece in replies.chat_stream(behaviour, body, len(self.asked)):
            await response.write(piece)
        await response.write_eof()
        return response
