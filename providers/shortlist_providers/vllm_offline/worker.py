"""The process that holds the engine: `python -m shortlist_providers.vllm_offline.worker`, started by `engine.py`.

A process of its own, since vLLM's engine may take its process down (a fault in a kernel, no memory), prints to
standard output, changes the process's environment and cannot be interrupted while it loads. One JSON object a line:

    in   {"load": …}, then any number of {"ask": id, …} and {"drop": [id, …]}; the end of the input ends the engine
    out  {"ready": facts} or {"failed": why}, then one {"answer": id, …} for each ask that is not dropped; {"lost": why}
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from multiprocessing.connection import wait
from queue import Empty, SimpleQueue
from typing import Any, BinaryIO

import orjson

GRACE = 8.0
"""Seconds from the end of the input until this process and all that it started are killed."""
_ADDED_BETWEEN_STEPS = 64
"""Most requests that are added before the engine steps again, so that a long batch brings its first answers early."""

Message = dict[str, Any]


def main() -> None:
    """Serves until the input ends."""
    # Replies get a channel of their own; whatever vLLM and its libraries print goes where errors go.
    replies = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    _prepare_environment()
    inbox = Inbox(sys.stdin.buffer)
    writer = Writer(replies)
    load = inbox.take()
    if load is None:
        return
    try:
        engine = Engine(load["load"])
    except Exception as failed:
        writer.write({"failed": f"{type(failed).__name__}: {failed}"})
        return
    ending = threading.Event()
    _mourn_children(writer, ending)
    writer.write({"ready": engine.facts()})
    try:
        serve(engine, inbox, writer)
    except Exception as died:
        writer.write({"lost": f"{type(died).__name__}: {died}"})
    ending.set()
    with contextlib.suppress(Exception):  # an engine that has died need not end well
        engine.shut_down()
    os._exit(0)  # what torch and its kind do at the end of a process takes seconds, and frees nothing more


def _prepare_environment() -> None:
    """What vLLM reads from the environment when it is imported; what a user has set stays."""
    environment = os.environ
    environment["PYTHONSAFEPATH"] = "1"  # vLLM's own processes must not find a folder `datasets` where they start
    environment.setdefault("VLLM_NO_USAGE_STATS", "1")  # or every run is reported to vLLM's makers
    environment.setdefault("VLLM_LOGGING_LEVEL", "ERROR")  # hundreds of lines a load
    environment.setdefault("VLLM_LOGGING_STREAM", "ext://sys.stderr")  # its default is standard output
    environment.setdefault("VLLM_WORKER_MULTIPROC_METHOD", "spawn")  # a fork of a process with threads may hang
    environment.setdefault("TOKENIZERS_PARALLELISM", "false")  # or it warns at every fork


def serve(engine: Engine, inbox: Inbox, writer: Writer) -> None:
    """Adds what is asked and steps the engine, until the input ends."""
    while True:
        for _ in range(_ADDED_BETWEEN_STEPS):
            message = inbox.take(waiting=not engine.busy())
            if message is None:
                if inbox.ended:
                    return
                break
            if "drop" in message:
                engine.drop(message["drop"])
            elif message["ask"] not in inbox.dropped:
                refusal = engine.add(message)
                if refusal is not None:
                    writer.write({"answer": message["ask"], "refused": refusal})
        if engine.busy():
            for answer in engine.step():
                writer.write(answer)


class Inbox:
    """What the parent says, read by a thread, so that `drop` reaches asks that have not been added yet."""

    def __init__(self, source: BinaryIO) -> None:
        self._messages: SimpleQueue[Message | None] = SimpleQueue()
        self.dropped: set[int] = set()
        self.ended = False
        threading.Thread(target=self._read, args=(source,), name="inbox", daemon=True).start()

    def take(self, waiting: bool = True) -> Message | None:
        """The next message; None at the end of the input, and where there is none and it is not waited for."""
        try:
            message = self._messages.get(block=waiting)
        except Empty:
            return None
        self.ended = self.ended or message is None
        return message

    def _read(self, source: BinaryIO) -> None:
        for line in source:
            message = orjson.loads(line)
            self.dropped.update(message.get("drop", ()))
            self._messages.put(message)
        self._messages.put(None)
        time.sleep(GRACE)
        os.killpg(os.getpgid(0), signal.SIGKILL)  # a group of our own, which holds vLLM's processes, too


class Writer:
    """One reply a line. A parent that is gone is no fault: the end of the input tells."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._lock = threading.Lock()

    def write(self, reply: Message) -> None:
        """Sends `reply`."""
        line = memoryview(orjson.dumps(reply, option=orjson.OPT_APPEND_NEWLINE))
        with self._lock:
            try:
                while line:
                    line = line[self._target.write(line) :]
            except BrokenPipeError:
                return


def _mourn_children(writer: Writer, ending: threading.Event) -> None:
    """Ends this process when one of vLLM's own dies unasked: vLLM would wait for its answer without end."""
    children = multiprocessing.active_children()
    if not children:
        return

    def watch() -> None:
        wait([child.sentinel for child in children])
        if ending.is_set():
            return
        codes = ", ".join(str(child.exitcode) for child in children if child.exitcode is not None)
        writer.write({"lost": f"a process of the engine ended (exit code {codes})"})
        os.killpg(os.getpgid(0), signal.SIGKILL)

    threading.Thread(target=watch, name="mourner", daemon=True).start()


