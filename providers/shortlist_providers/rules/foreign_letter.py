"""The cover letter in Spanish, French, German or Portuguese.

Bullets are quoted: their verbs cannot be turned into the first person safely.
"""

from __future__ import annotations

from shortlist_providers.rules.achievements import ranked
from shortlist_providers.rules.fillers import plainly
from shortlist_providers.rules.language import Language
from shortlist_providers.rules.letter import Achievement
from shortlist_providers.rules.lines import squeeze
from shortlist_providers.rules.phrases import enumerated, say
from shortlist_providers.rules.reading import Reading
from shortlist_providers.rules.roles import Role
from shortlist_providers.rules.writing import LISTED, matched, study_text

_LONGEST_BULLET = 45
"""Words of a bullet that are quoted."""


def foreign_letter(reading: Reading) -> str:
    """Four paragraphs: why this job; the closest work; what else is shown; the close."""
    found = ranked(reading.resume, reading.findings)
    parts = (_opening(reading), _evidence(reading, found[:2]), _fit(reading, found[2:4]), _close(reading))
    return "\n\n".join(squeeze(plainly(part)) for part in parts)


def _opening(reading: Reading) -> str:
    language, advert = reading.language, reading.advert
    position = say(language, "letter_any_position")
    if advert.title:
        position = say(language, "letter_position", title=advert.title)
    if advert.company:
        said = [say(language, "letter_apply_at", position=position, company=advert.company)]
    else:
        said = [say(language, "letter_apply", position=position)]
    newest = next((role for role in reading.resume.roles if role.title and role.company), None)
    if newest is not None:
        said.append(say(language, "letter_now" if newest.present else "letter_before", role=_named(newest, language)))
    wanted = matched(reading.findings)[:3]
    if wanted:
        said.append(say(language, "letter_why", keywords=enumerated(language, wanted)))
    else:
        said.append(say(language, "letter_plain_why"))
    return " ".join(said)


def _evidence(reading: Reading, achievements: list[Achievement]) -> str:
    language = reading.language
    if not achievements:
        return say(language, "letter_no_record")
    return " ".join([say(language, "letter_closest"), *(_record(one, language) for one in achievements)])


def _fit(reading: Reading, achievements: list[Achievement]) -> str:
    language = reading.language
    said = [_record(one, language) for one in achievements]
    shown = matched(reading.findings)[:LISTED]
    if shown:
        said.append(say(language, "letter_shown", keywords=enumerated(language, shown)))
    said.extend(say(language, "letter_studied", study=study_text(study)) for study in reading.resume.education[:1])
    return " ".join([*said, say(language, "letter_honest")])


def _close(reading: Reading) -> str:
    return say(reading.language, "letter_close", name=reading.resume.name).rstrip(" ,")


def _record(achievement: Achievement, language: Language) -> str:
    words = achievement.text.split()
    text = " ".join(words[:_LONGEST_BULLET]).strip(' .,;:«»“”„"')
    return say(language, "letter_record", role=_named(achievement.role, language), bullet=text)


def _named(role: Role, language: Language) -> str:
    if role.title and role.company:
        return say(language, "role_at", title=role.title, company=role.company)
    return role.title or role.company or say(language, "a_role")
