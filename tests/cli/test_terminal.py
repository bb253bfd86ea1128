"""On a real terminal (a pty), and interrupted there and elsewhere."""

from __future__ import annotations

import os
import pty
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.commands import COMMAND, finish, start, write_suite
from support.scripted_server import Behaviour, ScriptedServer, hang, ok, rate_limit

CTRL_C = b"\x03"


def served(server: ScriptedServer, folder: Path, pairs: int, **settings: Any) -> Path:
    config = {"kind": "openai_compatible", "base_url": server.base_url, "model": "m", "stream": False, **settings}
    return write_suite(folder, {"new": config}, pairs)


def on_a_terminal(folder: Path, press_at: Callable[[bytes], bool]) -> tuple[int, bytes]:
    """Runs the suite; presses Ctrl-C once when the screen is as `press_at` says. Its exit code and its screen."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.environ["COLUMNS"] = "120"
        os.execv(COMMAND, [str(COMMAND), "run", "suite.yaml", "--out", "run"])
    screen, pressed = b"", False
    while True:
        try:
            read = os.read(terminal, 65_536)
        except OSError:  # the other side is gone
            break
        screen += read
        if not pressed and press_at(screen):
            pressed = True
            os.write(terminal, CTRL_C)
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), screen


def test_the_display_stays_true_while_everything_hangs_and_ctrl_c_leaves_it_clean(tmp_path: Path) -> None:
    def answer(number: int, body: Any) -> Behaviour:
        return ok() if number <= 4 else hang()

    with ScriptedServer(answer) as server:
        served(server, tmp_path, 20, concurrency=4)
        code, screen = on_a_terminal(tmp_path, lambda screen: b"4/20 done" in screen)
    assert code == 130
    assert b"4 of 20 cases are saved" in screen
    assert b"go on with: shortlist run" in screen
    assert screen.count(b"\x1b[?25l") == screen.count(b"\x1b[?25h")  # the cursor is hidden, and shown again
    assert b"Traceback" not in screen


@pytest.mark.parametrize("behaviour", [hang(), rate_limit(300), rate_limit(None)], ids=["hangs", "waits", "backs off"])
def test_ctrl_c_again_and_again_still_says_how_to_go_on(tmp_path: Path, behaviour: Behaviour) -> None:
    with ScriptedServer(default=behaviour) as server:
        process = start("run", served(server, tmp_path, 8, concurrency=4), "--out", "run", cwd=tmp_path)
        while len(server.log) < 2:
            time.sleep(0.005)
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
            time.sleep(0.001)
        done = finish(process)
    assert done.code == 130
    assert re.search(r"0 of 8 cases are saved in run\ngo on with: shortlist run \S+suite.yaml --resume run", done.err)
    assert "Traceback" not in done.err


def test_ctrl_c_while_scores_are_made_says_how_to_go_on(tmp_path: Path) -> None:
    suite = write_suite(tmp_path, {"new": {"kind": "fake"}}, 3000)
    process = start("run", suite, "--out", "run", cwd=tmp_path)
    while process.stderr is not None and "3000/3000 done" not in process.stderr.readline():
        pass
    process.send_signal(signal.SIGINT)
    done = finish(process)
    assert done.code == 130
    assert "go on with: shortlist run" in done.err


def test_a_lost_terminal_ends_the_run_in_order(tmp_path: Path) -> None:
    with ScriptedServer(default=hang()) as server:
        process = start("run", served(server, tmp_path, 8), "--out", "run", cwd=tmp_path)
        while not server.log:
            time.sleep(0.005)
        process.send_signal(signal.SIGHUP)
        done = finish(process)
    assert done.code == 130
    assert "go on with" in done.err


def test_a_signal_that_the_run_was_started_to_ignore_stays_ignored(tmp_path: Path) -> None:
    """`nohup shortlist run …`, and `shortlist run … &` in a script."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ScriptedServer(default=ok(delay=0.1)) as server:
            process = start("run", served(server, tmp_path, 8, concurrency=2), "--out", "run", cwd=tmp_path)
            while not server.log:
                time.sleep(0.005)
            process.send_signal(signal.SIGHUP)
            done = finish(process)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert done.code == 0, done.err
