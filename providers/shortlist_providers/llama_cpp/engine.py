"""The model in a worker process: a prompt in, tokens out."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from shortlist_providers.llama_cpp.chat import Chat
from shortlist_providers.llama_cpp.faults import CannotGenerate, Halted
from shortlist_providers.llama_cpp.loading import described, end_tokens, loaded, with_adapters
from shortlist_providers.llama_cpp.protocol import Job, Output, Settings
from shortlist_providers.llama_cpp.structured import Guide, Guides
from shortlist_providers.llama_cpp.text import Pieces, Text

_UNSEEDED = 0xFFFFFFFF
"""llama.cpp takes this for "a random seed"."""
_ABORTED = 2
"""What `llama_decode` returns when it was told to stop."""


class Engine:
    """A loaded model with one context.

    Uses the library's `Llama` to load, and llama.cpp's functions to generate: `Llama`'s own completion turns the whole
    prompt back into text for every token, counts nothing while it streams, and has defaults of its own for sampling.

    Raises:
        CannotLoad: the model, an adapter or the chat format.
    """

    def __init__(self, settings: Settings) -> None:
        self._lib = lib = import_module("llama_cpp")
        self._settings = settings
        self._llama = llama = loaded(lib, settings)
        self._context = llama.ctx
        self._memory = lib.llama_get_memory(self._context)
        self._adapters = with_adapters(lib, llama, settings)
        self._vocabulary = lib.llama_model_get_vocab(llama.model)
        self._n_vocab: int = lib.llama_vocab_n_tokens(self._vocabulary)
        self._n_ctx: int = llama.n_ctx()
        self._ends = end_tokens(lib, self._vocabulary, self._n_vocab)
        self._chat = Chat(lib, llama, settings.chat_format)
        self._guides = Guides(lib, self._vocabulary, self._ends, settings.structured)
        self._pieces = Pieces(lib, self._vocabulary)
        self._logits_address = 0
        self._logits: npt.NDArray[np.float32] = np.empty(0, np.float32)
        self._held: list[int] = []
        """The prompt whose keys and values the context holds."""
        self._warm_up()

    def facts(self) -> dict[str, Any]:
        """What a report should know of the engine and the model."""
        return {**described(self._lib, self._llama, self._settings), **self._chat.facts}

    def generate(self, job: Job, halted: Callable[[], bool], on_first: Callable[[], None]) -> Output:
        """Does a job; calls `on_first` when its first token is there.

        Raises:
            CannotGenerate: it would fail each time.
            Halted: `halted` said so.
        """
        prompt = self._chat.prompt(job.messages)
        room = self._n_ctx - len(prompt.tokens)
        if room < 1:
            raise CannotGenerate(self._no_room(len(prompt.tokens)))
        guide, unhonoured = self._guides.guide(job.schema)
        text = Text(self._pieces, (*job.stop, *prompt.stops))
        try:
            cached = self._take_in(prompt.tokens, halted)
            tokens, ended = self._write(job, min(job.max_tokens, room), (guide, text), (halted, on_first))
        except BaseException:
            self._forget()
            raise
        cut = "n_ctx" if room < job.max_tokens else "max_tokens"
        return Output(
            text=text.decoded(cut=not ended),
            finish="stop" if ended else cut,
            prompt_tokens=len(prompt.tokens),
            cached_tokens=cached,
            output_tokens=tokens,
            unhonoured=unhonoured,
        )

    def _no_room(self, tokens: int) -> str:
        trained = self._lib.llama_model_n_ctx_train(self._llama.model)
        advice = f"raise n_ctx, up to {trained}" if self._n_ctx < trained else "the model was trained for no more"
        return (
            f"the prompt has {tokens} tokens, and the context holds {self._n_ctx}, prompt and output together; {advice}"
        )

    def _take_in(self, prompt: list[int], halted: Callable[[], bool]) -> int:
        """Computes the prompt; returns how many of its tokens were there already."""
        lib, context, size = self._lib, self._context, self._settings.n_batch
        reused = self._reusable(prompt)
        if not reused or not lib.llama_memory_seq_rm(self._memory, 0, reused, -1):
            reused = 0
            self._forget()
        self._held = prompt
        tokens = (lib.llama_token * len(prompt))(*prompt)
        # A batch on a slow CPU takes many seconds. Tokens do not, and so are spared the price of the question.
        abort = lib.ggml_abort_callback(lambda _: halted())
        lib.llama_set_abort_callback(context, abort, None)
        try:
            for start in range(reused, len(prompt), size):
                if halted():
                    raise Halted
                part = ctypes.cast(
                    ctypes.byref(tokens, start * ctypes.sizeof(lib.llama_token)), ctypes.POINTER(lib.llama_token)
                )
                batch = lib.llama_batch_get_one(part, min(size, len(prompt) - start))
                _check(lib.llama_decode(context, batch))
        finally:
            lib.llama_set_abort_callback(context, lib.ggml_abort_callback(), None)
        return reused

    def _reusable(self, prompt: list[int]) -> int:
        """How many tokens of the prompt need not be computed again: whole batches, so that the arithmetic is the same.

        Another batch size would round otherwise, and then a seed's output would depend on what ran before it.
        """
        held, size = self._held, self._settings.n_batch
        if not self._settings.prompt_cache or held == prompt:
            return 0
        if self._lib.llama_memory_seq_pos_min(self._memory, 0) != 0:  # a sliding window has let go of the beginning
            return 0
        common = 0
        for ours, theirs in zip(held, prompt, strict=False):
            if ours != theirs:
                break
            common += 1
        return min(common, len(prompt) - 1) // size * size

    def _warm_up(self) -> None:
        """Reads the whole model once, as llama.cpp's server does, or the first request would wait for the disk."""
        lib, context = self._lib, self._context
        lib.llama_set_warmup(context, True)
        one = (lib.llama_token * 1)(self._ends[0] if self._ends else 0)
        lib.llama_decode(context, lib.llama_batch_get_one(one, 1))
        lib.llama_set_warmup(context, False)
        lib.llama_synchronize(context)
        self._forget()

    def _forget(self) -> None:
        self._held = []
        self._lib.llama_memory_clear(self._memory, False)

    def _write(
        self,
        job: Job,
        most: int,
        made: tuple[Guide | None, Text],
        told: tuple[Callable[[], bool], Callable[[], None]],
    ) -> tuple[int, bool]:
        """Generates up to `most` tokens; returns how many, and whether the output came to its own end."""
        guide, text = made
        halted, on_first = told
        lib, context, ends = self._lib, self._context, set(self._ends)
        sample, decode = lib.llama_sampler_sample, lib.llama_decode
        one = (lib.llama_token * 1)()
        batch = lib.llama_batch_get_one(one, 1)
        chain = self._samplers(job, guide)
        try:
            for count in range(1, most + 1):
                if guide is not None:
                    guide.mask(self._next_logits())
                token = sample(chain, context, -1)
                if token in ends:
                    return count - 1, True
                complete = guide.take(token) if guide is not None else False
                stopped = text.add(token)
                if count == 1:
                    on_first()
                if complete or stopped:
                    return count, True
                if halted():
                    raise Halted
                if count < most:
                    one[0] = token
                    _check(decode(context, batch))
        finally:
            lib.llama_sampler_free(chain)
        return most, False

    def _next_logits(self) -> npt.NDArray[np.float32]:
        """The logits of the next token, as llama.cpp holds them: what is written here is what it samples from."""
        pointer = self._lib.llama_get_logits_ith(self._context, -1)
        address = ctypes.addressof(pointer.contents)
        if address != self._logits_address:
            self._logits_address = address
            self._logits = np.ctypeslib.as_array(pointer, shape=(self._n_vocab,))
        return self._logits

    def _samplers(self, job: Job, guide: Guide | None) -> Any:
        """What chooses a token: the guide, then top_p and temperature in llama.cpp's order, then chance.

        What the suite does not say is neutral: temperature 1, top_p 1, no top_k, no min_p, no penalties.
        """
        lib = self._lib
        chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())

        def add(sampler: Any) -> None:
            lib.llama_sampler_chain_add(chain, sampler)

        if guide is not None:
            guide.begin(chain)
        if job.temperature == 0:
            add(lib.llama_sampler_init_greedy())
            return chain
        if job.top_p is not None and job.top_p < 1:
            add(lib.llama_sampler_init_top_p(job.top_p, 1))
        if job.temperature is not None:
            add(lib.llama_sampler_init_temp(job.temperature))
        add(lib.llama_sampler_init_dist(_UNSEEDED if job.seed is None else job.seed % _UNSEEDED))
        return chain


def _check(status: int) -> None:
    if status == _ABORTED:
        raise Halted
    if status != 0:
        raise RuntimeError(f"llama_decode failed with status {status}")
