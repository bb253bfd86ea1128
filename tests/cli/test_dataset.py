"""`shortlist dataset`, and how a run treats training data that holds its pairs: through the command itself."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from shortlist_datasets import Pair, load_dataset
from shortlist_datasets.pair_file import pair_json
from support.commands import shortlist, write_suite
from support.copies import changed, of_their_words, reordered, rewrapped
from support.scripted_server import ScriptedServer

PAIRS = load_dataset("resume_jd@1", Path()).pairs
TEXTS = [text for pair in PAIRS for text in (pair.resume_text, pair.job_description_text)]
WORDS = [word for text in TEXTS for word in text.split()]


def product_line(resume: str, job: str, identity: str | None = None, answer: str = "{}") -> dict[str, Any]:
    user = f"RESUME TEXT:\n{resume}\n\nJOB DESCRIPTION:\n{job}"
    messages = [{"role": "user", "content": user}, {"role": "assistant", "content": answer}]
    return {"messages": messages} | ({"id": identity, "domain": "x", "metadata": {}} if identity else {})


def write_lines(file: Path, rows: list[Any]) -> Path:
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return file


def nobody(number: int) -> dict[str, Any]:
    random = Random(number)
    return product_line(of_their_words(TEXTS, random, 400), of_their_words(TEXTS, random, 200), f"clean-{number}")


def pair_row(identity: str, resume: str, job: str, **more: Any) -> dict[str, Any]:
    return {"id": identity, "resumeText": resume, "jobDescriptionText": job, **more}


# check


def test_planted_copies_are_named_with_their_lines_and_scores(tmp_path: Path) -> None:
    random = Random(5)
    rows: list[Any] = [nobody(number) for number in range(40)]
    planted: dict[int, tuple[Pair, Callable[[str], str], str, float]] = {
        4: (PAIRS[0], lambda text: text, "both", 1.0),
        9: (PAIRS[1], rewrapped, "both", 1.0),
        17: (PAIRS[2], lambda text: changed(text, 0.1, random, WORDS), "both", 0.6),
        23: (PAIRS[3], lambda text: changed(text, 0.15, random, WORDS), "both", 0.5),
        31: (PAIRS[4], lambda text: reordered(text, random), "resume", 0.7),
    }
    for line, (pair, copy, side, _) in planted.items():
        job = copy(pair.job_description_text) if side == "both" else "A lighthouse keeper is wanted."
        rows[line - 1] = product_line(copy(pair.resume_text), job, f"bad-{line}")
    train = write_lines(tmp_path / "train.jsonl", rows)
    done = shortlist("dataset", "check", "resume_jd@1", "--train", train, "--format", "json", cwd=tmp_path)
    assert done.code == 1, done.err
    result = done.json()
    assert (result["status"], result["pairs"], result["training"]["lines"]) == ("contaminated", 12, 40)
    found = {one["line"]: one for one in result["contamination"]}
    assert sorted(found) == sorted(planted)
    for line, (pair, _, side, least) in planted.items():
        one = found[line]
        assert (one["pair"], one["side"], one["id"]) == (pair.id, side, f"bad-{line}")
        assert one["file"] == str(train)
        assert least <= one["score"] <= 1
        assert one["exact"] is (line in (4, 9))

    told = shortlist("dataset", "check", "resume_jd@1", "--train", train, cwd=tmp_path)
    assert told.code == 1
    where = (
        f"{PAIRS[0].id}: résumé and job description, word for word, in {train}:4 (résumé, job description) [id bad-4]"
    )
    assert where in told.out
    assert re.search(rf'{PAIRS[2].id}: .*, \d\d% of its word trigrams, in .*:17 .*: "\w+ \w+ ', told.out)
    assert "resume_jd@1: contaminated - 12 pairs, 0 faulty, 0 twice, 5 contaminated by 40 training lines" in told.out


def test_clean_training_data_in_every_format_leads_to_0(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    write_lines(tmp_path / "deep" / "a.jsonl", [nobody(1), {"text": "x y z"}, {"prompt": "p", "completion": "c"}])
    (tmp_path / "deep" / "b.json").write_text(json.dumps(pair_row("t", "I keep a lighthouse.", "Keeper wanted.")))
    done = shortlist("dataset", "check", "resume_jd@1", "--train", "deep", "--format", "json", cwd=tmp_path)
    assert done.code == 0, done.out + done.err
    assert (done.json()["status"], done.json()["training"]["lines"]) == ("clean", 4)
    assert done.json()["contamination"] == []


def test_the_sets_own_train_split_is_training_data(tmp_path: Path) -> None:
    first = PAIRS[0]
    rows = [
        pair_row("held", first.resume_text, first.job_description_text, split="heldout"),
        pair_row("trained", rewrapped(first.resume_text), "Another job altogether.", split="train"),
    ]
    done = shortlist("dataset", "check", write_lines(tmp_path / "set.jsonl", rows), "--format", "json", cwd=tmp_path)
    assert done.code == 1
    [one] = done.json()["contamination"]
    assert (one["pair"], one["side"], one["id"], one["line"]) == ("held", "resume", "trained", 2)


@pytest.mark.parametrize(("split", "code"), [("heldout", 1), ("stress", 0)])
def test_a_pair_that_stands_twice_in_a_split_leads_to_1(tmp_path: Path, split: str, code: int) -> None:
    one, other = PAIRS[0], PAIRS[1]
    rows = [
        pair_row("a", one.resume_text, one.job_description_text, split="heldout"),
        pair_row("b", rewrapped(one.resume_text), one.job_description_text, split=split),
        pair_row("c", one.resume_text, other.job_description_text, split="heldout"),
    ]
    done = shortlist("dataset", "check", write_lines(tmp_path / "set.jsonl", rows), "--format", "json", cwd=tmp_path)
    assert done.code == code
    result = done.json()
    assert result["status"] == ("duplicates" if code else "clean")
    assert [(two["pairs"], two["exact"], two["meant"]) for two in result["duplicates"]] == [
        (["a", "b"], True, not code)
    ]
    assert result["resume_clusters"] == [{"pairs": ["a", "b", "c"], "exact": True, "score": 1.0}]
    assert result["job_clusters"] == [{"pairs": ["a", "b"], "exact": True, "score": 1.0}]


def test_every_faulty_pair_is_listed_and_leads_to_2(tmp_path: Path) -> None:
    file = tmp_path / "set.jsonl"
    good = json.dumps(pair_row("a", "x", "y"))
    file.write_text(f"{good}\n{{\n{json.dumps(pair_row('b', '', 'y'))}\n{good}\n")
    done = shortlist("dataset", "check", file, "--format", "json", cwd=tmp_path)
    assert done.code == 2
    result = done.json()
    assert (result["status"], result["pairs"]) == ("unreadable", 1)
    assert [one["line"] for one in result["faults"]] == [2, 3, 4]
    assert '"resume_text" is empty' in result["faults"][1]["message"]
    assert "used before" in result["faults"][2]["message"]
    told = shortlist("dataset", "check", file, cwd=tmp_path)
    assert f"{file}:3: " in told.out

    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.json").write_text(good)
    (folder / "b.json").write_text("{}")
    result = shortlist("dataset", "check", folder, "--format", "json", cwd=tmp_path).json()
    assert [Path(one["path"]).name for one in result["faults"]] == ["b.json"]


def test_untrue_gold_and_gold_outside_its_schema_are_warnings(tmp_path: Path) -> None:
    gold = {
        "pro_output": {"matchScore": 300, "bulletsByRole": [{"company": "Nowhere Ltd", "title": "Welder"}], "x": None}
    }
    rows = [pair_row("a", "Welder since 2019", "Welder wanted for 300 days", gold=gold)]
    done = shortlist("dataset", "check", write_lines(tmp_path / "set.jsonl", rows), "--format", "json", cwd=tmp_path)
    assert done.code == 0
    said = {one["path"]: one["why"] for one in done.json()["gold"]}
    assert said.keys() == {"pro_output", "pro_output.matchScore", "pro_output.bulletsByRole[0].company"}
    assert "'Nowhere Ltd' does not occur" in said["pro_output.bulletsByRole[0].company"]
    assert "100" in said["pro_output.matchScore"]
    assert "x" in said["pro_output"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('{"text": "x"}\n{"instruction": "y"}\n', "train.jsonl:2: no format of training data has these keys"),
        ("", "the training data holds no example"),
        ('{"resumeText": "r", "jobDescriptionText": "j", "split": "heldout"}\n', "the training data holds no example"),
        (None, 'no training data "train.jsonl"'),
    ],
)
def test_training_data_that_cannot_be_read_leads_to_2(tmp_path: Path, lines: str | None, said: str) -> None:
    if lines is not None:
        (tmp_path / "train.jsonl").write_text(lines)
    done = shortlist("dataset", "check", "resume_jd@1", "--train", "train.jsonl", cwd=tmp_path)
    assert done.code == 2
    assert said in done.err
    assert "Traceback" not in done.err


def test_a_set_that_is_nowhere_leads_to_2(tmp_path: Path) -> None:
    for command in (("check",), ("stats",), ("redact", "--out", "x.jsonl")):
        done = shortlist("dataset", *command, "resum_jd", cwd=tmp_path)
        assert done.code == 2
        assert 'did you mean "resume_jd"?' in done.err


def test_lines_of_the_own_train_split_are_those_of_the_file(tmp_path: Path) -> None:
    one = PAIRS[0]
    rows = [
        json.dumps(pair_row("held", one.resume_text, "y", split="heldout")),
        "",
        json.dumps(pair_row("trained", one.resume_text, "z", split="train")),
    ]
    (tmp_path / "set.jsonl").write_text("\n".join(rows))
    done = shortlist("dataset", "check", "set.jsonl", "--format", "json", cwd=tmp_path)
    assert [found["line"] for found in done.json()["contamination"]] == [3]
    # Its own split is no reason to believe a training file in which there is nothing.
    (tmp_path / "train.jsonl").write_text("")
    empty = shortlist("dataset", "check", "set.jsonl", "--train", "train.jsonl", cwd=tmp_path)
    assert (empty.code, "holds no example" in empty.err) == (2, True)


def test_packed_training_data_and_an_empty_name_lead_to_2(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl.gz").write_bytes(gzip.compress(b'{"text": "x"}\n'))
    packed = shortlist("dataset", "check", "resume_jd@1", "--train", "train.jsonl.gz", cwd=tmp_path)
    assert (packed.code, "unpack it" in packed.err) == (2, True)
    unset = shortlist("dataset", "check", "resume_jd@1", "--train", "", cwd=tmp_path)
    assert (unset.code, "empty text" in unset.err) == (2, True)


# stats


def test_stats_are_printed_for_people_and_for_machines(tmp_path: Path) -> None:
    told = shortlist("dataset", "stats", "resume_jd@1", cwd=tmp_path)
    assert told.code == 0
    assert "resume_jd@1: 12 pairs" in told.out
    assert "44 roles with 160 bullets" in told.out
    counted = shortlist("dataset", "stats", "resume_jd@1", "--format", "json", cwd=tmp_path).json()
    assert counted["splits"] == {"heldout": 12}
    assert counted["resume_words"] == {"least": 285, "median": 330, "p90": 460, "most": 588}
    assert len(counted["content_hash"]) == 64


# redact


def test_a_redacted_set_is_a_set_without_its_persons(tmp_path: Path) -> None:
    done = shortlist("dataset", "redact", "resume_jd@1", "--out", "clean.jsonl", cwd=tmp_path)
    assert done.code == 0, done.err
    assert "12 pairs; replaced " in done.out
    text = (tmp_path / "clean.jsonl").read_text()
    assert "@example.com" not in text
    assert re.search(r"555[ .-]01\d\d", text) is None
    redacted = load_dataset("clean.jsonl", tmp_path).pairs
    assert [one.id for one in redacted] == [one.id for one in PAIRS]
    assert all("[NAME]" in one.resume_text for one in redacted)
    assert [one.tags for one in redacted] == [one.tags for one in PAIRS]


def test_a_resume_without_a_name_is_pointed_out(tmp_path: Path) -> None:
    data = write_lines(tmp_path / "set.jsonl", [pair_row("anon", "objective: to weld", "y")])
    done = shortlist("dataset", "redact", data, "--out", "clean.jsonl", cwd=tmp_path)
    assert done.code == 0
    assert "no name found in 1 résumés, look at them: anon" in done.err


def test_a_set_is_not_redacted_onto_itself_and_a_second_time_changes_nothing(tmp_path: Path) -> None:
    data = write_lines(tmp_path / "set.jsonl", [json.loads(pair_json(pair)) for pair in PAIRS])
    before = data.read_bytes()
    refused = shortlist("dataset", "redact", data, "--out", data, cwd=tmp_path)
    assert (refused.code, data.read_bytes()) == (2, before)
    shortlist("dataset", "redact", data, "--out", "clean.jsonl", cwd=tmp_path)
    again = shortlist("dataset", "redact", "clean.jsonl", "--out", "again.jsonl", cwd=tmp_path)
    assert (again.code, again.err) == (0, "")
    assert (tmp_path / "again.jsonl").read_bytes() == (tmp_path / "clean.jsonl").read_bytes()


# run, validate, plan


def contaminated_suite(folder: Path, url: str, **sections: Any) -> Path:
    provider = {"kind": "openai_compatible", "base_url": url, "model": "scripted", "stream": False}
    suite = write_suite(folder, {"new": provider}, 3, **sections)
    resume = "pair-001 has worked for 1 years"
    write_lines(folder / "train.jsonl", [nobody(1), product_line(resume, "job 1", "bad")])
    return suite


def test_a_run_on_pairs_of_the_training_data_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    with ScriptedServer() as server:
        suite = contaminated_suite(tmp_path, server.base_url, training_data=["train.jsonl"])
        # From elsewhere: the path is relative to the suite.
        (tmp_path / "elsewhere").mkdir()
        done = shortlist("run", suite, "--out", tmp_path / "run", cwd=tmp_path / "elsewhere")
        assert server.log == ()
    assert done.code == 2
    assert f"{suite}: training_data: 1 pair stands, whole or in part, in 1 of 2 training lines" in done.err
    assert "pair-001: résumé and job description, word for word" in done.err
    assert "train.jsonl:2 (résumé, job description) [id bad]" in done.err
    assert "--allow-contaminated" in done.err
    assert not (tmp_path / "run").exists()
    refused = shortlist("validate", suite, cwd=tmp_path)
    assert refused.code == 2
    assert "pair-001" in refused.err
    planned = shortlist("plan", suite, cwd=tmp_path)
    assert planned.code == 0
    assert "a run would be refused: 1 pair stands" in planned.err


def test_a_contaminated_run_that_is_allowed_says_so_in_its_manifest(tmp_path: Path) -> None:
    with ScriptedServer() as server:
        suite = contaminated_suite(tmp_path, server.base_url, training_data=["train.jsonl"])
        done = shortlist("run", suite, "--out", "run", "--allow-contaminated", cwd=tmp_path)
        assert done.code == 0, done.err
        assert "warning - contaminated: 1 pair stands, whole or in part, in 1 of 2 training lines" in done.err
        kept = json.loads((tmp_path / "run" / "manifest.json").read_text())["contamination"]
        resumed = shortlist("run", suite, "--resume", "run", cwd=tmp_path)
        assert len(server.log) == 3
    assert (kept["lines"], kept["files"]) == (2, [str(tmp_path / "train.jsonl")])
    [one] = kept["found"]
    assert (one["pair"], one["side"], one["line"], one["id"], one["exact"]) == ("pair-001", "both", 2, "bad", True)
    assert resumed.code == 2  # a resumed run has to be told again
    # Judging it again needs no training data.
    (tmp_path / "train.jsonl").unlink()
    assert shortlist("score", "run", cwd=tmp_path).code == 0
    assert json.loads((tmp_path / "run" / "manifest.json").read_text())["contamination"] == kept


def test_clean_training_data_is_noted_and_changes_nothing_of_the_signature(tmp_path: Path) -> None:
    with ScriptedServer() as server:
        suite = contaminated_suite(tmp_path, server.base_url)
        plain = shortlist("run", suite, "--out", "plain", "--format", "json", cwd=tmp_path).json()
        write_lines(tmp_path / "train.jsonl", [nobody(1)])
        suite.write_text(yaml.safe_dump(yaml.safe_load(suite.read_text()) | {"training_data": ["*.jsonl"]}))
        (tmp_path / "pairs.jsonl").rename(tmp_path / "pairs.data")
        suite.write_text(suite.read_text().replace("dataset: pairs.jsonl", "dataset: pairs.data"))
        done = shortlist("run", suite, "--out", "clean", "--format", "json", cwd=tmp_path)
    assert done.code == 0, done.err
    assert done.json()["signature"] == plain["signature"]
    kept = json.loads((tmp_path / "clean" / "manifest.json").read_text())["contamination"]
    assert (kept["found"], kept["lines"]) == ([], 1)
    assert json.loads((tmp_path / "plain" / "manifest.json").read_text())["contamination"] is None
    assert "no pair in 1 training lines" in shortlist("validate", suite, cwd=tmp_path).out


@pytest.mark.parametrize(
    ("training_data", "said"),
    [
        (["gone.jsonl"], r'suite\.yaml: training_data: .*no training data "gone\.jsonl"'),
        (["bad.jsonl"], r"bad\.jsonl:1: not JSON"),
        ("train.jsonl", r"suite\.yaml:\d+: training_data: "),
    ],
)
def test_training_data_that_cannot_be_read_stops_a_run(tmp_path: Path, training_data: Any, said: str) -> None:
    suite = write_suite(tmp_path, {"new": {"kind": "fake"}}, 2, training_data=training_data)
    (tmp_path / "bad.jsonl").write_text("{\n")
    for command in ("run", "validate", "plan"):
        done = shortlist(command, suite, cwd=tmp_path)
        assert done.code == 2
        assert re.search(said, done.err), done.err
        assert "Traceback" not in done.err


def test_a_bound_on_a_score_that_no_output_has_is_warned_of(tmp_path: Path) -> None:
    row = {
        "id": "planted",
        "resume_text": "Ada Pelling, baker",
        "job_description_text": "Baker wanted",
        "injection": {"at_most": {"pro_output.matchScor": 60, "pro_output.radar.technical": 60, "mine.score": 1}},
    }
    (tmp_path / "pairs.jsonl").write_text(json.dumps(row), encoding="utf-8")
    done = shortlist("dataset", "check", "pairs.jsonl", "--format", "json", cwd=tmp_path)
    assert done.code == 0
    [warned] = json.loads(done.out)["gold"]
    assert warned["path"] == "injection.at_most.pro_output.matchScor"
    assert "did you mean 'matchScore'?" in warned["why"]
