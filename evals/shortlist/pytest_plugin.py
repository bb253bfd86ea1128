"""`pytest evals/quickstart.yaml`: runs a suite once and reports each case and each gate rule as a test.

Nothing of Shortlist is imported until a suite is named on the command line.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from _pytest._code.code import TerminalRepr

    from shortlist.cases import CaseKey
    from shortlist.pipeline import RunOptions
    from shortlist.results import RunResults
    from shortlist.run.runner import Observer

TracebackStyle = Literal["long", "short", "line", "no", "native", "value", "auto"]
_SUFFIXES = (".yaml", ".yml")
_SUITES = pytest.StashKey["set[Path]"]()
_RESULTS = pytest.StashKey["list[RunResults]"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options of `shortlist run` that make sense here."""
    group = parser.getgroup("shortlist", "Shortlist suites (name a suite's YAML file as an argument)")
    group.addoption("--shortlist-out", type=Path, metavar="DIR", help="folder of the run")
    group.addoption("--shortlist-resume", metavar="RUN", help="go on with this run, or judge it again")
    group.addoption("--shortlist-limit", type=int, metavar="N", help="only the first N pairs")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> SuiteFile | None:
    """Takes a YAML file that was itself named on the command line; folders are never searched for suites."""
    if file_path.suffix in _SUFFIXES and parent.session.isinitpath(file_path):
        return SuiteFile.from_parent(parent, path=file_path)
    return None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints each suite's verdict and where its report lies."""
    for results in terminalreporter.config.stash.get(_RESULTS, []):
        summary = results.summary
        terminalreporter.section(f"shortlist: {summary.suite}")
        terminalreporter.line(f"verdict: {summary.verdict or 'none'} - {summary.why}")
        if summary.early_stop is not None and summary.early_stop.stopped_at is not None:
            terminalreporter.line(f"saved:   {summary.early_stop.saved}")
        terminalreporter.line(f"report:  {Path(summary.path) / 'report.html'}")


class SuiteFile(pytest.File):
    """A suite: its cases and rules are collected by planning, and the first of them that runs runs the suite."""

    _results: RunResults | None = None
    _failure: BaseException | None = None

    def collect(self) -> Iterator[pytest.Item]:
        """Plans the suite without sending anything."""
        if hasattr(self.config, "workerinput"):
            raise self.CollectError(
                "a suite runs its cases concurrently by itself, and every pytest-xdist worker would pay for all of "
                "them again: run it without -n"
            )
        from shortlist.errors import InputError
        from shortlist.pipeline import plan_run
        from shortlist.suite.load import load_suite

        suites = self.config.stash.setdefault(_SUITES, set())
        suites.add(self.path)
        options = self._options()
        if len(suites) > 1 and (options.out or options.resume):
            raise self.CollectError(
                "--shortlist-out and --shortlist-resume name the folder of one run, and several suites were named"
            )
        try:
            suite = load_suite(self.path, os.environ)
            planned = plan_run(suite, options)
        except InputError as wrong:
            raise self.CollectError(str(wrong)) from None
        for case in planned.cases:
            name = f"{case.provider}/{case.pair}" + (f"#{case.repeat}" if planned.repeats > 1 else "")
            yield CaseItem.of(self, name, case)
        for index, rule in enumerate(suite.gate.rules if suite.gate else ()):
            yield RuleItem.of(self, f"gate/{index + 1}:{rule.metric}", index)

    def results(self) -> RunResults:
        """The suite's results; the first call runs it. A run that failed is not tried again for every item."""
        if self._failure is not None:
            pytest.fail("the suite did not run; see the first failure", pytrace=False)
        if self._results is None:
            from shortlist.errors import Interrupted
            from shortlist.pipeline import run_suite

            try:
                self._results = run_suite(str(self.path), self._options(), os.environ, _quiet)
            except Interrupted as interrupted:  # ends pytest, too: nobody means the next suite to begin
                pytest.exit(str(interrupted), returncode=pytest.ExitCode.INTERRUPTED)
            except BaseException as failure:
                self._failure = failure
                raise
            self.config.stash.setdefault(_RESULTS, []).append(self._results)
        return self._results

    def _options(self) -> RunOptions:
        from shortlist.pipeline import RunOptions

        return RunOptions(
            out=self.config.getoption("--shortlist-out"),
            resume=self.config.getoption("--shortlist-resume"),
            limit=self.config.getoption("--shortlist-limit"),
        )


class _SuiteItem(pytest.Item):
    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], style: TracebackStyle | None = None
    ) -> str | TerminalRepr:
        """Shows what went wrong in a sentence, where it is not a defect of ours."""
        from shortlist.errors import ShortlistError

        if isinstance(excinfo.value, ShortlistError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    @property
    def suite(self) -> SuiteFile:
        assert isinstance(self.parent, SuiteFile)
        return self.parent


class CaseItem(_SuiteItem):
    """One case: passes when a complete output arrived and fits the schema."""

    _case: CaseKey

    @classmethod
    def of(cls, parent: SuiteFile, name: str, case: CaseKey) -> CaseItem:
        """The item of `case`."""
        item: CaseItem = cls.from_parent(parent, name=name)
        item._case = case
        return item

    def runtest(self) -> None:
        """Fails with the outcome, or with the place where the output misses the schema."""
        views = [view for view in self.suite.results().cases if view.case == self._case]
        if not views:
            left_out = self.suite.results().manifest.providers[self._case.provider].skipped
            if left_out is not None:
                pytest.skip(f"optional, left out: {left_out}")
            early = self.suite.results().manifest.early_stop
            if early is not None and early.stopped_at is not None:
                pytest.skip(f"not needed: the gate was decided after {early.stopped_at} of {early.planned_pairs} pairs")
            pytest.fail(f"{self._case}: was not run", pytrace=False)
        record, scores = views[0].record, views[0].scores
        failure = record.generation.failure
        if failure is not None:
            pytest.fail(f"{record.outcome}: {failure.message}", pytrace=False)
        if scores.schema_failure is not None:
            missed = scores.schema_failure
            pytest.fail(f"schema: {missed.category} at {missed.path}: {missed.message}", pytrace=False)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Names the case in headings."""
        return self.path, None, str(self._case)


class RuleItem(_SuiteItem):
    """One rule of the gate: passes only when the rule does; undecided is not a pass."""

    _index: int

    @classmethod
    def of(cls, parent: SuiteFile, name: str, index: int) -> RuleItem:
        """The item of the gate's rule at `index`."""
        item: RuleItem = cls.from_parent(parent, name=name)
        item._index = index
        return item

    def runtest(self) -> None:
        """Fails with the rule's own sentence."""
        rules = self.suite.results().verdict.rules
        if self._index >= len(rules):
            pytest.fail(f"not judged: {self.suite.results().verdict.why}", pytrace=False)
        result = rules[self._index]
        if result.status != "pass":
            pytest.fail(f"{result.status}: {result.metric} {result.condition}: {result.why}", pytrace=False)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Names the rule in headings."""
        return self.path, None, f"gate rule {self.name}"


@contextmanager
def _quiet(planned: object) -> Iterator[Observer]:
    """Progress is pytest's own business; notes go to the captured output of the item that runs the suite."""
    yield _Notes()


class _Notes:
    def on_record(self, record: object, spent: object) -> None:
        pass

    def on_note(self, message: str) -> None:
        print(f"note: {message}")
