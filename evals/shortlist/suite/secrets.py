"""Secrets are only ever named (DESIGN §3): what looks like one is refused before anything quotes it."""

from __future__ import annotations

import re
from typing import Any

from shortlist.documents import Findings, Where

_SECRET_KEY = re.compile(
    r"(.*_)?(api_?key|access_?key|private_?key|password|passwd|secret|authorization|credentials?|cookie|bearer)"
    r"|((access|auth|bearer|api|hf|refresh|session|id)_?)?token"
)
_URL_LOGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/@\s]*:[^/@\s]*@", re.I)
_SCRIPTED = ("output", "outputs")  # what a `fake` provider answers: data, whatever its keys are called


def refuse_secrets(value: Any, where: Where, findings: Findings) -> None:
    """Reports every key that would hold a secret and every URL with a password, at any depth of a provider."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if _SECRET_KEY.fullmatch(key.lower().replace("-", "_")):
                findings.add(
                    (*where, key),
                    f"{key!r} would put a secret into a file; name the environment variable with api_key_env",
                )
            elif key not in _SCRIPTED:
                refuse_secrets(inner, (*where, key), findings)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            refuse_secrets(inner, (*where, index), findings)
    elif isinstance(value, str) and _URL_LOGIN.match(value):
        findings.add(where, "the URL holds a password; leave it out and name the environment variable with api_key_env")
