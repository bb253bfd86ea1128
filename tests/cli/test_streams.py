"""Whoever reads stdout and stderr, in whatever encoding: the exit code stays the gate's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.commands import COMMAND, marker, shortlist, write_suite
from support.scripted_server import ScriptedServer, ok, status

PASSES = {"metric": "schema.pass", "at_least": 0.5}
FAKE = {"kind": "fake", "model": "org/[red]módel[/x] :fire:"}


def promoted(folder: Path) -> Path:
    return write_suite(folder, {"new": FAKE}, 12, rules=[PASSES])


def shell(line: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line}"],
        cwd=folder,
        capture_output=True,
        check=False,
        env={**os.environ, "S": str(COMMAND), **environment},
    )


@pytest.mark.parametrize(
    "line",
    [
        '"$S" run suite.yaml --out run | head -c 1',
        '"$S" run suite.yaml --out run --format json | head -c 1',
        '"$S" run suite.yaml --out run >&-',
        '"$S" run suite.yaml --out run 2>/dev/full',
        '{ "$S" run suite.yaml --out run 2>&1 >&3 | true; } 3>&1',
    ],
)
def test_a_reader_that_leaves_does_not_change_the_verdict(tmp_path: Path, line: str) -> None:
    """A broken pipe is exit code 1 by custom, and 1 says REJECT."""
    promoted(tmp_path)
    done = shell(line, tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "run" / "summary.json").read_text())["verdict"] == "PROMOTE"


def test_json_is_alone_on_stdout_even_when_stderr_is_closed(tmp_path: Path) -> None:
    promoted(tmp_path)
    done = shell('"$S" run suite.yaml --out run --format json 2>&-', tmp_path)
    assert done.returncode == 0
    assert json.loads(done.stdout)["verdict"] == "PROMOTE"


def test_what_cannot_be_printed_is_incomplete_and_never_a_rejection(tmp_path: Path) -> None:
    promoted(tmp_path)
    done = shell('"$S" run suite.yaml --out run >/dev/full', tmp_path)
    assert done.returncode == 4
    assert b"No space left on device" in done.stderr
    assert b"Traceback" not in done.stderr


def test_json_is_utf_8_and_text_is_escaped_where_the_locale_has_no_letters_for_it(tmp_path: Path) -> None:
    promoted(tmp_path)
    ascii_only = {"PYTHONIOENCODING": "ascii"}
    assert shell('"$S" run suite.yaml --out run', tmp_path, **ascii_only).returncode == 0
    text = shell('"$S" score run', tmp_path, **ascii_only)
    assert text.returncode == 0, text.stderr
    assert rb"org/[red]m\xf3del[/x] :fire:" in text.stdout
    as_json = shell('"$S" score run --format json', tmp_path, **ascii_only)
    assert json.loads(as_json.stdout.decode("utf-8"))["providers"]["new"]["model"] == FAKE["model"]
    assert shell('"$S" plan suite.yaml', tmp_path, **ascii_only).returncode == 0


@pytest.mark.parametrize("command", [("compare", "run"), ("plan", "suite.yaml"), ("score", "run")])
def test_a_models_name_is_no_markup(tmp_path: Path, command: tuple[str, ...]) -> None:
    suite = promoted(tmp_path)
    assert shortlist("run", suite, "--out", "run", cwd=tmp_path).code == 0
    done = shortlist(*command, cwd=tmp_path)
    assert done.code == 0, done.err
    if command[0] != "compare":  # which names providers only
        assert FAKE["model"] in done.out


def test_a_model_cannot_command_the_terminal(tmp_path: Path) -> None:
    title = "\x1b]0;owned\x07"
    script = {
        marker(0): ok(f"no JSON {title}"),
        marker(1): status(400, json.dumps({"error": {"message": f"bad {title}"}})),
        marker(2): status(401, json.dumps({"error": {"message": f"key {title}"}})),
    }
    with ScriptedServer(script) as server:
        settings = {"kind": "openai_compatible", "base_url": server.base_url, "model": "m", "stream": False}
        suite = write_suite(tmp_path, {"new": settings}, 3)
        done = shortlist("run", suite, "--out", "run", cwd=tmp_path)
    assert done.code == 4
    shown = [shortlist("show", "run", marker(number), cwd=tmp_path) for number in range(3)]
    printed = "".join([done.out, done.err, *(one.out for one in shown)])
    assert printed.count(r"\x1b]0;owned\x07") >= 3
    assert not {"\x1b", "\x07"} & set(printed)


def test_a_defect_of_ours_is_no_rejection(tmp_path: Path) -> None:
    """Python's own exit code for an exception is 1, and 1 says REJECT."""
    script = (
        "import sys, shortlist.cli, shortlist.pipeline as p\n"
        "p.open_workspace = lambda run: 1 / 0\n"
        "sys.argv = ['shortlist', 'score', 'x']\n"
        "shortlist.cli.main()"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert "ZeroDivisionError" in done.stderr
    assert "defect of Shortlist" in done.stderr
