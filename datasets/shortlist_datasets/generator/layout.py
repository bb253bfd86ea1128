"""How a generated résumé looks: the choices that real ones differ in."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)  # fmt: skip - a year in two lines

DateStyle = Literal["short", "long", "slashed", "dotted", "iso", "apostrophe", "year"]
Header = Literal["company-first", "title-first", "pipes", "dates-first", "dates-below", "tabbed"]

_GLYPHS = ("•", "-", "*", "–", "o", "·", "▪", "\uf0b7", "➢", "1.")
_DASHES = (" – ", " - ", "–", " to ", " — ")
_NOW = ("present", "Present", "today", "now", "PRESENT")
_HEADINGS = (
    ("EXPERIENCE", "EDUCATION", "SKILLS"),
    ("Work History", "Education", "Key Skills"),
    ("Professional Experience", "Academic Background", "Core Skills"),
    ("EMPLOYMENT", "QUALIFICATIONS", "TECHNICAL SKILLS"),
    ("experience", "education", "skills"),
    ("Where I have worked", "What I studied", "What I can do"),
)


@dataclass(frozen=True, slots=True)
class Layout:
    """One way to write a résumé."""

    dates: DateStyle
    header: Header
    glyph: str
    """What leads a bullet; `1.` numbers them."""
    dash: str
    now: str
    headings: tuple[str, str, str]
    """Of experience, education and skills."""
    order: tuple[int, ...]
    """In which the three sections follow each other."""
    skills: Literal["line", "list", "pipes", "sentence"]
    wrap: int | None
    """Characters a line; None leaves long lines."""
    footer: bool
    summary: bool
    ruled: bool
    """A line of dashes under each heading."""


def draw_layout(random: Random) -> Layout:
    """One of some hundred thousand."""
    return Layout(
        dates=random.choice(("short", "long", "slashed", "dotted", "iso", "apostrophe", "short", "long", "year")),
        header=random.choice(("company-first", "title-first", "pipes", "dates-first", "dates-below", "tabbed")),
        glyph=random.choice(_GLYPHS),
        dash=random.choice(_DASHES),
        now=random.choice(_NOW),
        headings=random.choice(_HEADINGS),
        order=random.choice(((0, 1, 2), (0, 2, 1), (2, 0, 1), (1, 0, 2))),
        skills=random.choice(("line", "list", "pipes", "sentence")),
        wrap=random.choice((None, None, 72, 88, 100)),
        footer=random.random() < 0.15,
        summary=random.random() < 0.6,
        ruled=random.random() < 0.15,
    )


def written_date(month: int, style: DateStyle) -> str:
    """A month, counted from year 0, as the style writes it."""
    year, name, number = month // 12, _MONTHS[month % 12], month % 12 + 1
    return {
        "short": f"{name[:3]} {year}",
        "long": f"{name} {year}",
        "slashed": f"{number:02}/{year}",
        "dotted": f"{number:02}.{year}",
        "iso": f"{year}-{number:02}",
        "apostrophe": f"{name[:3]} '{year % 100:02}",
        "year": str(year),
    }[style]


def gold_date(month: int, style: DateStyle) -> str:
    """The same month as gold has it: no more precise than it is written."""
    return str(month // 12) if style == "year" else f"{month // 12}-{month % 12 + 1:02}"
