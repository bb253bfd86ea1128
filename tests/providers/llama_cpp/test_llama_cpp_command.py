"""The whole way: `shortlist run` on the bundled task and pairs."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from shortlist_providers.codec import generation_from_json
from support.commands import shortlist


def test_a_run_on_the_bundled_pairs(gguf: Path, tmp_path: Path) -> None:
    (tmp_path / "model.gguf").symlink_to(gguf)
    provider = {
        "kind": "llama_cpp",
        "model_path": "model.gguf",
        "n_threads": 1,
        "n_threads_batch": 1,
        "cost": {"machine_hour": 0.10},
    }
    suite = {
        "name": "edge",
        "task": "pro_output@1",
        "dataset": "resume_jd@1",
        "sampling": {"temperature": 0.7, "max_tokens": 200},
        "providers": {"edge": provider},
    }
    (tmp_path / "suite.yaml").write_text(yaml.safe_dump(suite))
    done = shortlist("run", "suite.yaml", "--limit", "2", "--out", "run", "--format", "json", cwd=tmp_path)
    assert done.code == 0, done.err
    outcomes = done.json()["providers"]["edge"]["outcomes"]
    assert outcomes["ok"] + outcomes["truncated"] == 2, done.out
    records = [json.loads(line) for line in (tmp_path / "run" / "records.jsonl").read_text().splitlines()]
    for record in records:
        generation = generation_from_json(record["generation"])
        assert generation.text is not None
        assert generation.text.startswith("{")
        assert generation.model == "model"
        assert generation.timings.first_token is not None
        assert generation.usage.output is not None
        assert generation.usage.input is not None
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert "qwen2" in json.dumps(manifest)
    assert "llama_cpp_python" in json.dumps(manifest)
