"""`${VAR}` and `${VAR:-default}` in the strings of a document."""

from __future__ import annotations

import re
from collections.abc import Mapping

_REFERENCE = re.compile(r"\$\$\{|\$\{(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<rest>:-(?P<default>[^}]*))?\})?")
_SECRET_NAME = re.compile(r"(API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$", re.I)


def expand(text: str, environment: Mapping[str, str]) -> str:
    """`text` with its variables replaced. `$${` stands for a literal `${`; what is put in is not expanded again.

    As in a shell, `:-default` also stands in for a variable that is set and empty.

    Raises:
        ValueError: a variable is not set and has no default, or holds a secret, or the spelling is wrong.
    """

    def value_of(match: re.Match[str]) -> str:
        if match[0] == "$${":
            return "${"
        name, default = match["name"], match["default"]
        if name is None:
            raise ValueError(
                f"{text!r} holds a '${{' that begins no variable; allowed: ${{VAR}}, ${{VAR:-default}}, "
                "and $${ for a literal ${"
            )
        if _SECRET_NAME.search(name):
            raise ValueError(
                f"${{{name}}} would write a secret into the run's files; name the environment variable instead, "
                f"with api_key_env: {name}"
            )
        value = environment.get(name)
        if value or (value is not None and default is None):
            return value
        if default is None:
            raise ValueError(
                f"the environment variable {name} is not set; set it, or give a default: ${{{name}:-default}}"
            )
        return str(default)

    return _REFERENCE.sub(value_of, text)


def is_one_reference(text: str) -> bool:
    """Whether `text` is wholly one `${…}`."""
    match = _REFERENCE.fullmatch(text)
    return match is not None and match["name"] is not None
