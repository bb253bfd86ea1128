"""`shortlist serve-fake`."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import click

if TYPE_CHECKING:
    from shortlist_providers.fake_server import LogLine, Pace, Play, ServedFault

_FAULT = re.compile(r"(?P<on>.+?)=(?P<kind>[a-z_]+)(?P<options>(,[a-z_]+=[^,=]+)*)", re.DOTALL)
_BLOCK = """\
# paste under providers: in a suite
fake_custom: {{kind: custom_http, base_url: "{url}"{key}}}
fake_chat: {{kind: openai_compatible, base_url: "{url}/v1", model: {model}{key}}}
fake_claude: {{kind: claude, base_url: "{url}", model: {model}{claude_key}}}\
"""


def _duration(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    from shortlist.suite.quantities import seconds

    try:
        return None if value is None else float(seconds(value))
    except ValueError as wrong:
        raise click.BadParameter(str(wrong), ctx, param) from None


class _Options(TypedDict):
    host: str
    port: int
    model: tuple[str, ...]
    latency: float | None
    first_token: float
    tokens_per_second: float | None
    fault: tuple[str, ...]
    faults: Path | None
    outputs: Path | None
    key_env: str | None
    log: Path | None


@click.command("serve-fake")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0: any that is free.")
@click.option("--model", multiple=True, default=["fake"], help="What /v1/models lists; may be said several times.")
@click.option("--latency", callback=_duration, metavar="TIME", help="To the last token, e.g. 200ms.")
@click.option(
    "--first-token", callback=_duration, metavar="TIME", default="0s", help="To the first token of a stream, e.g. 50ms."
)
@click.option("--tokens-per-second", type=click.FloatRange(min=0, min_open=True), help="In place of --latency.")
@click.option("--fault", multiple=True, metavar="ON=KIND[,…]", help="E.g. every:10=rate_limited,retry_after=1")
@click.option("--faults", type=click.Path(path_type=Path), help="A YAML file with `faults:`, as for kind fake.")
@click.option("--outputs", type=click.Path(path_type=Path), help="A YAML file: text of a prompt -> its answer.")
@click.option("--key-env", metavar="NAME", help="Let in only the key that this variable holds.")
@click.option("--log", type=click.Path(path_type=Path), help="Append a line of JSON for every request.")
def command(**options: Unpack[_Options]) -> None:
    """Serve made-up answers for dry runs until Ctrl-C: no model, faults by script.

    Answers POST /generate, /structured_generate (kind custom_http), /v1/chat/completions and /v1/messages with a
    minimal value of the request's JSON Schema.

    ON is `every:N`, `first:N` or a text of the prompt; KIND is rate_limited, transient, permanent, malformed, refused,
    truncated, hang, crash or drop. After a comma: retry_after=SECONDS, attempts=N, form=html|empty|half_json.
    """
    import asyncio

    from shortlist_providers.fake_server import Play

    play = Play(
        faults=(*_faults_of(options["fault"]), *_faults_in(options["faults"])),
        outputs=_outputs_in(options["outputs"]),
        pace=_pace(options),
        models=tuple(options["model"]),
        key=_key(options["key_env"]),
    )
    with _log_to(options["log"]) as log:
        counts = asyncio.run(_serve(play, options, log))
    click.echo(f"answered {counts[0]} requests, {counts[1]} of them with a fault", err=True)


async def _serve(play: Play, options: _Options, log: Callable[[LogLine], None]) -> tuple[int, int]:
    import asyncio
    import signal

    from shortlist.errors import InputError
    from shortlist_providers.fake_server import FakeServer

    stopped = asyncio.Event()
    counted = [0, 0]

    def count(line: LogLine) -> None:
        counted[0] += 1
        counted[1] += line.fault is not None
        log(line)

    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    try:
        async with FakeServer(play, options["host"], options["port"], count) as server:
            click.echo(f"serving on {server.url}")
            click.echo(_block(server.url, play.models[0], options["key_env"]))
            await stopped.wait()
    except OSError as error:  # requests meet theirs inside the server
        raise InputError(
            f"cannot listen at {options['host']}:{options['port']}: {error.strerror or error}; "
            "give another --port, or --port 0 for any that is free"
        ) from None
    return counted[0], counted[1]


def _block(url: str, model: str, key_env: str | None) -> str:
    key = f", api_key_env: {key_env}" if key_env else ""
    return _BLOCK.format(url=url, model=json.dumps(model), key=key, claude_key=key or ", api_key_env: FAKE_KEY") + (
        "" if key else "   # export FAKE_KEY=any"
    )


@contextmanager
def _log_to(path: Path | None) -> Iterator[Callable[[LogLine], None]]:
    if path is None:
        yield lambda line: None
        return
    with path.open("a", encoding="utf-8", buffering=1) as file:
        yield lambda line: print(json.dumps(asdict(line)), file=file)


def _pace(options: _Options) -> Pace:
    from shortlist_providers.fake_server import Pace

    latency, first, rate = options["latency"], options["first_token"], options["tokens_per_second"]
    if latency is not None and rate is not None:
        raise click.UsageError("say --latency or --tokens-per-second, not both")
    if latency is not None and first > latency:
        raise click.UsageError(f"--first-token ({first:g} s) cannot come after the last ({latency:g} s)")
    return Pace(latency=latency or 0.0, first_token=first, per_token=None if rate is None else 1 / rate)


def _key(name: str | None) -> str | None:
    if name is None:
        return None
    value = os.environ.get(name, "").strip()
    if not value:
        raise click.UsageError(f"--key-env: the variable {name} is not set; run: export {name}=<any key>")
    return value


def _faults_of(texts: tuple[str, ...]) -> list[ServedFault]:
    from pydantic import ValidationError

    from shortlist_providers.fake_server import ServedFault

    found = []
    for text in texts:
        match = _FAULT.fullmatch(text)
        if match is None:
            raise click.UsageError(f"--fault {text!r} is not ON=KIND, such as every:10=rate_limited,retry_after=1")
        settings = dict(option.split("=") for option in match["options"].split(",") if option)
        try:
            found.append(ServedFault.model_validate({**settings, "on": match["on"], "kind": match["kind"]}))
        except ValidationError as wrong:
            said = "; ".join(f"{fault['loc'][-1] if fault['loc'] else ''} {fault['msg']}" for fault in wrong.errors())
            raise click.UsageError(f"--fault {text!r}: {said.strip()}") from None
    return found


def _faults_in(file: Path | None) -> list[ServedFault]:
    from shortlist.documents import read_yaml, validate
    from shortlist_providers.fake_server import Faults

    if file is None:
        return []
    document, findings = read_yaml(file)
    read = validate(Faults, document.value, (), findings)
    findings.raise_if_any()
    return list(read.faults) if read else []


def _outputs_in(file: Path | None) -> dict[str, Any]:
    from shortlist.documents import read_yaml

    if file is None:
        return {}
    document, findings = read_yaml(file)
    for marker, output in document.value.items():
        if not isinstance(output, str | dict):
            findings.add((marker,), "an output is text, or keys and values that become JSON")
    findings.raise_if_any()
    return document.value
