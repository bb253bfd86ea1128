"""A long scoring is announced on stderr, a short one is not."""

from __future__ import annotations

from pathlib import Path

from support.commands import shortlist, write_suite


def test_scoring_hundreds_of_cases_is_announced_and_a_few_is_not(tmp_path: Path) -> None:
    write_suite(tmp_path, {"own": {"kind": "fake", "output": {"answer": "yes"}}}, pairs=500)
    long = shortlist("run", "suite.yaml", "--out", "long", cwd=tmp_path)
    assert long.code == 0
    assert "scoring 500 cases" in long.err
    assert "scoring" not in shortlist("run", "suite.yaml", "--out", "short", "--limit", "9", cwd=tmp_path).err
    assert "scoring" not in shortlist("run", "suite.yaml", "--out", "quiet", "--quiet", cwd=tmp_path).err
    assert "scoring 500 cases" in shortlist("score", "long", cwd=tmp_path).err
