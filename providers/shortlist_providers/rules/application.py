"""cover_letter: the letter as plain text, in the résumé's language."""

from __future__ import annotations

from shortlist_providers.rules.achievements import ranked
from shortlist_providers.rules.fillers import plainly
from shortlist_providers.rules.foreign_letter import foreign_letter
from shortlist_providers.rules.letter import letter, short_letter
from shortlist_providers.rules.reading import Profile, Reading


def cover_letter(reading: Reading, profile: Profile) -> str:
    """Four paragraphs; one for the profile that does the least."""
    if profile == "keywords":
        return plainly(short_letter(reading.resume, reading.advert))
    if reading.language == "en":
        found = ranked(reading.resume, reading.findings)
        return letter(reading.resume, reading.advert, reading.findings, found)
    return foreign_letter(reading)
