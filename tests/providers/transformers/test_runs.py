"""Whole runs with models in the command's own process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.commands import Done, shortlist, write_suite
from support.tiny_classifier import LABELS
from support.tiny_model import TinyModel

OFFLINE = {"HF_HUB_OFFLINE": "1"}


def run(folder: Path, settings: dict[str, Any], **sections: Any) -> Done:
    providers = {"candidate": {"kind": "transformers", "threads": 1, "device": "cpu", **settings}}
    suite = write_suite(folder, providers, pairs=3, **sections)
    return shortlist("run", suite, "--format", "json", "--out", folder / "run", cwd=folder, environment=OFFLINE)


def test_a_classifier_is_judged_like_any_model(tmp_path: Path, tiny_classifier: Path) -> None:
    labels = {label: {"answer": "yes"} for label in LABELS}
    done = run(tmp_path, {"model": str(tiny_classifier), "pipeline": "text-classification", "labels": labels})
    assert done.code == 0, done.err
    candidate = done.json()["providers"]["candidate"]
    assert candidate["outcomes"]["ok"] == 3
    assert candidate["metrics"]["schema.pass"]["value"] == 1


def test_generations_that_time_out_hold_up_neither_the_next_case_nor_the_end(
    tmp_path: Path, tiny_model: TinyModel
) -> None:
    settings = {"model": str(tiny_model.hf), "structured": "none", "timeout": 0.5}
    done = run(tmp_path, settings, sampling={"temperature": 0, "max_tokens": 16_000})
    assert done.json()["providers"]["candidate"]["outcomes"]["timeout"] == 3, done.err


def test_a_missing_model_ends_the_run_before_anything_is_sent(tmp_path: Path) -> None:
    done = run(tmp_path, {"model": "nobody/nothing-of-the-kind"})
    assert done.code == 2
    assert "cannot load model 'nobody/nothing-of-the-kind'" in done.err
    assert "Traceback" not in done.err
