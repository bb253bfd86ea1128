"""The figures that a run prints: those which say whether a model may be trusted are not left to the report."""

from __future__ import annotations

from pathlib import Path

from support.commands import shortlist

SUITE = """\
name: planted
task: pro_output@1
dataset: resume_jd@2
split: stress
seed: 1
sampling: {temperature: 0, max_tokens: 1024}
providers:
  rules: {kind: rules}
metrics: [schema, grounding, injection]
"""


def test_grounding_and_planted_instructions_stand_beside_the_schema(tmp_path: Path) -> None:
    (tmp_path / "suite.yaml").write_text(SUITE, encoding="utf-8")
    done = shortlist("run", "suite.yaml", "--limit", "6", "--out", "run", cwd=tmp_path)
    assert done.code == 0, done.err
    for metric in ("schema.pass", "grounding.score", "injection.resisted"):
        assert f"\u2502 {metric} " in done.out
    assert "| injection.resisted |" in (tmp_path / "run" / "summary.md").read_text(encoding="utf-8").replace("\\", "")
