"""What the dates of a résumé's roles say: gaps, roles held at once, short stays.

A date without a month is read so that nothing is said that it does not prove: a gap between "2015" and "2017" has at
least the twelve months of 2016.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from shortlist_providers.rules.dates import Point
from shortlist_providers.rules.lines import fold
from shortlist_providers.rules.matching import stems
from shortlist_providers.rules.roles import Role

LONG_GAP, LONG_OVERLAP, SHORT_STAY = 6, 2, 12
"""Months: more than the first two, under the third."""
_LEARNING = re.compile(
    r"\b(?:intern|internship|trainee|apprentice\w*|placement|student|summer|seasonal|volunteer|becari[oa]|practicas"
    r"|practicante|aprendiz|stage|stagiaire|alternan\w+|apprenti\w*|praktik\w+|werkstudent\w*|azubi\w*|auszubild\w+"
    r"|volontar\w*|estagi\w+|rotating|rotation\w*|pasante|pasantia)\b"
)
_MOST_ROLES = 60
"""Roles that are compared with each other."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Months without a role."""

    before: Role
    after: Role | None
    """None: until today."""
    months: int


def gaps(roles: tuple[Role, ...], now: Point) -> list[Gap]:
    """Every gap of more than six months between two roles, or since the last one ended, oldest first."""
    spans = sorted(
        ((*months, role) for role in roles if (months := role.months(now)) is not None),
        key=lambda item: (item[0], item[1]),
    )
    found: list[Gap] = []
    reached, before = 0, None
    for begin, finish, role in spans:
        if before is not None and begin - reached > LONG_GAP:
            found.append(Gap(before, role, begin - reached))
        if finish > reached:
            reached, before = finish, role
    since = now.index() - reached + 1
    if before is not None and not before.present and since > LONG_GAP:
        found.append(Gap(before, None, since))
    return found


def overlaps(roles: tuple[Role, ...], now: Point) -> list[tuple[Role, Role]]:
    """Pairs of roles with different employers that were held at once for more than two months."""
    sure = [(span, role) for role in roles[:_MOST_ROLES] if (span := _certain(role, now)) is not None]
    return [
        (first, second)
        for at, ((low, high), first) in enumerate(sure)
        for (begin, finish), second in sure[at + 1 :]
        if min(high, finish) - max(low, begin) > LONG_OVERLAP and not _same_employer(first, second)
    ]


def short_stays(roles: tuple[Role, ...]) -> list[Role]:
    """Ended roles of under twelve months, those in which one learns aside, and those before or behind a promotion."""
    dated = [role for role in roles if role.start is not None]
    promoted = {
        at
        for place, (first, second) in enumerate(pairwise(dated))
        if _same_employer(first, second)
        for at in (place, place + 1)
    }
    return [
        role
        for at, role in enumerate(dated)
        if at not in promoted
        and not role.present
        and role.end is not None
        and role.start is not None
        and role.start.month is not None
        and role.end.month is not None
        and 0 <= role.end.index() - role.start.index() + 1 < SHORT_STAY
        and not _LEARNING.search(fold(role.title))
    ]


def backwards(roles: tuple[Role, ...]) -> list[Role]:
    """Roles that end before they start."""
    return [
        role
        for role in roles
        if role.start and role.end and role.end.index(end=True) < role.start.index() and role.dated
    ]


def _certain(role: Role, now: Point) -> tuple[int, int] | None:
    """The months in which a role was held for certain: first, and the one after the last."""
    if role.start is None or not (role.present or role.end):
        return None
    begin = role.start.year * 12 + (role.start.month or 12) - 1
    finish = now.index() if role.present or role.end is None else role.end.index()
    return (begin, finish + 1) if finish > begin else None


def _same_employer(first: Role, second: Role) -> bool:
    return bool(first.company) and stems(first.company) == stems(second.company)
