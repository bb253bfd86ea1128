"""Which of a résumé's bullets matter most for the job."""

from __future__ import annotations

from shortlist_providers.rules.evidence import Finding
from shortlist_providers.rules.letter import Achievement, can_be_claimed
from shortlist_providers.rules.matching import Index, stems
from shortlist_providers.rules.resume import Resume
from shortlist_providers.rules.rewrite import clean_bullet

MOST_BULLETS = 8


def ranked(resume: Resume, findings: list[Finding]) -> list[Achievement]:
    """Every bullet of the résumé, cleaned, the worthiest first."""
    found = [Achievement(role, text) for role in resume.roles for one in role.bullets if (text := clean_bullet(one))]
    return sorted(found, key=lambda one: -worth(one, findings))


def relevance(text: str, findings: list[Finding]) -> float:
    """Sum of the weights of the advert's keywords that `text` names."""
    index = Index(text)
    return sum(
        finding.keyword.weight for finding in findings if finding.claimable and index.find(stems(finding.keyword.text))
    )


def worth(achievement: Achievement, findings: list[Finding]) -> float:
    """What a bullet is worth in the letter: its relevance, 2 for a figure, 4 for standing well in the first person."""
    figure = any(map(str.isdigit, achievement.text))
    return relevance(achievement.text, findings) + 2 * figure + 4 * can_be_claimed(achievement)


def most_relevant(bullets: tuple[str, ...], findings: list[Finding]) -> tuple[str, ...]:
    """The eight bullets of a role that name most of what the advert asks for, in their own order."""
    best = sorted(
        range(len(bullets)),
        key=lambda at: (-relevance(bullets[at], findings), not any(map(str.isdigit, bullets[at])), at),
    )
    return tuple(bullets[at] for at in sorted(best[:MOST_BULLETS]))
