"""`shortlist export`: what may be trained on, in the formats of trainers, and scores as tables."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from support.commands import Done, shortlist
from support.engines import need_engine
from support.tiny_model import TinyModel

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["employer", "note"],
    "properties": {"employer": {"type": "string"}, "note": {"type": "string"}},
}
TASK = {
    "name": "notes",
    "version": 1,
    "prompt": {"system": "system.md.j2", "user": "user.md.j2"},
    "schema": "schema.json",
    "fields": {"employer": {"compare": "text"}},
    "grounding": {"employers": {"fields": ["employer"]}, "numbers": {"fields": ["note"]}},
}
GOOD = {"employer": "Brightloom", "note": "worked 4 years"}
OUTPUTS: dict[str, Any] = {
    "invented": {"employer": "Northfield", "note": "worked 4 years"},
    "half": {"employer": "Brightloom", "note": "worked 77 years"},
    "invalid": '{"employer": "Brightloom"}',
    "fenced": "```json\n" + json.dumps(GOOD) + "\n```",
}
SPLITS = {"heldout-1": "heldout", "no-split": None}
IDS = ["plain", "ünï", "invented", "half", "invalid", "fenced", "refused", "planted", "heldout-1", "no-split"]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run in `run`, of ten pairs in three splits, by a teacher and another."""
    folder = tmp_path_factory.mktemp("export")
    task = folder / "notes@1"
    task.mkdir()
    (task / "task.yaml").write_text(yaml.safe_dump(TASK))
    (task / "schema.json").write_text(json.dumps(SCHEMA))
    (task / "system.md.j2").write_text("You take notes.")
    (task / "user.md.j2").write_text(
        "RESUME TEXT:\n{{ resume_text }}\n\nJOB DESCRIPTION:\n{{ job_description_text }}\n"
    )
    rows = []
    for id_ in IDS:
        row: dict[str, Any] = {
            "id": id_,
            "domain": "packaging",
            "resume_text": f"Brightloom, packer, worked 4 years. Ref {id_}",
            "job_description_text": "Packer wanted – “now”",
            "split": SPLITS.get(id_, "train"),
        }
        if id_ == "planted":
            row["injection"] = {"canaries": ["ZEBRA"]}
        rows.append(json.dumps({key: value for key, value in row.items() if value is not None}))
    (folder / "pairs.jsonl").write_text("\n".join(rows))
    suite = {
        "name": "teach",
        "task": "./notes@1",
        "dataset": "pairs.jsonl",
        "repeats": 2,
        "providers": {
            "teacher": {
                "kind": "fake",
                "model": "teacher-1",
                "output": GOOD,
                "outputs": OUTPUTS,
                "faults": [{"on": "refused", "kind": "refused"}],
                "usage": {"input": 70, "output": 9},
                "cost": {"per_generation": 0.125},
            },
            "other": {"kind": "fake", "output": GOOD},
        },
        "metrics": ["schema", "grounding", "cost"],
    }
    (folder / "suite.yaml").write_text(yaml.safe_dump(suite, allow_unicode=True))
    assert shortlist("run", "suite.yaml", "--out", "run", cwd=folder).code == 0
    return folder


def export(folder: Path, *arguments: str) -> Done:
    return shortlist("export", "run", *arguments, cwd=folder)


def lines_of(file: Path) -> list[Any]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_only_valid_grounded_generations_of_the_train_split_are_taught(ran: Path) -> None:
    done = export(ran, "--to", "product", "--provider", "teacher", "--out", "train.jsonl")
    assert (done.code, done.out) == (0, "train.jsonl: 2 examples\n")
    assert sorted(done.err.splitlines()) == [
        "left out 2: another repeat of the same pair was taken",
        "left out 2: failed: refused",
        "left out 2: its pair has a planted instruction",
        "left out 2: its pair is of split heldout, not train",
        "left out 2: its pair is of split none, not train",
        "left out 4: grounding.score below 1",
        "left out 4: not valid against the task's schema",
    ]
    first, second = lines_of(ran / "train.jsonl")
    assert first == {
        "id": "plain",
        "domain": "packaging",
        "messages": [
            {"role": "system", "content": "You take notes."},
            {
                "role": "user",
                "content": "RESUME TEXT:\nBrightloom, packer, worked 4 years. Ref plain\n\n"
                "JOB DESCRIPTION:\nPacker wanted – “now”",
            },
            {"role": "assistant", "content": json.dumps(GOOD, separators=(",", ":"))},
        ],
        "metadata": {"input_tokens": 70, "output_tokens": 9, "model": "teacher-1"},
    }
    assert second["id"] == "ünï"


def test_a_lower_bar_lets_a_half_grounded_one_in(ran: Path) -> None:
    done = export(ran, "--to", "product", "--provider", "teacher", "--out", "half.jsonl", "--grounded", "0.5")
    assert {line["id"] for line in lines_of(ran / "half.jsonl")} == {"plain", "ünï", "invented", "half"}
    assert "grounding.score" not in done.err


def test_openai_gets_messages_and_nothing_else(ran: Path) -> None:
    assert export(ran, "--to", "openai", "--provider", "teacher", "--out", "chat.jsonl").code == 0
    chat, product = lines_of(ran / "chat.jsonl"), None
    assert export(ran, "--to", "product", "--provider", "teacher", "--out", "again.jsonl").code == 0
    product = lines_of(ran / "again.jsonl")
    assert chat == [{"messages": line["messages"]} for line in product]


