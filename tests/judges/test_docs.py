"""What docs/judges.md shows is a suite that loads."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

from shortlist import bundled
from shortlist.suite.load import load_suite
from shortlist_datasets import load_dataset

DOCS = Path(__file__).parents[2] / "docs" / "judges.md"


def test_the_suite_and_its_labels_load(tmp_path: Path) -> None:
    text = DOCS.read_text(encoding="utf-8")
    [shown] = re.findall(r"^```yaml\n(.*?)^```", text, re.M | re.S)
    [labels] = re.findall(r"^```json\n(.*?)^```", text, re.M | re.S)
    pair = load_dataset("resume_jd@1", bundled.suites_root()).pairs[0].id
    alone, compared = (json.dumps({**json.loads(line), "pair": pair}) for line in labels.splitlines())
    (tmp_path / "labels").mkdir()
    (tmp_path / "rubrics").mkdir()
    (tmp_path / "rubrics" / "letter.md").write_text("By this.")
    (tmp_path / "labels" / "letter.jsonl").write_text(alone)
    (tmp_path / "labels" / "compared.jsonl").write_text(compared)
    suite = yaml.safe_load(shown)
    suite["judges"]["against_claude"]["labels"] = "labels/compared.jsonl"
    suite |= {"name": "shown", "task": "pro_output@1", "dataset": "resume_jd@1"}
    suite["providers"] = {"candidate": {"kind": "fake"}, "incumbent": {"kind": "fake"}}
    (tmp_path / "suite.yaml").write_text(yaml.safe_dump(suite))
    judges = load_suite(tmp_path / "suite.yaml", {}, only=()).judges
    assert judges["letter"].labels[0].says == 4
    assert judges["against_claude"].labels[0].says == 1.0
