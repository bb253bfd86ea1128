"""Training data: which formats are read, and in which words the others are refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from shortlist_datasets import DatasetError
from shortlist_datasets.training import in_pieces, read_training, training_files

CHAT = {"messages": [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "good day"}]}


def parts(folder: Path, example: Any, name: str = "train.jsonl") -> list[tuple[str, str]]:
    (folder / name).write_text(json.dumps(example) + "\n")
    [line] = read_training([folder / name])
    return [(part.name, part.text) for part in in_pieces(line.parts)]


def test_the_products_format_is_divided_at_its_marks(tmp_path: Path) -> None:
    user = "Do it.\n\nRESUME TEXT:\nI weld.\n\nJOB DESCRIPTION:\nWe weld."
    example = {
        "id": "t1",
        "domain": "welder",
        "messages": [
            {"role": "system", "content": "You write."},
            {"role": "user", "content": user},
            {
                "role": "assistant",
                "content": json.dumps({"summary": "Çelik", "bulletsByRole": [{"bullets": ["Welds"]}]}),
            },
        ],
        "metadata": {"input_tokens": 1, "output_tokens": 2, "model": "m"},
    }
    assert parts(tmp_path, example) == [
        ("system", "You write."),
        ("user", "Do it.\n\n"),
        ("résumé", "\nI weld.\n\n"),
        ("job description", "\nWe weld."),
        ("assistant", "Çelik\nWelds"),
    ]
    [line] = read_training([tmp_path / "train.jsonl"])
    assert (line.path, line.line, line.id) == (tmp_path / "train.jsonl", 1, "t1")


@pytest.mark.parametrize(
    ("example", "wanted"),
    [
        (CHAT, [("user", "hello"), ("assistant", "good day")]),
        (
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "a b"}, {"type": "image_url"}]}]},
            [("user", "text"), ("user", "a b"), ("user", "image_url")],
        ),
        (
            {"messages": [{"role": "assistant", "tool_calls": [{"function": {"arguments": '{"a": "I \\u00e9"}'}}]}]},
            [("assistant", "I é")],
        ),
        ({"messages": [{"role": "assistant", "content": '```json\n{"a": "b c"}\n```'}]}, [("assistant", "b c")]),
        ({"messages": [{"role": "assistant", "content": "[broken"}]}, [("assistant", "[broken")]),
        ({"prompt": "p q", "completion": "r"}, [("prompt", "p q"), ("completion", "r")]),
        (
            {"prompt": CHAT["messages"][:1], "completion": CHAT["messages"][1:]},
            [("user", "hello"), ("assistant", "good day")],
        ),
        ({"text": "all of it"}, [("text", "all of it")]),
        ({"resumeText": "r", "jobDescriptionText": "j"}, [("résumé", "r"), ("job description", "j")]),
        (
            {"resume_text": "r", "job_description_text": "j", "gold": {"t": {"bullets": ["b", "c"]}}},
            [("résumé", "r"), ("job description", "j"), ("gold", "b"), ("gold", "c")],
        ),
    ],
)  # fmt: skip
def test_each_format_is_told_by_its_keys(tmp_path: Path, example: Any, wanted: list[tuple[str, str]]) -> None:
    assert parts(tmp_path, example) == wanted


def test_formats_may_differ_from_line_to_line_and_blank_lines_count(tmp_path: Path) -> None:
    file = tmp_path / "mixed.jsonl"
    file.write_text("\ufeff" + json.dumps(CHAT) + "\n\n" + json.dumps({"text": "x"}) + "\r\n")
    assert [(line.line, line.parts[0].name) for line in read_training([file])] == [(1, "user"), (3, "text")]


def test_of_pairs_with_splits_only_those_of_train_are_examples(tmp_path: Path) -> None:
    pair: dict[str, str | None] = {"resumeText": "r", "jobDescriptionText": "j"}
    file = tmp_path / "pairs.jsonl"
    rows = [pair | {"id": str(split), "split": split} for split in ("train", "heldout", None)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert [line.id for line in read_training([file])] == ["train", "None"]


def test_files_come_from_folders_and_globs_each_once(tmp_path: Path) -> None:
    for name in ("b.jsonl", "deep/a.json", "deep/._a.json", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    found = training_files([".", "*.jsonl", "deep/*.json"], tmp_path)
    assert sorted(str(path.relative_to(tmp_path)) for path in found) == ["b.jsonl", "deep/a.json"]


@pytest.mark.parametrize("ref", ["none.jsonl", "none/*.jsonl", "empty"])
def test_what_names_no_file_is_refused(tmp_path: Path, ref: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match="give a JSONL file, a folder of them, or a glob"):
        training_files([ref], tmp_path)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not JSON"),
        ("[1]", "an example is an object, got list"),
        ('{"instruction": "x", "output": "y"}', "no format of training data has these keys: 'instruction', 'output'"),
        ("{}", "these keys: none; formats: chat"),
        ('{"messages": "x"}', "these keys: 'messages'"),
        ('{"text": 3}', "these keys: 'text'"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "train.jsonl"
    file.write_text(json.dumps(CHAT) + "\n" + line + "\n")
    with pytest.raises(DatasetError) as caught:
        list(read_training([file]))
    assert str(caught.value).startswith(f"{file}:2: ")
    assert said in str(caught.value)


def test_bytes_that_are_not_utf8_are_named_too(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_bytes(b'{"text": "caf\xe9"}\n')
    with pytest.raises(DatasetError, match=r"t\.jsonl:1: not JSON"):
        list(read_training([tmp_path / "t.jsonl"]))
