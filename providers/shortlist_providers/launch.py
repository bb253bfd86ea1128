"""The configuration of a server that is started for a run and stopped after it. The engine's `run` does both."""

from __future__ import annotations

import re
import shlex
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

_SHELL_ONLY = frozenset({"|", "||", "&", "&&", ";", "<", ">", ">>", "2>&1"})
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_SECRET = (
    r"(?:[\w-]*[-_])?(?:(?:api|access|private)[-_]?key|(?:hf|hub|auth|access|api|bearer)[-_]token|password|secret)"
)
_SECRET_OPTION = re.compile(rf"-{{1,2}}{_SECRET}", re.IGNORECASE)
_SECRET_VALUE = re.compile(rf"(?P<name>(?:-{{1,2}})?{_SECRET})=.+", re.IGNORECASE)


def _words(command: Any) -> Any:
    """The command's words, from a text or a list of texts and numbers."""
    if isinstance(command, str):
        try:
            words = shlex.split(command)
        except ValueError as wrong:
            raise ValueError(f"{command!r} is no command line: {wrong}") from None
        _refuse_shell(words)
    elif isinstance(command, list | tuple) and all(
        isinstance(word, str | int | float) and not isinstance(word, bool) for word in command
    ):
        words = [str(word) for word in command]
    else:
        raise ValueError("must be a command line, or a list of its words (true and false in quotes)")
    if not words or not words[0]:
        raise ValueError("must not be empty")
    if any("\0" in word for word in words):
        raise ValueError("no word of a command can hold a NUL character")
    return words


def _refuse_shell(words: list[str]) -> None:
    if words and _ASSIGNMENT.match(words[0]):
        raise ValueError(f"{words[0]!r} is no program; put variables under env:")
    for word in words:
        if word in _SHELL_ONLY:
            raise ValueError(f"{word!r} is for a shell, and there is none; write command: [sh, -c, 'exec … {word} …']")


def _refuse_secrets(words: tuple[str, ...]) -> tuple[str, ...]:
    """A value that follows an option such as `--api-key` would be in the suite, in the manifest and in `ps`."""
    for at, word in enumerate(words):
        by_value = _SECRET_VALUE.fullmatch(word)
        if by_value or (_SECRET_OPTION.fullmatch(word) and at + 1 < len(words)):
            name = by_value["name"] if by_value else word
            raise ValueError(
                f"{name!r} would put a secret into a file; the server inherits your environment, so export the "
                "variable from which it reads its key (VLLM_API_KEY, LLAMA_API_KEY, docker run -e NAME …)"
            )
    return words


Command = Annotated[
    tuple[str, ...],
    BeforeValidator(_words),
    AfterValidator(_refuse_secrets),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {"type": "array", "minItems": 1, "items": {"type": ["string", "number"]}},
            ]
        }
    ),
]
VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]
A_DAY = 86_400
Patience = Annotated[float, Field(gt=0, le=A_DAY, allow_inf_nan=False)]


class Launch(BaseModel):
    """A server that Shortlist starts before the first case and stops after the last, also on Ctrl-C or a crash."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    command: Command
    """The server's command: one line, split into words as a shell would but run without one, or a list of words. It
    must stay in the foreground (no `docker run -d`), and must listen where `base_url` says. For docker: `--rm --init`.
    """
    env: dict[VariableName, Text] = Field(default_factory=dict)
    """Variables added to your environment, all of which the server inherits. No secrets: export those."""
    cwd: str = "."
    """The server's working folder, relative to the suite's."""
    ready_timeout: Patience = 600.0
    """Seconds that it may take to load before the run is given up."""
    ready_path: Annotated[str, Field(pattern=r"^/\S*$")] | None = None
    """A page, such as `/health`, that must answer with a 2xx status before the server counts as ready, for servers that
    answer before they have loaded. Taken from the root of `base_url`'s host."""
    stop_timeout: Patience = 20.0
    """Seconds that it has to end after SIGTERM; then it is killed."""
