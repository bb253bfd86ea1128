"""`report --redact`: what people see of a run names nobody, and its figures are the same."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from shortlist_datasets import load_dataset
from support.commands import shortlist, write_suite
from support.scripted_server import ScriptedServer, ok

PAIRS = load_dataset("resume_jd@1", Path()).pairs
FILES = ("report.html", "summary.md", "junit.xml")
FIGURE = re.compile(r"\d+(?:\.\d+)?%|\$\d[\d.]*")


def over_the_bundled_pairs(suite: Path) -> Path:
    """The suite, with the product's own task and data set."""
    settings = yaml.safe_load(suite.read_text()) | {"task": "pro_output@1", "dataset": "resume_jd@1"}
    suite.write_text(yaml.safe_dump(settings))
    return suite


def run_that_names(folder: Path, output: str) -> Path:
    """A run over the bundled pairs whose every output is this text."""
    with ScriptedServer(default=ok(output)) as server:
        provider = {"kind": "openai_compatible", "base_url": server.base_url, "model": "m", "stream": False}
        suite = over_the_bundled_pairs(write_suite(folder, {"new": provider}, 1))
        done = shortlist("run", suite, "--out", "run", cwd=folder)
    assert done.code == 0, done.err
    return folder / "run"


def texts(run: Path) -> dict[str, str]:
    return {name: (run / name).read_text() for name in FILES}


PERSON = {"headline": "PRIYANKA RAMAN, CPA", "summary": "Write to priyanka.raman@example.com or 614.555.0142."}
VALID_SHAPE = json.dumps(PERSON)
RAW = f"Sure!\\nPriyanka Raman\\n{json.dumps({'a': 'Zofia Brzezińska', 'b': 'Raman'})} (614) 555-0142 P. Raman"


@pytest.mark.parametrize("output", [VALID_SHAPE, RAW], ids=["parsed", "raw"])
def test_name_email_and_phone_are_gone_and_figures_stay(tmp_path: Path, output: str) -> None:
    run = run_that_names(tmp_path, output)
    before = texts(run)
    assert "Raman" in before["report.html"] or "RAMAN" in before["report.html"]
    done = shortlist("report", "run", "--redact", cwd=tmp_path)
    assert done.code == 0, done.err
    after = texts(run)
    assert "[NAME]" in after["report.html"]
    for name, text in after.items():
        assert "@example.com" not in text, name
        assert re.search(r"555[ .-]0142", text) is None, name
        assert FIGURE.findall(text) == FIGURE.findall(before[name])
    # The figures of the run are read from its JSON files, which stay as they are.
    again = shortlist("report", "run", cwd=tmp_path)
    assert again.code == 0
    assert texts(run)["summary.md"] == before["summary.md"]
    assert "555" in texts(run)["report.html"]


def test_each_case_is_redacted_by_its_own_resume(tmp_path: Path) -> None:
    """The rules repeat every résumé's own name in their letters."""
    suite = over_the_bundled_pairs(write_suite(tmp_path, {"new": {"kind": "rules"}}, 1))
    assert shortlist("run", suite, "--out", "run", cwd=tmp_path).code == 0
    shown = (tmp_path / "run" / "report.html").read_text()
    names = [one for one in ("Thibodeaux", "Hutchins", "Lindqvist", "Adeyemi") if one.casefold() in shown.casefold()]
    done = shortlist("report", "run", "--redact", cwd=tmp_path)
    assert done.code == 0, done.err
    for name in FILES:
        text = (tmp_path / "run" / name).read_text().casefold()
        assert [one for one in names if one.casefold() in text] == []
        assert [pair.id for pair in PAIRS if f"{pair.id}@example" in text] == []


def test_names_in_keys_in_nested_json_and_in_the_suite_go_too(tmp_path: Path) -> None:
    nested = json.dumps({"inner": "x\nPriyanka Raman\n614-555-0142 caf\u00e9"})
    output = {"Priyanka Raman": {"priyanka.raman@example.com": 1}, "summary": nested}
    suite = over_the_bundled_pairs(write_suite(tmp_path, {"new": {"kind": "fake", "output": output}}, 1))
    assert shortlist("run", suite, "--out", "run", "--limit", "1", cwd=tmp_path).code == 0
    assert "Priyanka Raman" in texts(tmp_path / "run")["report.html"]
    assert shortlist("report", "run", "--redact", cwd=tmp_path).code == 0
    for name, text in texts(tmp_path / "run").items():
        assert re.search(r"(?i)priyanka|raman|555[ .-]0142", text) is None, name
