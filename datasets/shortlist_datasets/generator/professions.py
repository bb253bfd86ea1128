"""The tables behind generated pairs, from `tables.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Profession:
    """What people of one profession do, know and have learnt."""

    domain: str
    title: str
    sectors: tuple[str, ...]
    """What its employers are called after a name."""
    skills: tuple[str, ...]
    duties: tuple[str, ...]
    """Openings of a bullet."""
    outcomes: tuple[str, ...]
    """What came of it."""
    tasks: tuple[str, ...]
    """What a job post asks to be done."""
    degrees: tuple[tuple[str, str], ...]
    """Degree and field; an empty field is none."""


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything that pairs are drawn from."""

    professions: tuple[Profession, ...]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    employer_names: tuple[str, ...]
    legal_forms: tuple[str, ...]
    schools: tuple[str, ...]
    cities: tuple[tuple[str, str], ...]
    """Place and currency (ISO 4217)."""


@cache
def tables() -> Tables:
    """The tables, read once."""
    read = tomllib.loads((Path(__file__).parent / "tables.toml").read_text(encoding="utf-8"))
    professions = tuple(Profession(**_frozen(one)) for one in read.pop("professions"))
    return Tables(professions=professions, **_frozen(read))


def _frozen(table: dict[str, Any]) -> dict[str, Any]:
    return {key: _tuples(value) for key, value in table.items()}


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value
