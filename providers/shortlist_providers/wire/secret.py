"""Keys: named in a suite, looked up at startup, and shown nowhere."""

from __future__ import annotations

from collections.abc import Mapping

from shortlist_providers.errors import ProviderUnavailable

REDACTED = "[redacted]"
_SURELY_A_KEY = 16
"""Characters. Servers without keys are given words such as EMPTY or none, which a model may well write itself."""


class Secret:
    """A key under the name of its environment variable. Its representation shows the name only."""

    __slots__ = ("_value", "name")

    def __init__(self, name: str, value: str) -> None:
        self.name = name
        self._value = value

    def __repr__(self) -> str:
        return f"Secret({self.name!r})"

    def __bool__(self) -> bool:
        return bool(self._value)

    def reveal(self) -> str:
        """The key itself, for the one header that carries it."""
        return self._value

    def scrub(self, text: str) -> str:
        """`text` with the key blacked out, wherever a server echoed it."""
        return text.replace(self._value, REDACTED) if self._value else text

    def scrub_output(self, text: str) -> str:
        """`text`, which a model wrote, with the key blacked out if it can be nothing but a key."""
        return self.scrub(text) if len(self._value) >= _SURELY_A_KEY else text


NO_SECRET = Secret("", "")


def look_up(name: str | None, environment: Mapping[str, str]) -> Secret:
    """The key that the environment holds under `name`; no name asks for none.

    Raises:
        ProviderUnavailable: the variable is unset or empty, or holds what no HTTP header can carry.
    """
    if name is None:
        return NO_SECRET
    value = environment.get(name, "").strip()
    if not value:
        raise ProviderUnavailable(
            f"the environment variable {name} is not set, and this provider's api_key_env names it; "
            f"run: export {name}=<your key>"
        )
    if not (value.isascii() and value.isprintable()):
        raise ProviderUnavailable(
            f"the environment variable {name} holds characters that no HTTP header can carry; "
            "a key is printable ASCII on one line"
        )
    return Secret(name, value)
