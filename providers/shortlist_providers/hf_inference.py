"""The kind `hf_inference`: models that Hugging Face hosts or routes to, and its dedicated endpoints.

`huggingface_hub`'s own client prepares each request: it finds the host, writes each host's dialect, authenticates. The
sending is ours, over the session that the library hands out, because the client parses replies loosely (every field
that is missing becomes None), loses the text of those that it cannot parse, follows redirects, and never closes a
stream that ended with `[DONE]`.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from importlib import import_module
from typing import Annotated, Any, ClassVar, Literal, Self

import orjson
from pydantic import Field, model_validator

from shortlist_providers.base import Capabilities, Health, Provider, ProviderContext
from shortlist_providers.classification import (
    CLASSIFICATION,
    PipelineConfig,
    best_label,
    output_for,
    text_to_classify,
    unhonoured_by_classifier,
)
from shortlist_providers.errors import ProviderUnavailable
from shortlist_providers.types import Failure, FailureKind, FinishReason, Generation, Request, Timings
from shortlist_providers.wire.chat import ChatReply, schema_name
from shortlist_providers.wire.decode import decode, sound
from shortlist_providers.wire.exchange import Exchange
from shortlist_providers.wire.failures import (
    MAX_MESSAGE_CHARS,
    Failed,
    bounded,
    from_status,
    nowhere,
)
from shortlist_providers.wire.httpx_replies import CONNECT_SECONDS, body_of, head_of, lost, take
from shortlist_providers.wire.secret import NO_SECRET, Secret, look_up
from shortlist_providers.wire.settings import BaseUrl, EnvironmentName, Headers, ModelName, origin

_SERVERS_FAULT = frozenset({"generation", "incomplete_generation"})
"""What TGI names its own failures, which it reports with status 424 or 500."""


class HfInferenceConfig(PipelineConfig):
    """A model behind Hugging Face's inference API, a host that it routes to, or a dedicated endpoint."""

    kind: Literal["hf_inference"] = "hf_inference"
    model: ModelName
    """The model's name on the Hub."""
    base_url: BaseUrl | None = None
    """A dedicated endpoint. Left out, requests go through Hugging Face's router."""
    provider: str = "auto"
    """The host that the router is to use (`hf-inference`, `together`, `groq` …); `auto` leaves it to your account."""
    api_key_env: EnvironmentName = "HUGGINGFACE_API_TOKEN"
    headers: Headers = Field(default_factory=dict)
    """Further headers, none of them secret; `X-Scale-Up-Timeout: "600"` has an endpoint that sleeps hold requests."""
    stream: bool = True
    """Streams the output, which is what tells the time to first token."""
    structured: Literal["auto", "json_schema", "none"] = "auto"
    """How the task's schema is passed on: in the dialect that the client picks for the host, in OpenAI's, or not.

    For `hf-inference` and endpoints the client picks TGI's; an endpoint that runs vLLM or SGLang needs `json_schema`.
    """
    concurrency: Annotated[int, Field(ge=1, le=100)] = 8
    """Most requests under way at once; the library's session has 100 connections."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.base_url is not None and "provider" in self.model_fields_set:
            raise ValueError("provider: an endpoint at base_url is asked directly; leave one of them out")
        if self.pipeline == CLASSIFICATION:
            said = [name for name in ("stream", "structured") if name in self.model_fields_set]
            if said:
                raise ValueError(f"{', '.join(said)}: a classifier writes no text; `labels` says what its output is")
        return self


class _Prepared(Exception):
    """Carries a request out of the client, at the point where it would be sent."""

    def __init__(self, parameters: Any) -> None:
        self.parameters = parameters
        super().__init__("prepared")


class HfInference(Provider):
    """Requests prepared by `AsyncInferenceClient`."""

    Config: ClassVar[type[HfInferenceConfig]] = HfInferenceConfig
    capabilities = Capabilities(structured_output=True, streaming=True, seeds=True)
    extra = "hf"
    requires = ("huggingface_hub",)

    def __init__(self, config: HfInferenceConfig, context: ProviderContext) -> None:
        super().__init__(config, context)
        self.settings = config
        self._secret: Secret = NO_SECRET
        self._hub: Any = None
        self._httpx: Any = None
        self._client: Any = None
        self._session: Any = None

    @property
    def pool_key(self) -> str:
        """The endpoint, or the account and host that it routes to."""
        where = origin(self.settings.base_url) if self.settings.base_url else f"huggingface:{self.settings.provider}"
        return f"{where}#{self.settings.api_key_env}"

    async def startup(self) -> None:
        """Opens the session and finds the route. Raises `ProviderUnavailable` where key, model or host is wrong."""
        self._secret = look_up(self.settings.api_key_env, self.context.environment)
        self._hub, self._httpx = import_module("huggingface_hub"), import_module("httpx2")
        if self._hub.is_offline_mode():
            raise ProviderUnavailable("HF_HUB_OFFLINE is set, so the library sends nothing; run: unset HF_HUB_OFFLINE")
        self._client = self._make_client()
        # The client asks the Hub who hosts the model: once, and without asyncio, so that it would hold up everything.
        try:
            await asyncio.to_thread(asyncio.run, self._prepare(self._trial()))
        except (
            Exception
        ) as wrong:  # the Hub, the network, the library's own checks: all of it means no way to the model
            said = bounded(self._secret.scrub(" ".join(str(wrong).split())), MAX_MESSAGE_CHARS)
            raise ProviderUnavailable(f"cannot route to model {self.settings.model!r}: {said}") from None
        self._session = self._hub.get_async_session()

    async def shutdown(self) -> None:
        """Closes the session."""
        if self._session is not None:
            await self._session.aclose()
            self._session = None

    def _make_client(self) -> Any:
        async def hand_over(client: Any, request_parameters: Any, *, stream: bool = False) -> Any:
            raise _Prepared(request_parameters)

        preparing = type("PreparingClient", (self._hub.AsyncInferenceClient,), {"_inner_post": hand_over})
        settings = self.settings
        where = {"base_url": settings.base_url} if settings.base_url else {"provider": settings.provider}
        return preparing(token=self._secret.reveal(), headers=dict(settings.headers), **where)

    def _trial(self) -> Coroutine[Any, Any, Any]:
        if self.settings.pipeline == CLASSIFICATION:
            return self._classification("")
        return self._chat({"messages": []})

    def _chat(self, arguments: dict[str, Any]) -> Coroutine[Any, Any, Any]:
        call: Coroutine[Any, Any, Any] = self._client.chat_completion(model=self.settings.model, **arguments)
        return call

    def _classification(self, text: str) -> Coroutine[Any, Any, Any]:
        model = None if self.settings.base_url else self.settings.model
        call: Coroutine[Any, Any, Any] = self._client.text_classification(text, model=model)
        return call

    async def _prepare(self, call: Coroutine[Any, Any, Any]) -> Any:
        """The library's `RequestParameters` for a call of its client."""
        try:
            await call
        except _Prepared as prepared:
            return prepared.parameters
        raise RuntimeError(
            "huggingface_hub sent a request by another way than `_inner_post`; this version is not known"
        )

    async def generate(self, request: Request) -> Generation:
        """One chat completion, or one classification."""
        if self._session is None:
            raise ProviderUnavailable("provider kind 'hf_inference' has not been started")
        if self.settings.pipeline == CLASSIFICATION:
            return await self._classify(request)
        arguments, unhonoured = self._arguments(request)
        exchange = Exchange(self.context.clock, self._secret, ChatReply(), unhonoured)
        try:
            parameters = await self._prepare(self._chat(arguments))
            payload = self._with_whole_schema(dict(parameters.json), request)
            await self._post(parameters, payload, exchange)
        except Failed as failed:
            return exchange.generation(failed.failure)
        return exchange.generation()

    def _arguments(self, request: Request) -> tuple[dict[str, Any], tuple[str, ...]]:
        settings, sampling = self.settings, request.sampling
        arguments: dict[str, Any] = {
            "messages": [{"role": m.role, "content": sound(m.content)} for m in request.messages],
            "max_tokens": sampling.max_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "seed": sampling.seed,
            "stop": list(sampling.stop) or None,
            "stream": settings.stream,
        }
        if settings.stream:
            arguments["stream_options"] = {"include_usage": True}
        if request.schema is None:
            return arguments, ()
        if settings.structured == "none":
            return arguments, ("schema",)
        arguments["response_format"] = _response_format(request)
        return arguments, ()

    def _with_whole_schema(self, payload: dict[str, Any], request: Request) -> dict[str, Any]:
        """The schema as the task has it: the client takes every null out of a request, and `const: null` with them."""
        sent = payload.get("response_format")
        if not isinstance(sent, dict) or request.schema is None:
            return payload
        tgi = "value" in sent and self.settings.structured == "auto"
        whole = {**sent, "value": request.schema} if tgi else _response_format(request)
        return {**payload, "response_format": whole}

    async def _post(self, parameters: Any, payload: dict[str, Any], exchange: Exchange) -> None:
        async with self._sent(parameters, payload) as response:
            exchange.reply.request_id = response.headers.get("x-request-id")
            await take(response.aiter_bytes(), response.headers, exchange, bool(payload.get("stream")), self._secret)

    @contextlib.asynccontextmanager
    async def _sent(self, parameters: Any, payload: dict[str, Any]) -> Any:
        """The response to a prepared request; its body is still to be read.

        Raises:
            Failed: no response, or one whose status is not 2xx, or the connection breaks off while it is read.
        """
        try:
            content = orjson.dumps(payload, default=dict)
        except TypeError as wrong:
            raise Failed(Failure(FailureKind.PERMANENT, f"the request cannot be written as JSON: {wrong}")) from None
        try:
            request = self._session.build_request(
                "POST",
                parameters.url,
                content=content,
                headers=parameters.headers,
                timeout=self._httpx.Timeout(None, connect=CONNECT_SECONDS),
            )
            # A redirect is an answer like any other: résumés are not sent on to whom nobody named.
            response = await self._session.send(request, stream=True, follow_redirects=False)
            try:
                if not response.is_success:
                    raise Failed(await self._refused(response))
                yield response
            finally:
                await response.aclose()
        except (self._httpx.HTTPError, self._httpx.InvalidURL, OSError) as error:
            raise Failed(lost(error, self._secret)) from None

    async def _refused(self, response: Any) -> Failure:
        body = await head_of(response.aiter_bytes())  # the status is what counts, also where the body breaks off
        failure = from_status(response.status_code, response.headers, body, self._secret)
        failure = nowhere(failure, str(response.url))
        return _as_hugging_face_means_it(failure, body)

    async def _classify(self, request: Request) -> Generation:
        sent = self.context.clock()
        text: str | None = None
        failure: Failure | None = None
        request_id: str | None = None
        try:
            parameters = await self._prepare(self._classification(text_to_classify(request, self.settings.input)))
            async with self._sent(parameters, dict(parameters.json)) as response:
                request_id = response.headers.get("x-request-id")
                label, score = best_label(await body_of(response.aiter_bytes(), self._secret), self._secret)
            text = output_for(self.settings, label, score)
        except Failed as failed:
            failure = failed.failure
        return Generation(
            text=text,
            timings=Timings(sent, None, self.context.clock()),
            finish_reason=FinishReason.UNKNOWN if failure else FinishReason.STOP,
            model=self.settings.model,
            request_id=request_id,
            failure=failure,
            unhonoured=unhonoured_by_classifier(request, self.settings),
        )

    async def health(self) -> Health:
        """Asks the endpoint for its health, or the Hub for what it knows of the model, which also tries the key."""
        if self._session is None:
            raise ProviderUnavailable("provider kind 'hf_inference' has not been started")
        try:
            return await (self._endpoint_health() if self.settings.base_url else self._hub_health())
        except (self._httpx.HTTPError, OSError, ValueError) as error:  # the Hub's own errors are both
            said = bounded(self._secret.scrub(" ".join(str(error).split())), MAX_MESSAGE_CHARS)
            return Health(ok=False, detail=said or type(error).__name__)

    async def _endpoint_health(self) -> Health:
        url = f"{(self.settings.base_url or '').removesuffix('/v1')}/health"
        headers = {"Authorization": f"Bearer {self._secret.reveal()}"}
        answer = await self._session.get(url, headers=headers, follow_redirects=False, timeout=CONNECT_SECONDS)
        if answer.status_code in (401, 403) or answer.status_code >= 500:
            failure = from_status(answer.status_code, answer.headers, answer.content, self._secret)
            return Health(ok=False, detail=failure.message)
        has = "is healthy" if answer.is_success else "answers, has no /health"
        return Health(ok=True, detail=f"the endpoint {has}", facts={"health_status": answer.status_code})

    async def _hub_health(self) -> Health:
        wanted = ["inferenceProviderMapping", "pipeline_tag", "sha"]
        hub = self._hub.HfApi(token=self._secret.reveal())
        info = await asyncio.to_thread(hub.model_info, self.settings.model, expand=wanted, timeout=CONNECT_SECONDS)
        hosts = sorted(mapping.provider for mapping in info.inference_provider_mapping or ())
        facts = {"commit": info.sha, "pipeline_tag": info.pipeline_tag, "hosts": hosts}
        return Health(ok=True, detail=f"the Hub knows it; hosted by {', '.join(hosts) or 'nobody'}", facts=facts)


def _response_format(request: Request) -> dict[str, Any]:
    described = {"name": schema_name(request.schema_name), "schema": dict(request.schema or {}), "strict": True}
    return {"type": "json_schema", "json_schema": described}


def _as_hugging_face_means_it(failure: Failure, body: bytes) -> Failure:
    """A 503 is a model that loads, or an endpoint that wakes; and TGI's own faults may pass.

    Loading concerns the whole pool and may take minutes, so it is a rate limit to the runner: that closes the pool for
    as long as the server says and uses up none of the case's retries.
    """
    try:
        error = decode(body)
    except ValueError:
        error = None
    error = error[0] if isinstance(error, list) and error else error
    error = error if isinstance(error, Mapping) else {}
    if failure.status == 503:
        return replace(
            failure,
            kind=FailureKind.RATE_LIMITED,
            retry_after=_seconds(error.get("estimated_time"), failure.retry_after),
        )
    if error.get("error_type") in _SERVERS_FAULT:
        return replace(failure, kind=FailureKind.TRANSIENT)
    return failure


def _seconds(said: Any, otherwise: float | None) -> float | None:
    if isinstance(said, bool) or not isinstance(said, int | float) or not math.isfinite(said) or said < 0:
        return otherwise
    return float(said)
