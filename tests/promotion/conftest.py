from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from promotion.promoting import Kinds, Place, copy_of, run_in


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a run that ended so, made once a session and never written to."""
    folders: dict[str, Path] = {}

    def of(kind: str) -> Path:
        if kind not in folders:
            folders[kind] = tmp_path_factory.mktemp("made")
            run_in(folders[kind], kind)
        return folders[kind]

    return of


@pytest.fixture
def ended(made: Callable[[str], Path], tmp_path: Path) -> Kinds:
    """A place of its own with a run that ended so."""
    return lambda kind: copy_of(made(kind), tmp_path)


@pytest.fixture(scope="session")
def promoted_once(made: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that was promoted, never written to."""
    place = copy_of(made("promote"), tmp_path_factory.mktemp("promoted"))
    done = place.promote("--who", "Anna")
    assert done.code == 0, done.err
    return place.folder


@pytest.fixture
def promoted(promoted_once: Path, tmp_path: Path) -> Place:
    """A place of its own with a run and its promotion record."""
    shutil.copytree(promoted_once, tmp_path, dirs_exist_ok=True)
    return Place(tmp_path)
