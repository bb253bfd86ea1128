"""Text generation: one request, from its messages to a classified `Generation`. Runs in the worker thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from shortlist_providers.constrained import matcher_grammar
from shortlist_providers.errors import ProviderUnavailable
from shortlist_providers.transformers.config import TransformersConfig
from shortlist_providers.transformers.loading import Loaded
from shortlist_providers.transformers.steps import Choice, Constraint, Watch
from shortlist_providers.types import (
    Failure,
    FailureKind,
    FinishReason,
    Generation,
    Message,
    Request,
    Sampling,
    Timings,
    Usage,
)
from shortlist_providers.wire.decode import sound
from shortlist_providers.wire.failures import MAX_MESSAGE_CHARS, Failed, bounded

_SCHEMAS_KEPT = 16


@dataclass(frozen=True, slots=True)
class _Grammar:
    """A schema made ready; held so that its id is not reused."""

    schema: Mapping[str, Any]
    matcher: Any
    unhonoured: tuple[str, ...]


class TextGenerator:
    """Generates with a loaded model. Not for use from two threads at once.

    Sampling is plain: what a request leaves open is temperature 1, top_p 1, no top_k and no penalties, whatever the
    model's `generation_config.json` recommends. Temperature 0 takes the likeliest token.
    """

    def __init__(self, loaded: Loaded, config: TransformersConfig, clock: Callable[[], float]) -> None:
        self._loaded = loaded
        self._config = config
        self._clock = clock
        self._grammars: dict[int, _Grammar] = {}
        self._llguidance: Any = None
        self._vocabulary: Any = None
        """llguidance's view of the tokenizer."""
        if config.structured == "llguidance":
            self._load_llguidance()
        self._warm_up()

    def _load_llguidance(self) -> None:
        if find_spec("llguidance") is None:
            raise ProviderUnavailable(
                "`structured: llguidance` needs the package llguidance, which is not installed; run: "
                "pip install llguidance, or say `structured: none`"
            )
        try:
            self._vocabulary = import_module("llguidance.hf").from_tokenizer(
                self._loaded.tokenizer,
                n_vocab=self._loaded.model.get_output_embeddings().weight.shape[0],
                eos_token=list(self._loaded.ends) or None,
            )
        except ValueError as wrong:
            raise ProviderUnavailable(
                f"llguidance cannot read the tokenizer of {self._config.model!r} ({wrong}); say `structured: none`"
            ) from wrong
        self._llguidance = import_module("llguidance")

    def _warm_up(self) -> None:
        """Generates one token: what is set up on first use must not be measured as the first case's latency."""
        token = self._loaded.torch.tensor([[self._loaded.ends[0] if self._loaded.ends else 0]])
        try:
            self._run(token, 1, [], None)
        except Exception as wrong:  # whatever the model or its device does
            said = bounded(str(wrong), MAX_MESSAGE_CHARS)
            raise ProviderUnavailable(f"model {self._config.model!r} loads, but cannot generate: {said}") from wrong

    def generate(self, request: Request, cancelled: threading.Event) -> Generation:
        """Makes one attempt; never raises for what model, tokenizer or grammar do. `cancelled` ends it early."""
        sent = self._clock()
        usage = Usage()
        try:
            prompt, unhonoured = self._prompt(request.messages)
            usage = Usage(input=len(prompt))
            room = self._room(len(prompt), request.sampling.max_tokens)
            constraint, not_held = self._constraint(request)
            watch = self._watch(request.sampling, cancelled)
            ids = self._loaded.torch.tensor([prompt])
            steps = [*constraint, *self._sampling(request.sampling)]
            output = self._run(ids, room, steps, watch)[len(prompt) :]
            return self._generation(output, watch, request, (sent, usage, (*unhonoured, *not_held), room))
        except Failed as failed:
            return self._failed(failed.failure, sent, usage)
        except Exception as wrong:  # out of memory, an index out of range in the model's code …
            said = bounded(str(wrong), MAX_MESSAGE_CHARS)
            failure = Failure(FailureKind.PERMANENT, f"the model raised {type(wrong).__name__}: {said}")
            return self._failed(failure, sent, usage)

    def _failed(self, failure: Failure, sent: float, usage: Usage) -> Generation:
        timings = Timings(sent, None, self._clock())
        return Generation(text=None, timings=timings, usage=usage, model=self._config.model, failure=failure)

    def _prompt(self, messages: Sequence[Message]) -> tuple[list[int], tuple[str, ...]]:
        """The prompt's tokens, by the model's own chat template.

        A model without one (a base model) is given the messages' texts with blank lines between, which is recorded.
        """
        tokenizer = self._loaded.tokenizer
        if not tokenizer.chat_template:
            text = "\n\n".join(sound(message.content) for message in messages) + "\n\n"
            return list(tokenizer(text, verbose=False)["input_ids"]), ("chat_template",)
        conversation = [{"role": message.role, "content": sound(message.content)} for message in messages]
        try:
            text = tokenizer.apply_chat_template(conversation, tokenize=False, add_generation_prompt=True)
        except Exception as refused:  # a template is a program: many refuse a system message, say
            said = bounded(str(refused), MAX_MESSAGE_CHARS)
            raise Failed(
                Failure(FailureKind.PERMANENT, f"the model's chat template refuses the messages: {said}")
            ) from None
        return list(tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]), ()

    def _room(self, prompt: int, wanted: int) -> int:
        context = self._loaded.context
        if context is None or prompt + wanted <= context:
            return wanted
        if prompt >= context:
            raise Failed(
                Failure(
                    FailureKind.PERMANENT, f"the prompt has {prompt} tokens, and the context has room for {context}"
                )
            )
        return context - prompt

    def _constraint(self, request: Request) -> tuple[list[Constraint], tuple[str, ...]]:
        if request.schema is None:
            return [], ()
        if self._llguidance is None:
            return [], ("schema",)
        known = self._grammars.get(id(request.schema))
        if known is None:
            if len(self._grammars) >= _SCHEMAS_KEPT:
                self._grammars.clear()
            known = self._grammars[id(request.schema)] = self._grammar(request.schema)
        if known.matcher is None:
            return [], known.unhonoured
        return [Constraint(known.matcher.deep_copy(), self._loaded.ends, self._loaded.torch)], known.unhonoured

    def _grammar(self, schema: Mapping[str, Any]) -> _Grammar:
        grammar, unhonoured = matcher_grammar(schema)
        if grammar is None:
            return _Grammar(schema, None, unhonoured)
        matcher = self._llguidance.LLMatcher(self._vocabulary, grammar, log_level=0)
        if matcher.is_error():
            why = f"llguidance cannot use this schema: {bounded(matcher.get_error(), MAX_MESSAGE_CHARS)}"
            raise Failed(Failure(FailureKind.PERMANENT, why))
        return _Grammar(schema, matcher, unhonoured)

    def _sampling(self, sampling: Sampling) -> list[Any]:
        if sampling.temperature == 0:
            return []
        library, steps = self._loaded.library, list[Any]()
        if sampling.temperature is not None and sampling.temperature != 1:
            steps.append(library.TemperatureLogitsWarper(float(sampling.temperature)))
        if sampling.top_p is not None and sampling.top_p < 1:
            steps.append(library.TopPLogitsWarper(float(sampling.top_p)))
        return [*steps, Choice(sampling.seed, self._loaded.torch)]

    def _watch(self, sampling: Sampling, cancelled: threading.Event) -> Watch:
        return Watch(self._clock, cancelled, sampling.stop, self._text_of, self._loaded.torch)

    def _text_of(self, tokens: Sequence[int]) -> str:
        text: str = self._loaded.tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return text

    def _run(self, ids: Any, room: int, steps: list[Any], watch: Watch | None) -> list[int]:
        """The tokens of prompt and output."""
        library = self._loaded.library
        ids = ids.to(self._loaded.device)
        whole = self._loaded.model.generate(
            ids,
            attention_mask=self._loaded.torch.ones_like(ids),
            do_sample=False,  # `Choice` draws
            max_new_tokens=room,
            logits_processor=library.LogitsProcessorList(steps),
            stopping_criteria=library.StoppingCriteriaList([] if watch is None else [watch]),
        )
        tokens: list[int] = whole[0].tolist()
        return tokens

    def _generation(
        self, output: list[int], watch: Watch, request: Request, so_far: tuple[float, Usage, tuple[str, ...], int]
    ) -> Generation:
        sent, usage, unhonoured, room = so_far
        timings = Timings(sent, watch.first_token, self._clock())
        ended = bool(output) and output[-1] in self._loaded.ends
        text = self._text_of(output[:-1] if ended else output)
        if watch.stopped:
            text = text[: min((at for stop in request.sampling.stop if (at := text.find(stop)) >= 0), default=None)]
        complete = ended or watch.stopped
        failure = None
        if not complete:
            of = "max_tokens" if room == request.sampling.max_tokens else "the context"
            failure = Failure(FailureKind.TRUNCATED, f"{of} cut the output after {len(output)} tokens")
        return Generation(
            text=sound(text),
            timings=timings,
            usage=Usage(input=usage.input, output=len(output)),
            finish_reason=FinishReason.STOP if complete else FinishReason.LENGTH,
            model=self._config.model,
            failure=failure,
            unhonoured=unhonoured,
        )