def test_mlx_gets_a_folder_that_its_own_loader_reads(ran: Path, tiny_model: TinyModel) -> None:
    need_engine("mlx_lm", "transformers")
    from mlx_lm.tuner.datasets import load_local_dataset  # noqa: PLC0415 - an engine, not installed everywhere
    from transformers import AutoTokenizer  # noqa: PLC0415 - likewise

    done = export(ran, "--to", "mlx", "--provider", "other", "--out", "mlx")
    assert (done.code, done.out) == (0, "mlx: 6 examples to train on, 1 to validate\n")
    tokenizer = AutoTokenizer.from_pretrained(tiny_model.hf)
    train, valid, test = load_local_dataset(ran / "mlx", tokenizer, {})
    assert (len(train), len(valid), len(test)) == (6, 1, 0)
    tokens, _ = train.process(train[0])
    assert "Brightloom" in tokenizer.decode(tokens)
    assert len({line["messages"][1]["content"] for line in [*train, *valid]}) == 7


def test_the_dataset_commands_take_the_export_for_training_data(ran: Path) -> None:
    """What is exported is found again: a held-out set that holds one of its pairs is contaminated."""
    assert export(ran, "--to", "openai", "--provider", "teacher", "--out", "taught.jsonl").code == 0
    checked = shortlist("dataset", "check", "pairs.jsonl", "--train", "taught.jsonl", cwd=ran)
    assert checked.code == 1
    assert "taught.jsonl:1" in checked.out + checked.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--to", "product"], "whose generations? The run has other, teacher: --provider NAME"),
        (["--to", "product", "--provider", "teecher"], "did you mean 'teacher'"),
        (["--to", "openai", "--provider", "teacher", "--out", "gone/x.jsonl"], "there is no folder gone"),
        (["--to", "xml"], "'product'"),
    ],
)
def test_what_cannot_be_done_is_said_and_writes_nothing(ran: Path, arguments: list[str], message: str) -> None:
    before = sorted(path.name for path in ran.iterdir())
    done = export(ran, *arguments, *([] if "--out" in arguments else ["--out", "never"]))
    assert done.code == 2
    assert message in done.err
    assert sorted(path.name for path in ran.iterdir()) == before


def test_a_run_over_held_out_pairs_gives_no_training_data(ran: Path, tmp_path: Path) -> None:
    suite = yaml.safe_load((ran / "suite.yaml").read_text())
    (ran / "heldout.yaml").write_text(yaml.safe_dump({**suite, "split": "heldout"}))
    assert shortlist("run", "heldout.yaml", "--out", tmp_path / "held", cwd=ran).code == 0
    done = shortlist(
        "export", tmp_path / "held", "--to", "openai", "--provider", "other", "--out", tmp_path / "x", cwd=ran
    )
    assert done.code == 2
    assert "may be trained on" in done.err
    assert "split: train" in done.err
    assert not (tmp_path / "x").exists()


def test_what_was_not_scored_for_grounding_is_not_taken_for_grounded(ran: Path, tmp_path: Path) -> None:
    suite = yaml.safe_load((ran / "suite.yaml").read_text())
    (ran / "unscored.yaml").write_text(yaml.safe_dump({**suite, "metrics": ["schema"]}))
    assert shortlist("run", "unscored.yaml", "--out", tmp_path / "run", cwd=ran).code == 0
    done = shortlist(
        "export", tmp_path / "run", "--to", "openai", "--provider", "other", "--out", tmp_path / "x", cwd=ran
    )
    assert done.code == 2
    assert "add 'grounding'" in done.err


def test_csv_and_parquet_hold_every_score(ran: Path) -> None:
    scored = lines_of(ran / "run/scores.jsonl")
    cells = sum(len(case["scores"]) for case in scored)
    assert export(ran, "--to", "csv", "--out", "s.csv").out == f"s.csv: {cells} rows, one a case and metric\n"
    assert (
        export(ran, "--to", "parquet", "--out", "s.parquet").out == f"s.parquet: {cells} rows, one a case and metric\n"
    )
    with (ran / "s.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    cost = next(row for row in table if row["metric"] == "cost.per_generation" and row["provider"] == "teacher")
    assert (Decimal(cost["value"]), cost["unit"], cost["status"]) == (Decimal("0.125"), "USD", "ok")
    unpriced = next(row for row in table if row["metric"] == "cost.per_generation" and row["provider"] == "other")
    assert (unpriced["value"], unpriced["status"]) == ("", "missing")
    columns = ["run", "task", "pair", "domain", "split", "provider", "repeat", "outcome", "metric", "value", "unit"]
    assert list(table[0]) == [*columns, "status", "reason"]
    read = (
        duckdb.connect()
        .execute(f"select pair, provider, repeat, metric, value, status from '{ran / 's.parquet'}'")
        .fetchall()
    )
    expected = [
        (row["pair"], row["provider"], int(row["repeat"]), row["metric"], row["value"], row["status"]) for row in table
    ]
    assert [(*row[:4], "" if row[4] is None else row[4], row[5]) for row in read] == [
        (*row[:4], "" if row[4] == "" else float(row[4]), row[5]) for row in expected
    ]


def test_one_provider_s_scores_alone(ran: Path) -> None:
    assert export(ran, "--to", "csv", "--provider", "other", "--out", "o.csv").code == 0
    with (ran / "o.csv").open(encoding="utf-8", newline="") as file:
        assert {row["provider"] for row in csv.DictReader(file)} == {"other"}


def test_an_export_does_not_overwrite_the_run(ran: Path) -> None:
    before = (ran / "run" / "records.jsonl").read_bytes()
    done = export(ran, "--to", "csv", "--out", "run/records.jsonl")
    assert (done.code, "a file of the run itself" in done.err) == (2, True)
    assert (ran / "run" / "records.jsonl").read_bytes() == before
