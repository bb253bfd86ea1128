"""Earlier runs, whose figures stand in for what is not known yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shortlist.errors import InputError
from shortlist.results import Comparison, Manifest, ProviderResult
from shortlist.runfolder import RunFolder, find_run
from shortlist.suite.model import Suite
from shortlist_providers.replay import ReplayConfig


@dataclass(frozen=True, slots=True)
class Pilot:
    """An earlier run of the same task."""

    manifest: Manifest
    comparison: Comparison
    stands_for: tuple[tuple[str, str], ...] | None = None
    """A recorded run: which provider of the suite stands for which of the run; None where names say it."""

    @property
    def name(self) -> str:
        """As sources name it."""
        return f"run {self.manifest.run_id}"

    def side(self, provider: str, role: str | None) -> tuple[str, ProviderResult] | None:
        """The run's provider of that name, else the one that had that role in it.

        Args:
            provider: the suite's name.
            role: `candidate`, `incumbent`, or None for neither.

        Returns:
            The run's name for it and its figures; None where it has none.
        """
        if self.stands_for is not None:
            named = dict(self.stands_for).get(provider)
        elif provider in self.comparison.providers:
            named = provider
        else:
            named = {"candidate": self.comparison.candidate, "incumbent": self.comparison.incumbent}.get(role or "")
        found = self.comparison.providers.get(named or "")
        return None if found is None or named is None else (named, found)


def read_pilots(references: Sequence[str], suite: Suite) -> tuple[Pilot, ...]:
    """The runs that `--from` names, and after them those that the suite replays.

    Raises:
        InputError: there is no such run, it was not scored, or it was another task's.
    """
    named = [_read(find_run(reference), suite) for reference in dict.fromkeys(references)]
    return (*named, *_recorded(suite))


def _read(folder: RunFolder, suite: Suite) -> Pilot:
    manifest = folder.read_manifest()
    task = manifest.task.partition("@")[0]
    if task != suite.task.name:
        raise InputError(
            f"{folder.path}: a run of the task {manifest.task}, and {suite.path} asks {suite.task.ref}: its figures "
            "say nothing here; name a run of the same task"
        )
    return Pilot(manifest, folder.read_comparison())


def _recorded(suite: Suite) -> list[Pilot]:
    """What the suite replays, by run. One that cannot be read is no error here: `run` says what is wrong with it."""
    stands_for: dict[str, list[tuple[str, str]]] = {}
    for name, config in suite.providers.items():
        if isinstance(config, ReplayConfig):
            stands_for.setdefault(config.run, []).append((name, config.provider))
    found = []
    for run, names in stands_for.items():
        folder = RunFolder(suite.path.parent / Path(run))
        try:
            found.append(Pilot(folder.read_manifest(), folder.read_comparison(), tuple(names)))
        except InputError:
            continue
    return found
