"""Keys are sent in one header and shown nowhere: not in logs, errors, reprs or warnings, whatever a server answers."""

from __future__ import annotations

import asyncio
import logging
import traceback
from dataclasses import replace

import pytest

from shortlist_providers import Provider, ProviderUnavailable, Request
from support.conformance import Backend, Place, Situation, Subject
from support.conformance.driving import build, conforms, opened, run
from support.conformance.texts import SCHEMA

LOGGERS = (
    "aiohttp aiohttp.client anthropic asyncio huggingface_hub httpcore httpcore2 httpx httpx2 openai shortlist "
    "shortlist_providers urllib3"
)


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    for name in LOGGERS.split():
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


@conforms(Situation.LEAKS)
def test_no_key_is_shown_whatever_the_server_answers(
    subject: Subject,
    place: Place,
    everything_logged: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    seen: list[str] = []

    async def everything(backend: Backend) -> None:
        async with opened(backend) as provider:
            seen.append(repr((provider, provider.config, provider.context, provider.pool_key)))
            seen.append(provider.config.model_dump_json())
            seen.append(repr(await provider.health()))
            question = await subject.question(Situation.LEAKS, provider.generate, place)
            for number in range(subject.echoes):
                key = f"task@1/echo-{number}/candidate/0"
                await tell(provider, replace(question.request, key=key, schema=SCHEMA), seen)
            seen.append(repr(vars(provider)))

    with subject.backend(Situation.LEAKS, place) as backend:
        (key,) = backend.keys
        run(everything(backend))
        assert backend.sent_keys is None or backend.sent_keys() == {key}, "the key is sent, or nothing could leak"
    out = capfd.readouterr()
    seen += [out.out, out.err, everything_logged.text, *map(repr, everything_logged.records)]
    seen += [str(vars(record)) for record in everything_logged.records]
    assert len(key) > 16
    for text in seen:
        assert key not in text
        assert key[:12] not in text


async def tell(provider: Provider, request: Request, seen: list[str]) -> None:
    """Asks once and notes all that can be seen of it; gives up after a while, as the runner would."""
    try:
        async with asyncio.timeout(0.5):
            seen.append(repr(await provider.generate(request)))
    except TimeoutError as late:
        seen.append("".join(traceback.format_exception(late)))


@conforms(Situation.LEAKS)
def test_a_key_that_cannot_be_sent_is_not_shown_either(subject: Subject, place: Place) -> None:
    with subject.backend(Situation.LEAKS, place) as backend:
        name = backend.settings["api_key_env"]
        for value, says in (("sk-with-a\nline-break-0123456789", "characters"), ("", f"export {name}=")):
            provider = build(replace(backend, environment={name: value}))
            with pytest.raises(ProviderUnavailable, match=says) as unavailable:
                run(provider.startup())
            said = "".join(traceback.format_exception(unavailable.value))
            assert name in str(unavailable.value)
            assert not value or (value not in said and "0123456789" not in said)
            run(provider.shutdown())
