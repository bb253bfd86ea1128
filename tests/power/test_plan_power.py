"""`shortlist plan`: what n pairs can decide, and what a run will take, as a user reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from support.commands import Done, marker, shortlist, write_suite

YES, NO, BROKEN = {"answer": "yes"}, {"answer": "zzzz"}, "no json"
RULES: tuple[Mapping[str, Any], ...] = (
    {"metric": "schema.pass", "at_least": 0.8},
    {"metric": "gold.score", "no_worse_by": 0.2},
)


def _providers(**settings: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    base = {"kind": "fake", "output": YES}
    return {name: {**base, **settings.get(name, {})} for name in ("new", "old")}


def _plan(folder: Path, *arguments: str, **environment: str) -> Done:
    return shortlist("plan", "suite.yaml", *arguments, cwd=folder, environment=environment)


def _power(folder: Path, *arguments: str) -> dict[str, Any]:
    done = _plan(folder, "--format", "json", *arguments)
    assert done.code == 0, done.err

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no number")

    power = json.loads(done.out, parse_constant=refuse)["power"]
    assert isinstance(power, dict)
    return power


def test_rules_that_cannot_pass_come_first_and_the_gate_says_so(tmp_path: Path) -> None:
    rules = [
        *RULES,
        {"metric": "latency.total", "percentile": 99, "at_most": "30s"},
        {"metric": "quality.short", "at_least": 0.95},
    ]
    write_suite(tmp_path, _providers(), 72, rules=rules)
    done = _plan(tmp_path)
    assert done.code == 0
    lines = done.out.splitlines()
    first = next(number for number, line in enumerate(lines) if "cannot pass" in line)
    assert lines[first] == "latency.total p99 at most 30 s: cannot pass with 72 pairs; 368 needed"
    assert lines[first + 1] == "quality.short at least 0.95: cannot pass with 72 pairs; 73 needed"
    assert first < next(number for number, line in enumerate(lines) if line.startswith("power:"))
    assert "gate: cannot say PROMOTE with these pairs" in done.out
    power = _power(tmp_path)
    assert [rule["can_pass"] for rule in power["rules"]] == [True, True, False, False]
    assert [rule["fewest_n"] for rule in power["rules"]] == [None, None, 368, 73]
    assert power["gate"]["chance_if_equal"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert "\x1b[" not in done.out  # no colours into a pipe


def test_a_rate_is_foreseen_as_its_own_interval_has_it(tmp_path: Path) -> None:
    """29 of 30 right is the least that Wilson's interval lets pass: 0.97^30 + 30·0.03·0.97^29."""
    write_suite(tmp_path, _providers(), 30, rules=[{"metric": "schema.pass", "at_least": 0.83}])
    power = _power(tmp_path, "--simulations", "1000")
    (rule,) = power["rules"]
    exact = 0.97**30 + 30 * 0.03 * 0.97**29
    assert rule["chance_if_equal"]["low"] - 0.02 <= exact <= rule["chance_if_equal"]["high"] + 0.02
    assert rule["expected"] == {"value": 0.97, "means": "true rate", "unit": None}
    assert power["gate"]["chance_if_equal"] == rule["chance_if_equal"]
    assert power["sources"] == [{"what": "schema.pass: true rate", "value": 0.97, "origin": "default"}]
    assert power["gate"]["chance_at_a_bound"]["low"] <= power["gate"]["promised_at_a_bound"] == 0.025


def test_with_the_n_that_it_names_an_equal_candidate_passes_four_times_in_five(tmp_path: Path) -> None:
    rules = [{"metric": "schema.pass", "no_worse_by": 0.1}, {"metric": "gold.score", "no_worse_by": 0.05}]
    for rule in rules:
        write_suite(tmp_path, _providers(), 10, rules=[rule])
        needed = _power(tmp_path)["rules"][0]["needed_n"]
        write_suite(tmp_path, _providers(), needed, rules=[rule])
        found = _power(tmp_path, "--simulations", "400")["rules"][0]
        assert found["n"] == found["needed_n"] == needed
        assert found["chance_if_equal"]["value"] == pytest.approx(0.8, abs=0.07)
        assert found["needs"]["value"] == pytest.approx(0.0, abs=0.01)


