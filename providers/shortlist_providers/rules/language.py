"""Which of five languages a text is written in, by its commonest words."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal

from shortlist_providers.rules.lines import fold

Language = Literal["en", "es", "fr", "de", "pt"]
_COMMON: Final[dict[Language, frozenset[str]]] = {
    "en": frozenset("the and of to for with you we our your is are will have on this that by from".split()),  # noqa: SIM905
    "es": frozenset("el la los las y de del en con para por una un que se su al es como sus".split()),  # noqa: SIM905
    "fr": frozenset("le la les et des du en avec pour par une un que vous nous au aux est sur dans".split()),  # noqa: SIM905
    "de": frozenset("der die das und mit fur in im von zu den ein eine sie wir bei als auf ist am".split()),  # noqa: SIM905
    "pt": frozenset("o a os as e de do da em com para por uma um que se no na dos das ao nos".split()),  # noqa: SIM905
}
"""Folded: lower case, without diacritics."""
_TELLING: Final[tuple[tuple[Language, re.Pattern[str]], ...]] = (
    ("pt", re.compile(r"[ãõ]|ções\b|\bnão\b|\bvocê\b", re.IGNORECASE)),
    ("es", re.compile(r"[ñ¿¡]|ciones\b|\bmás\b", re.IGNORECASE)),
    ("de", re.compile(r"[äß]|\bfür\b|ungen\b", re.IGNORECASE)),
    ("fr", re.compile(r"[èêœ]|\b[dlq]['’][aeéèhiou]", re.IGNORECASE)),
)
"""Letters and endings that one of the languages has and the others have not."""
_WORD = re.compile(r"[^\W\d_]+")
_READ = 6000
"""Characters that are looked at."""


@lru_cache(maxsize=256)
def language_of(text: str) -> Language:
    """The language whose common words make up most of `text`; "en" where there is no sign of any."""
    text = text[:_READ]
    words = _WORD.findall(fold(text))
    counts: dict[Language, float] = {name: sum(word in common for word in words) for name, common in _COMMON.items()}
    for name, pattern in _TELLING:
        counts[name] += 3 * len(pattern.findall(text))
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] > counts["en"] else "en"


def common_share(text: str) -> float:
    """The share of words of `text` that are common in any of the five languages."""
    words = _WORD.findall(fold(text[:_READ]))
    common = frozenset[str]().union(*_COMMON.values())
    return sum(word in common for word in words) / len(words) if words else 0.0