class Engine:
    """`vllm.LLM`, driven request by request."""

    def __init__(self, load: Message) -> None:
        import vllm  # noqa: PLC0415 - after the environment is prepared
        from vllm.platforms import current_platform  # noqa: PLC0415 - likewise
        from vllm.v1.engine.exceptions import EngineDeadError  # noqa: PLC0415 - likewise

        if current_platform.is_cpu():
            # On a CPU, an engine in yet another process waits for the same cores: slower, and loads in 25 s, not 6.
            os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
        if not hasattr(vllm.LLM, "enqueue_chat"):
            raise RuntimeError(f"vLLM {vllm.__version__} is too old; install 0.32 or newer")
        self._vllm = vllm
        self._dead = EngineDeadError
        self._device = current_platform.get_device_name() or current_platform.device_type
        self._llm: Any = vllm.LLM(**load["arguments"])
        self._lora: Any = None
        if load["lora"] is not None:
            from vllm.lora.request import LoRARequest  # noqa: PLC0415 - likewise

            self._lora = LoRARequest(load["lora"]["name"], 1, load["lora"]["path"])
        self._structured: bool = load["structured"]
        # vLLM gives {} where generation_config is "vllm"; these then are the defaults of SamplingParams.
        self._defaults: Message = self._llm.model_config.get_diff_sampling_param()
        self._asks: dict[str, int] = {}

    def busy(self) -> bool:
        """Whether anything is left to be generated."""
        return bool(self._llm.llm_engine.has_unfinished_requests())

    def add(self, ask: Message) -> str | None:
        """Queues a request; returns why vLLM refuses it, if it does."""
        sampling = {**self._defaults, **ask["sampling"]}
        try:
            if ask["schema"] is not None and self._structured:
                outputs = self._vllm.sampling_params.StructuredOutputsParams(json=ask["schema"])
                sampling["structured_outputs"] = outputs
            params = self._vllm.SamplingParams(**sampling)
            (name,) = self._llm.enqueue_chat([ask["messages"]], params, use_tqdm=False, lora_request=self._lora)
        except self._dead:
            raise
        except Exception as refused:  # too long, a schema that no grammar can be made of, a template that fails …
            return str(refused) or type(refused).__name__
        # vLLM tells finished requests by the name without the random part that it appends.
        self._asks[name.partition("-")[0]] = ask["ask"]
        return None

    def drop(self, asks: list[int]) -> None:
        """Abandons requests."""
        gone = set(asks)
        names = [name for name, ask in self._asks.items() if ask in gone]
        for name in names:
            del self._asks[name]
        if names:
            self._llm.llm_engine.abort_request(names)

    def step(self) -> list[Message]:
        """One step of the engine; the answers that it ended."""
        finished = (output for output in self._llm.llm_engine.step() if output.finished)
        return [
            _answer(self._asks.pop(output.request_id), output) for output in finished if output.request_id in self._asks
        ]

    def facts(self) -> Message:
        """What the engine says of itself, for the manifest."""
        config = self._llm.llm_engine.vllm_config
        model, cache = config.model_config, config.cache_config
        facts = {
            "version": self._vllm.__version__,
            "device": self._device,
            "dtype": str(model.dtype).removeprefix("torch."),
            "quantization": model.quantization,
            "max_model_len": model.max_model_len,
            "tensor_parallel_size": config.parallel_config.tensor_parallel_size,
            "max_num_seqs": config.scheduler_config.max_num_seqs,
            "enforce_eager": model.enforce_eager,
            "generation_config": model.generation_config,
            "sampling_defaults": self._defaults or None,
            "structured_outputs_backend": config.structured_outputs_config.backend if self._structured else None,
            "disable_any_whitespace": config.structured_outputs_config.disable_any_whitespace,
            "enable_prefix_caching": cache.enable_prefix_caching,
            "block_size": cache.block_size,
            "num_gpu_blocks": cache.num_gpu_blocks,
            "kv_cache_dtype": cache.cache_dtype,
            "lora": self._lora.lora_name if self._lora else None,
        }
        return {key: value for key, value in facts.items() if value is not None}

    def shut_down(self) -> None:
        """Ends vLLM's processes and frees what they hold."""
        self._llm.llm_engine.engine_core.shutdown()


def _answer(ask: int, output: Any) -> Message:
    completion = output.outputs[0]
    # Seconds on the machine's monotonic clock; 0.0 is vLLM's way to say "not yet".
    stats = output.metrics
    return {
        "answer": ask,
        "text": completion.text,
        "finish": completion.finish_reason,
        "prompt_tokens": len(output.prompt_token_ids or ()),
        "cached_tokens": output.num_cached_tokens,
        "output_tokens": len(completion.token_ids),
        "scheduled": (stats and stats.scheduled_ts) or None,
        "first_token": (stats and stats.first_token_ts) or None,
        "last_token": (stats and stats.last_token_ts) or None,
    }


if __name__ == "__main__":  # vLLM's own processes import this module again
    main()
