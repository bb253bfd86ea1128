"""A person and a post, written down."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator
from random import Random

from shortlist_datasets.generator.layout import Layout, written_date
from shortlist_datasets.generator.person import NOW, Job, Person, Post, Study

SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$"}

_WANTED = (
    "{company} is looking for a {title} in {place}.",
    "We are {company}, and we want to hire a {title} for our team in {place}.",
    "Our team at {company} in {place} needs one more pair of hands: a {title}.",
)
_CLOSES = (
    "Send us your documents; we answer within ten days.",
    "Apply through our page or by post.",
    "Questions? Call the personnel office before noon.",
    "We do not discriminate, and we welcome people who return to work.",
)


def resume_text(person: Person, layout: Layout, random: Random) -> str:
    """The résumé."""
    sections = (
        [line for job in person.jobs for line in ("", *_job(job, layout))][1:],
        [line for study in person.studies for line in _study(study, layout)],
        _skills(person.skills, layout),
    )
    lines = [*_head(person, layout, random)]
    for index in layout.order:
        if sections[index]:
            heading = layout.headings[index]
            lines += ["", heading, *(["-" * len(heading)] if layout.ruled else []), *sections[index]]
    if layout.footer:
        # Between two blocks: inside a wrapped bullet it would be a part of the bullet.
        at = random.choice([place for place, line in enumerate(lines) if not line])
        lines.insert(at, f"{person.name} · page 1 of 2")
    return "\n".join(lines) + "\n"


def post_text(post: Post, random: Random) -> str:
    """The job description."""
    opening = random.choice(_WANTED).format(company=post.company, title=post.title, place=post.place)
    hours = "Part-time" if post.part_time else "Full-time"
    pay = ""
    if post.salary:
        sign = SYMBOLS[post.currency]
        pay = f"{sign}{post.salary[0]:,} - {sign}{post.salary[1]:,} a year"
    close = random.choice(_CLOSES)
    style = random.randrange(3)
    if style == 0:
        lines = [post.title, f"{post.company}, {post.place} | {hours}{f' | {pay}' if pay else ''}", "", "What you do"]
        lines += [f"- {task}" for task in post.tasks]
        lines += ["", "What you bring", *(f"- {skill}" for skill in post.must)]
        lines += ["", "Nice to have", *(f"- {skill}" for skill in post.nice), "", close]
    elif style == 1:
        lines = [f"{opening} {hours}{f', {pay}' if pay else ''}.", "", f"You will {'; '.join(post.tasks)}.", ""]
        lines += [f"Required: {', '.join(post.must)}. Desirable: {', '.join(post.nice)}.", "", close]
    else:
        lines = [post.title.upper(), "", opening, "", "YOUR TASKS", *(f"* {task}" for task in post.tasks), ""]
        lines += [f"You must know {'; '.join(post.must)}.", f"A plus: {'; '.join(post.nice)}.", ""]
        lines += [f"{hours}. {pay + '. ' if pay else ''}{close}"]
    return "\n".join(lines) + "\n"


def _head(person: Person, layout: Layout, random: Random) -> Iterator[str]:
    plain = unicodedata.normalize("NFKD", person.name).encode("ascii", "ignore").decode().lower().replace(" ", ".")
    contact = [person.place, f"{plain}@example.com", f"({random.randint(201, 989)}) 555-01{random.randint(0, 99):02}"]
    yield person.name.upper() if random.random() < 0.4 else person.name
    if random.random() < 0.5:
        yield random.choice((" | ", " · ", ", ")).join(contact)
    else:
        yield from contact
    if layout.summary:
        first = person.jobs[-1].start
        yield ""
        yield from _wrapped(
            f"{person.jobs[0].title} with {max(1, (NOW - first) // 12)} years in the trade, at home in {person.place}.",
            layout,
        )


def _job(job: Job, layout: Layout) -> Iterator[str]:
    end = layout.now if job.end is None else written_date(job.end, layout.dates)
    dates = f"{written_date(job.start, layout.dates)}{layout.dash}{end}"
    match layout.header:
        case "company-first":
            yield f"{job.company}, {dates}"
            yield job.title
        case "title-first":
            yield f"{job.title} ({dates})"
            yield job.company
        case "pipes":
            yield f"{job.title} | {job.company} | {dates}"
        case "dates-first":
            yield f"{dates}  {job.title}, {job.company}"
        case "dates-below":
            yield f"{job.title} at {job.company}"
            yield dates
        case "tabbed":
            yield f"{job.company}\t\t{dates}"
            yield job.title
    for number, bullet in enumerate(job.bullets, start=1):
        lead = f"{number}." if layout.glyph == "1." else layout.glyph
        yield from _wrapped(f"{lead} {bullet}", layout, hang=len(lead) + 1)


def _study(study: Study, layout: Layout) -> Iterator[str]:
    degree = f"{study.degree}, {study.field}" if study.field else study.degree
    if layout.header in ("pipes", "tabbed"):
        yield f"{degree} | {study.institution} | {study.year}"
    else:
        yield f"{study.institution}, {study.year}"
        yield degree


def _skills(skills: tuple[str, ...], layout: Layout) -> list[str]:
    if layout.skills == "list":
        return [f"{'-' if layout.glyph == '1.' else layout.glyph} {skill}" for skill in skills]
    if layout.skills == "sentence":
        return list(_wrapped(f"I work with {', '.join(skills[:-1])} and {skills[-1]}.", layout))
    return list(_wrapped((" | " if layout.skills == "pipes" else ", ").join(skills), layout))


def _wrapped(text: str, layout: Layout, hang: int = 0) -> list[str]:
    if layout.wrap is None:
        return [text]
    # Words stay whole, so that a fact is never broken at a hyphen.
    return textwrap.wrap(
        text, layout.wrap, subsequent_indent=" " * hang, break_long_words=False, break_on_hyphens=False
    )
