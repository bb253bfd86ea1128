"""One provider's configuration, as its kind reads it."""

from __future__ import annotations

from typing import Any

from shortlist.documents import Findings, Where, validate
from shortlist.suite.secrets import refuse_secrets
from shortlist_providers import ProviderConfig, ProviderError, load_kind, require_extra


def read_config(settings: dict[str, Any], where: Where, findings: Findings, needed: bool) -> ProviderConfig | None:
    """The configuration that stands at `where`; what is wrong with it goes to `findings`.

    `needed`: whether what its kind needs must be installed.
    """
    refuse_secrets(settings, where, findings)
    kind = settings.get("kind")
    if not isinstance(kind, str):
        message = "must be text" if "kind" in settings else "missing key 'kind', e.g. kind: openai_compatible"
        findings.add((*where, "kind"), message)
        return None
    try:
        model = load_kind(kind).Config
        if needed and settings.get("optional") is not True:
            require_extra(kind)
    except ProviderError as error:
        findings.add((*where, "kind"), str(error))
        return None
    return validate(model, settings, where, findings)