def test_chances_multiply_and_the_plan_says_so(tmp_path: Path) -> None:
    rules = [{"metric": name, "at_least": 0.83} for name in ("schema.pass", "schema.pass_repaired", "quality.short")]
    write_suite(tmp_path, _providers(), 30, rules=rules)
    power = _power(tmp_path)
    chances = [rule["chance_if_equal"]["value"] for rule in power["rules"]]
    together = power["gate"]["chance_if_equal"]["value"]
    assert together < min(chances)
    assert together == pytest.approx(chances[0] * chances[1] * chances[2], abs=0.1)
    assert "six independent rules that each pass 80% of the time all pass 26% of the time" in " ".join(power["notes"])


def test_time_and_money_are_unknown_without_a_pilot(tmp_path: Path) -> None:
    rules = [*RULES, {"metric": "latency.total", "at_most": "30s"}]
    write_suite(tmp_path, _providers(new={"cost": {"gpu_hour": 1}}, old={"cost": {"machine_hour": 1}}), 30, rules=rules)
    done = _plan(tmp_path)
    assert done.out.count("charged by time") == 1
    assert "unknown without a pilot: shortlist run suite.yaml --limit 5, then plan --from latest" in done.out
    assert "time: unknown, a pilot shows it: shortlist run suite.yaml --limit 5, then plan --from latest" in done.out
    power = _power(tmp_path)
    latency = power["rules"][2]
    assert latency["chance_if_equal"] is latency["expected"] is latency["needed_n"] is None
    assert latency["unknown_why"].startswith("unknown without a pilot")
    assert latency["needs"]["unit"] == "s"
    assert power["gate"]["leaves_out"] == ["latency.total at most 30 s"]


def test_a_pilot_brings_its_figures_time_and_money(tmp_path: Path) -> None:
    wrong = {marker(number): NO for number in range(6)}
    broken = {marker(number): BROKEN for number in (7, 8)}
    providers = _providers(
        new={"outputs": {**wrong, **broken}, "latency": 0.2, "concurrency": 4, "cost": {"gpu_hour": 36}},
        old={"cost": {"per_generation": 0.5}},
    )
    rules = [*RULES, {"metric": "latency.total", "at_most": "1s"}]
    write_suite(tmp_path, providers, 20, rules=rules)
    assert shortlist("run", "suite.yaml", "--out", "pilot", "--quiet", cwd=tmp_path).code in (0, 1, 3)
    document = _plan(tmp_path, "--from", "pilot", "--format", "json", "--repeats", "2").json()
    power = document["power"]
    schema, gold, latency = power["rules"]
    assert schema["expected"]["value"] == pytest.approx(18 / 20)
    assert latency["expected"]["value"] == pytest.approx(0.2, rel=0.3)
    assert latency["chance_if_equal"]["value"] == 1.0
    assert gold["expected"]["value"] == 0.0  # equal, whatever the pilot saw
    assert gold["chance_if_equal"]["value"] < 0.5  # and with as much spread as it saw
    assert power["gate"]["leaves_out"] == []
    assert all(source["origin"].startswith("run ") for source in power["sources"])
    new, old = document["providers"]["new"]["expected"], document["providers"]["old"]["expected"]
    assert new["seconds"] == pytest.approx(10 * 0.2, rel=0.3)  # 40 generations, 4 at a time
    assert float(new["usd"]) == pytest.approx(40 * 0.05 * 0.01, rel=0.4)  # each takes up a quarter of 0.2 s
    assert float(old["usd"]) == 20.0
    assert document["seconds"] == new["seconds"]
    text = _plan(tmp_path, "--from", "pilot").out
    assert "time: about 1" in text
    assert "charged by time" not in text


def test_a_pilot_of_few_pairs_is_called_rough_and_its_roles_are_found_under_other_names(tmp_path: Path) -> None:
    write_suite(tmp_path, _providers(), 20, rules=RULES)
    assert shortlist("run", "suite.yaml", "--limit", "5", "--quiet", cwd=tmp_path).code in (0, 1, 3)
    other = {"next": {"kind": "fake", "output": YES}, "now": {"kind": "fake", "output": YES}}
    write_suite(tmp_path, other, 20, rules=RULES)
    origins = {source["origin"] for source in _power(tmp_path, "--from", "latest")["sources"]}
    assert any("(new)" in origin and "5 pairs: rough" in origin for origin in origins)


