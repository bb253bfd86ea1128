"""The facts of a generated pair, before anything is written down: who worked where, and what is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from shortlist_datasets.generator.professions import Profession, Tables

NOW = 2026 * 12 + 9
"""October 2026, in months: the newest date that is drawn."""

LONG_GAP = 6
"""Months between two jobs beyond which a recruiter asks."""

_LEVELS = ("Junior ", "", "Senior ", "Lead ")
_SENIORITY = {"Junior ": "entry", "": None, "Senior ": "senior", "Lead ": "lead"}


@dataclass(frozen=True, slots=True)
class Job:
    """One role of the person."""

    company: str
    title: str
    start: int
    """Months since year 0, January being a multiple of 12."""
    end: int | None
    """None for a role that goes on."""
    bullets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Study:
    """One finished education."""

    institution: str
    degree: str
    field: str
    """Empty where the degree names none."""
    year: int


@dataclass(frozen=True, slots=True)
class Person:
    """Whose résumé it is."""

    name: str
    place: str
    jobs: tuple[Job, ...]
    """Newest first."""
    studies: tuple[Study, ...]
    skills: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Post:
    """What the employer asks for."""

    title: str
    seniority: str | None
    company: str
    place: str
    currency: str
    salary: tuple[int, int] | None
    """Per year; None when the post gives none."""
    part_time: bool
    must: tuple[str, ...]
    nice: tuple[str, ...]
    tasks: tuple[str, ...]


def draw_person(random: Random, profession: Profession, tables: Tables) -> Person:
    """A person of the profession."""
    place, _ = random.choice(tables.cities)
    skills = tuple(random.sample(profession.skills, random.randint(4, 8)))
    jobs = tuple(_jobs(random, profession, tables, skills))
    return Person(
        name=f"{random.choice(tables.first_names)} {random.choice(tables.last_names)}",
        place=place,
        jobs=jobs,
        studies=tuple(_studies(random, profession, tables, jobs[-1].start // 12)),
        skills=skills,
    )


def draw_post(random: Random, profession: Profession, person: Person, tables: Tables) -> Post:
    """A post of the profession; at least one of its skills is the person's, and at least one is not."""
    lacking = [skill for skill in profession.skills if skill not in person.skills]
    shown = random.sample(person.skills, random.randint(3, len(person.skills) - 1))
    asked = [*shown, *random.sample(lacking, min(len(lacking), random.randint(5 - min(4, len(shown) - 1), 4)))]
    random.shuffle(asked)
    musts = random.randint(3, len(asked) - 2)
    place, currency = random.choice(tables.cities)
    level = random.choice(_LEVELS)
    employers = {job.company for job in person.jobs}
    company = next(name for name in iter(lambda: _company(random, profession, tables), None) if name not in employers)
    low = random.randrange(28, 90) * 1000
    return Post(
        title=f"{level}{profession.title}",
        seniority=_SENIORITY[level],
        company=company,
        place=place,
        currency=currency,
        salary=(low, low + random.randrange(3, 20) * 1000) if random.random() < 0.6 else None,
        part_time=random.random() < 0.2,
        must=tuple(asked[:musts]),
        nice=tuple(asked[musts:]),
        tasks=tuple(random.sample(profession.tasks, random.randint(3, 5))),
    )


def _jobs(random: Random, profession: Profession, tables: Tables, skills: tuple[str, ...]) -> list[Job]:
    count = random.choices((1, 2, 3, 4, 5, 6), (2, 5, 8, 6, 3, 1))[0]
    end: int | None = None if random.random() < 0.7 else NOW - random.randint(1, 20)
    duties = list(profession.duties)
    random.shuffle(duties)
    jobs: list[Job] = []
    company = ""
    for index in range(count):
        last = NOW if end is None else end
        start = last - random.randint(8, 60)
        level = max(0, min(3, count - index - 1 + random.choice((-1, 0, 0))))
        promoted = bool(jobs) and random.random() < 0.2
        while not promoted and company in {"", *(job.company for job in jobs)}:
            company = _company(random, profession, tables)
        bullets = tuple(
            _bullet(random, duties.pop() if duties else random.choice(profession.duties), profession, skills)
            for _ in range(random.randint(1, 2 if index > 3 else 4))
        )
        jobs.append(Job(company, f"{_LEVELS[level]}{profession.title}", start, end, tuple(dict.fromkeys(bullets))))
        end = start - (random.randint(9, 30) if random.random() < 0.12 else random.randint(0, 3))
    return jobs


def _bullet(random: Random, duty: str, profession: Profession, skills: tuple[str, ...]) -> str:
    text = duty.format(n=random.randint(3, 90))
    if random.random() < 0.4:
        text += f", using {random.choice(skills)}"
    if random.random() < 0.5:
        text += random.choice(("; ", ": ", " - ")) + random.choice(profession.outcomes).format(p=random.randint(4, 45))
    return text + random.choice(("", "."))


def _company(random: Random, profession: Profession, tables: Tables) -> str:
    first, sector = random.choice(tables.employer_names), random.choice(profession.sectors)
    if random.random() < 0.2:
        first = f"{first} & {random.choice(tables.last_names)}"
    return f"{first} {sector}{random.choice(tables.legal_forms)}"


def _studies(random: Random, profession: Profession, tables: Tables, first_year: int) -> list[Study]:
    year = first_year - random.randint(0, 2)
    count = random.choices((0, 1, 2), (1, 7, 2))[0]
    chosen = random.sample(profession.degrees, count)
    schools = random.sample(tables.schools, count)
    found = [
        Study(school, degree, field, year - 3 * index)
        for index, ((degree, field), school) in enumerate(zip(chosen, schools, strict=True))
    ]
    return sorted(found, key=lambda one: -one.year)
