"""A run of every kind of rule says the same when it is judged again, and the terminal shows names as text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from support.commands import marker, shortlist, write_suite

RULES: Sequence[Mapping[str, Any]] = (
    {"metric": "schema.pass", "at_least": 0.9},
    {"metric": "gold.score", "no_worse_by": 0.03},
    {"metric": "gold.score", "no_worse_by": 0.15, "each": "domain", "alert": True},
    {"metric": "gold.score", "no_worse_by": 0.1, "each": "field"},
    {"metric": "schema.pass", "at_least": 0.6, "each": "domain"},
    {"metric": "schema.pass", "at_least": 0.85, "domain": "trade-1"},
    {"metric": "schema.pass", "better_by": 0},
    {"metric": "cost.per_generation", "at_most_ratio": 0.2},
    {"metric": "usage.output", "at_least_ratio": 0.5},
    {"metric": "latency.total", "percentile": 50, "at_most": "30s"},
    {"metric": "latency.total", "no_worse_by": "10s", "alert": True},
    {"metric": "throughput.generations", "at_least_ratio": 0.001},
    {"metric": "cost.total", "at_most": 3},
)


def _write(folder: Path, pairs: int, early: bool, broken: int) -> None:
    """The candidate's first `broken` outputs are no JSON; two of its cases fail, and one of the incumbent's."""
    new = {
        "kind": "fake",
        "output": {"answer": "yes"},
        "outputs": {marker(number): "no json" for number in range(broken)},
        "usage": {"input": 100, "output": 50},
        "cost": {"per_generation": 0.01},
        "faults": [{"kind": "malformed", "on": marker(3)}, {"kind": "refused", "on": marker(4)}],
    }
    old = {
        "kind": "fake",
        "output": {"answer": "yes"},
        "usage": {"input": 100, "output": 60},
        "cost": {"per_generation": 0.1},
        "faults": [{"kind": "permanent", "on": marker(7)}],
    }
    write_suite(folder, {"new": new, "old": old}, pairs, rules=RULES)
    if early:
        suite = (folder / "suite.yaml").read_text()
        (folder / "suite.yaml").write_text(suite.replace("gate:\n", "gate:\n  early_stop: true\n"))


@pytest.mark.parametrize(("pairs", "early", "broken"), [(30, False, 3), (60, True, 60), (30, True, 0)])
def test_judging_again_says_the_same(tmp_path: Path, pairs: int, early: bool, broken: int) -> None:
    _write(tmp_path, pairs, early, broken)
    first = shortlist("run", "suite.yaml", "--out", "run", "--quiet", "--format", "json", cwd=tmp_path)
    assert first.code in (0, 1, 3), first.err
    verdict = tmp_path / "run/verdict.json"
    written = verdict.read_bytes()
    assert len(json.loads(written)["rules"]) == len(RULES)
    for command in ("gate", "score"):
        again = shortlist(command, "run", "--format", "json", cwd=tmp_path)
        assert (again.code, verdict.read_bytes()) == (first.code, written), command
        assert again.json()["rules"] == first.json()["rules"]


def test_a_domain_cannot_command_the_terminal(tmp_path: Path) -> None:
    """Names of domains come from a data set, which others may have written."""
    _write(tmp_path, 12, early=False, broken=0)
    pairs = (tmp_path / "pairs.jsonl").read_text()
    (tmp_path / "pairs.jsonl").write_text(pairs.replace('"trade-1"', json.dumps("trade\x1b[2J\x07-1")))
    suite = (tmp_path / "suite.yaml").read_text()
    (tmp_path / "suite.yaml").write_text(suite.replace("domain: trade-1", 'domain: "trade\\x1b[2J\\x07-1"'))
    done = shortlist("run", "suite.yaml", "--out", "run", "--quiet", cwd=tmp_path)
    assert done.code in (0, 1, 3), done.err
    planned = shortlist("plan", "suite.yaml", "--simulations", "10", cwd=tmp_path)
    for shown in (done.out, planned.out):
        assert "\x1b" not in shown
        assert "\x07" not in shown
        assert "trade\\x1b[2J\\x07-1" in shown