def test_a_recorded_incumbent_is_read_without_being_asked_for(tmp_path: Path) -> None:
    wrong = {marker(number): BROKEN for number in range(10)}
    write_suite(tmp_path, _providers(old={"outputs": wrong}), 20, rules=RULES)
    assert shortlist("run", "suite.yaml", "--provider", "old", "--out", "kept", "--quiet", cwd=tmp_path).code in (1, 3)
    providers = {"new": {"kind": "fake"}, "old": {"kind": "replay", "run": "kept", "provider": "old"}}
    write_suite(tmp_path, providers, 20, rules=RULES)
    power = _power(tmp_path)
    assert power["rules"][0]["expected"]["value"] == 0.5
    assert "the incumbent's" in power["sources"][0]["origin"]


def test_assumptions_are_heard_and_printed(tmp_path: Path) -> None:
    rules = [
        {"metric": "schema.pass", "no_worse_by": 0.1},
        {"metric": "latency.total", "percentile": 90, "at_most": "30s"},
        {"metric": "cost.per_generation", "at_most_ratio": 0.2},
        {"metric": "gold.score", "better_by": 0.05},
    ]
    write_suite(tmp_path, _providers(), 100, rules=rules)
    before = _power(tmp_path)["rules"]
    assert [rule["chance_if_equal"] is None for rule in before] == [False, True, True, True]
    said = ("discordance=0.02", "latency.total=10s", "cost.per_generation.ratio=0.1", "gold.score.difference=0.15")
    arguments = [part for text in said for part in ("--assume", text)]
    after = _power(tmp_path, *arguments)
    assert after["rules"][0]["chance_if_equal"]["value"] > before[0]["chance_if_equal"]["value"]
    assert [rule["expected"]["value"] for rule in after["rules"][2:]] == [0.1, 0.15]
    assert all(rule["chance_if_equal"]["value"] > 0.9 for rule in after["rules"])
    assert "discordance 0.02: schema.pass" in _plan(tmp_path, *arguments).out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("discordanse=0.1", "nothing is called 'discordanse'; allowed: rate, score, discordance, sd, variation, icc, "),
        ("discordanse=0.1", "did you mean 'discordance'?"),
        ("discordance", "write a name and a figure, e.g. --assume discordance=0.05"),
        ("discordance=1.5", "1.5 must lie between 0 and 1"),
        ("sd=nan", "'nan' is not a number"),
        ("schema.pass=30s", "is a duration"),
    ],
)
def test_assumptions_that_make_no_sense_are_refused(tmp_path: Path, text: str, message: str) -> None:
    write_suite(tmp_path, _providers(), 4, rules=RULES)
    done = _plan(tmp_path, "--assume", text)
    assert done.code == 2
    assert message in done.err


def test_a_run_of_another_task_or_none_at_all_is_refused(tmp_path: Path) -> None:
    write_suite(tmp_path, _providers(), 4, rules=RULES)
    done = _plan(tmp_path, "--from", "latest")
    assert (done.code, "there are no runs under" in done.err) == (2, True)
    assert shortlist("run", "quickstart", "--limit", "2", "--quiet", cwd=tmp_path).code in (0, 1, 3)
    done = _plan(tmp_path, "--from", "latest")
    assert done.code == 2
    assert "a run of the task pro_output@1, and" in done.err


def test_without_one_side_the_gate_has_no_chance(tmp_path: Path) -> None:
    write_suite(tmp_path, _providers(), 4, rules=RULES)
    done = _plan(tmp_path, "--provider", "new")
    assert "power: the gate needs old, which --provider leaves out" in done.out
    assert _power(tmp_path, "--provider", "new")["rules"] == []


def test_slices_alerts_totals_and_early_stop_are_foreseen_too(tmp_path: Path) -> None:
    rules: Sequence[Mapping[str, Any]] = [
        {"metric": "schema.pass", "at_least": 0.5, "each": "domain"},
        {"metric": "gold.score", "no_worse_by": 0.3, "domain": "trade-1"},
        {"metric": "gold.score", "no_worse_by": 0.3, "each": "field"},
        {"metric": "quality.short", "no_worse_by": 0.01, "alert": True},
        {"metric": "throughput.generations", "at_least": 0.001},
    ]
    write_suite(tmp_path, _providers(), 60, rules=rules)
    power = _power(tmp_path)
    assert [rule["n"] for rule in power["rules"]] == [20, 20, 60, 60, 60]
    assert power["rules"][3]["chance_if_equal"]["value"] > 0.9
    assert power["rules"][4]["chance_if_equal"] is None
    assert power["gate"]["leaves_out"] == ["throughput.generations at least 0.001 per second"]
    assert power["gate"]["expected_pairs"] is None
    suite = (tmp_path / "suite.yaml").read_text()
    (tmp_path / "suite.yaml").write_text(suite.replace("gate:\n", "gate:\n  early_stop: true\n"))
    stopped = _power(tmp_path)
    assert 20 <= stopped["gate"]["expected_pairs"] <= 60
    assert "early stop: an equal candidate is decided after about" in _plan(tmp_path).out


