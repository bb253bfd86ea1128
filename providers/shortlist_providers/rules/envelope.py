"""assistant_result: the résumé's summary tailored to the job, in the standard envelope."""

from __future__ import annotations

from typing import Any

from shortlist_providers.rules.fillers import plainly
from shortlist_providers.rules.lines import squeeze
from shortlist_providers.rules.match import lacking
from shortlist_providers.rules.phrases import enumerated, say
from shortlist_providers.rules.reading import Profile, Reading
from shortlist_providers.rules.writing import matched, own_sentence, profession_of, stopped, study_text

_MOST_KEYWORDS = 12
_MOST_LACKING = 5
_FEWEST_WORDS, _MOST_WORDS = 30, 125


def assistant_result(reading: Reading, profile: Profile) -> dict[str, Any]:
    """The envelope. `keywords_added` are those that stand in `content`."""
    language, title = reading.language, reading.advert.title
    keywords = [plainly(word) for word in matched(reading.findings)[: _MOST_KEYWORDS if profile == "full" else 3]]
    content, keywords = _content(reading, keywords)
    missing = [one.keyword.text for one in lacking(reading.findings)][:_MOST_LACKING]
    bullets = [say(language, "env_bullet_role")] if reading.resume.roles and profile == "full" else []
    if keywords:
        bullets.append(say(language, "env_bullet_keywords", keywords=enumerated(language, keywords)))
    else:
        bullets.append(say(language, "env_bullet_none"))
    actions = [say(language, "env_check")]
    actions.extend(say(language, "env_add", keyword=word) for word in missing[:2])
    return {
        "title": plainly(say(language, "env_title", title=title) if title else say(language, "env_title_plain")),
        "summary": say(language, "env_done"),
        "content": content,
        "bullets": [plainly(bullet) for bullet in bullets],
        "warnings": [plainly(say(language, "env_lacking", keywords=", ".join(missing)))] if missing else [],
        "keywords_added": keywords,
        "next_actions": [plainly(action) for action in actions],
    }


def _content(reading: Reading, keywords: list[str]) -> tuple[str, list[str]]:
    """One paragraph of 30 to 125 words, and those keywords that found a place in it."""
    resume, language = reading.resume, reading.language
    profession = profession_of(resume) or say(language, "candidate")
    companies = list(dict.fromkeys(role.company for role in resume.roles if role.company))[:3]
    opening = stopped(profession)
    if companies:
        opening = say(language, "env_with", profession=profession, companies=enumerated(language, companies))
    said = [_clipped(opening, 40)]
    own = own_sentence(resume)
    if own:
        said.append(stopped(own))
    while keywords and _length([*said, enumerated(language, keywords)]) > _MOST_WORDS - 10:
        keywords = keywords[:-1]
    if keywords:
        said.append(say(language, "env_brings", keywords=enumerated(language, keywords)))
    skills = [item for _, items in resume.skills for item in items if item not in keywords][:5]
    rest = [say(language, "env_studied", study=study_text(study)) for study in resume.education[:1]]
    if skills and not keywords:
        rest.insert(0, say(language, "env_skills", skills=enumerated(language, skills)))
    for sentence in rest:
        if _length([*said, sentence]) <= _MOST_WORDS:
            said.append(sentence)
    if _length(said) < _FEWEST_WORDS:
        said.append(say(language, "env_more"))
    return squeeze(plainly(" ".join(said))), keywords


def _length(said: list[str]) -> int:
    return len(" ".join(said).split())


def _clipped(text: str, most: int) -> str:
    words = text.split()
    return text if len(words) <= most else f"{' '.join(words[:most]).rstrip(' .,;:')}."
