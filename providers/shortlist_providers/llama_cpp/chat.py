"""Messages to prompt tokens: by the model's own chat template, or by one of the library's chat formats."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shortlist_providers.llama_cpp.faults import CannotGenerate, CannotLoad

_TEMPLATE = "tokenizer.chat_template"


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt as the model sees it."""

    tokens: list[int]
    stops: tuple[str, ...]
    """Strings that end an answer in this chat format, beside the model's own end tokens."""


class Chat:
    """Makes prompts.

    Raises:
        CannotLoad: the model has no chat template, and no chat format was named; or an unknown one was.
    """

    def __init__(self, library: Any, llama: Any, chat_format: str | None) -> None:
        self._llama = llama
        formats = library.llama_chat_format
        template = llama.metadata.get(_TEMPLATE)
        self.facts: Mapping[str, Any]
        if chat_format is not None:
            try:
                self._handler = formats.get_chat_completion_handler(chat_format)
            except formats.LlamaChatCompletionHandlerNotFoundException:
                raise CannotLoad(
                    f"llama-cpp-python has no chat_format {chat_format!r}; `chatml` and `llama-2` are two that it has. "
                    "Left out, the model's own chat template is used"
                ) from None
            self.facts = {"chat_format": chat_format}
        elif template is not None:
            vocabulary = library.llama_model_get_vocab(llama.model)
            formatter = formats.Jinja2ChatFormatter(
                template=template,
                eos_token=_spelling(library, vocabulary, llama.token_eos()),
                bos_token=_spelling(library, vocabulary, llama.token_bos()),
            )
            self._handler = formatter.to_chat_handler()
            self.facts = {"chat_template_sha256": hashlib.sha256(template.encode()).hexdigest()}
        else:
            raise CannotLoad(
                "the model's file holds no chat template; set chat_format, for example chat_format: chatml"
            )

    def prompt(self, messages: Sequence[Sequence[str]]) -> Prompt:
        """The prompt of `messages`.

        Raises:
            CannotGenerate: the template does not take them.
        """
        catcher = _PromptCatcher(self._llama)
        chat = [{"role": role, "content": content} for role, content in messages]
        try:
            self._handler(llama=catcher, messages=chat)
        except _Caught as caught:
            return caught.prompt
        except Exception as refused:  # whatever a template raises
            said = f"{type(refused).__name__}: {refused}"
            raise CannotGenerate(f"the chat template does not take these messages ({said})") from None
        raise CannotGenerate("the chat format completes nothing; leave chat_format out, or name another")


class _Caught(BaseException):
    """Carries a prompt out of a handler."""

    def __init__(self, prompt: Prompt) -> None:
        self.prompt = prompt


class _PromptCatcher:
    """Stands in for the model: the library offers chat formats only as handlers that complete at once."""

    verbose = False

    def __init__(self, llama: Any) -> None:
        self.tokenize = llama.tokenize

    def create_completion(self, *, prompt: list[int], stop: Sequence[str], **_: Any) -> None:
        raise _Caught(Prompt(prompt, tuple(text for text in stop if text)))


def _spelling(library: Any, vocabulary: Any, token: int) -> str:
    if token < 0:
        return ""
    text: bytes = library.llama_vocab_get_text(vocabulary, token)
    return text.decode("utf-8", "replace")