def test_an_alert_is_said_to_pass_whatever_the_number_of_pairs(tmp_path: Path) -> None:
    rules: Sequence[Mapping[str, Any]] = [
        {"metric": "schema.pass", "at_least": 0.2},
        {"metric": "schema.pass", "at_least": 0.9, "each": "domain", "alert": True},
    ]
    write_suite(tmp_path, _providers(), 12, rules=rules)
    alert = _power(tmp_path)["rules"][1]
    assert (alert["can_pass"], alert["needs"], alert["needed_n"], alert["alert"]) == (True, None, None, True)
    assert alert["chance_if_equal"]["value"] > 0.9
    out = _plan(tmp_path).out
    assert "unless broken" in out
    assert "(4 pairs in the smallest domain)" in out
    assert "cannot" not in out


def test_the_looks_before_the_end_are_told(tmp_path: Path) -> None:
    write_suite(tmp_path, _providers(), 60, rules=RULES)
    suite = (tmp_path / "suite.yaml").read_text()
    (tmp_path / "suite.yaml").write_text(suite.replace("gate:\n", "gate:\n  early_stop: true\n"))
    said = "early stop: the verdict is looked at after 20, 27, 36 and 48 of 60 pairs; the run stops once it is decided"
    assert said in _plan(tmp_path).out
    few = "early stop: the verdict is not looked at before the end: 10 pairs are too few"
    assert few in _plan(tmp_path, "--limit", "10").out


def test_what_a_pilot_saw_of_failures_and_totals_is_told_as_it_is(tmp_path: Path) -> None:
    rules = [
        {"metric": "usage.output", "at_most": 500},
        {"metric": "throughput.generations", "at_least_ratio": 0.001},
    ]
    failing = {"usage": {"output": 50}, "faults": [{"kind": "malformed", "on": "every:6"}]}
    write_suite(tmp_path, _providers(new=failing, old={"usage": {"output": 50}}), 24, rules=rules)
    assert shortlist("run", "suite.yaml", "--out", "pilot", "--quiet", cwd=tmp_path).code in (0, 1, 3)
    usage, throughput = _power(tmp_path, "--from", "pilot")["rules"]
    assert (usage["needs"], usage["needed_n"]) == (None, None)
    assert usage["unknown_why"].startswith("16.7% of the pairs of earlier runs failed without a value, and")
    assert usage["chance_if_equal"]["value"] < 0.2
    assert throughput["expected"]["unit"] == "×"


def test_equal_figures_are_named_once(tmp_path: Path) -> None:
    fields = {"metric": "gold.score", "no_worse_by": 0.3, "each": "field"}
    rules = [*RULES, fields, {"metric": "quality.short", "at_least": 0.5}]
    write_suite(tmp_path, _providers(), 30, rules=rules)
    assert (
        "figures (default): true rate 0.97: schema.pass, quality.short; sd of paired differences 0.15: gold.score, "
        "gold.answer"
    ) in " ".join(_plan(tmp_path).out.split())


def test_the_same_plan_says_the_same_twice(tmp_path: Path) -> None:
    write_suite(tmp_path, _providers(), 12, rules=RULES)
    assert _power(tmp_path) == _power(tmp_path)


@pytest.mark.parametrize("columns", ["80", "120"])
def test_it_fits_a_terminal(tmp_path: Path, columns: str) -> None:
    rules = [*RULES, {"metric": "quality.short", "no_worse_by": 0.01}]
    write_suite(tmp_path, _providers(), 12, rules=rules)
    done = _plan(tmp_path, COLUMNS=columns)
    assert max(map(len, done.out.splitlines())) <= int(columns)
    assert "no worse by 0.01 than old" in done.out


def test_one_pair_is_planned_without_a_crash(tmp_path: Path) -> None:
    write_suite(tmp_path, _providers(), 1, rules=RULES)
    power = _power(tmp_path)
    assert power["pairs"] == 1
    assert power["gate"]["chance_if_equal"]["value"] == 0
