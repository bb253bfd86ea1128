"""A worker process: `python -m shortlist_providers.llama_cpp.worker`, spoken to by pipes.

llama.cpp runs here and not beside the provider, since some inputs end the whole process; it is then one failed request.
The process ends with its provider, however that ends: its standard input closes, also in the middle of a generation.
"""

from __future__ import annotations

import os
import queue
import threading
from importlib import import_module
from typing import Any, BinaryIO

from shortlist_providers.llama_cpp import protocol
from shortlist_providers.llama_cpp.engine import Engine
from shortlist_providers.llama_cpp.faults import CannotGenerate, CannotLoad, Halted
from shortlist_providers.llama_cpp.protocol import Job, Settings

_WARNING, _ERROR, _CONTINUED = 3, 4, 5
"""Levels of llama.cpp's log, for which the library has no names."""


class _Line:
    """The line to the provider."""

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._waiting: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self.cancelled = -1
        """The number of the job that was cancelled last."""
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while (message := protocol.read(self._incoming)) is not None:
            kind, content = message
            if kind == "cancel":
                self.cancelled = content
            else:
                self._waiting.put(message)
        os._exit(0)  # the provider is gone, and what is being generated is for nobody

    def next(self) -> Any:
        """What is asked next."""
        return self._waiting.get()[1]

    def say(self, kind: str, content: Any = None) -> None:
        self._outgoing.write(protocol.frame(kind, content))
        self._outgoing.flush()


def main() -> None:
    """Loads a model and does one job after another."""
    line = _Line(*_own_pipes())
    settings = Settings(**line.next())
    kept = _keep_log(import_module("llama_cpp"))
    try:
        engine = Engine(settings)
    except CannotLoad as failed:
        line.say("unavailable", str(failed))
        return
    line.say("ready", engine.facts())
    while True:
        _work(engine, Job(**line.next()), line)
        assert kept  # llama.cpp calls it; it must not be collected


def _work(engine: Engine, job: Job, line: _Line) -> None:
    def halted() -> bool:
        return line.cancelled == job.number

    try:
        output = engine.generate(job, halted, lambda: line.say("first", job.number))
    except Halted:
        line.say("cancelled", job.number)
    except CannotGenerate as failed:
        line.say("failed", {"permanent": True, "message": str(failed)})
    except Exception as failed:  # a fault of ours or of the library; another attempt may fare better
        line.say("failed", {"permanent": False, "message": f"{type(failed).__name__}: {failed}"})
    else:
        line.say("done", output)


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to the provider, put where nothing that a library prints can get into them."""
    incoming, outgoing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return os.fdopen(incoming, "rb"), os.fdopen(outgoing, "wb")


def _keep_log(library: Any) -> Any:
    """Writes llama.cpp's warnings and errors to standard error, also while the library has that turned off."""
    log = os.dup(2)
    written = False

    def note(level: int, text: bytes, _: Any) -> None:
        nonlocal written
        written = level in (_WARNING, _ERROR) or (level == _CONTINUED and written)
        if written:
            os.write(log, text)

    callback = library.llama_log_callback(note)
    library.llama_log_set(callback, None)
    return callback


if __name__ == "__main__":
    main()
