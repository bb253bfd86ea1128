"""How a chain's cases end when something goes wrong, and that nothing they cost is forgotten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.commands import marker, shortlist, write_suite
from support.scripted_server import ScriptedServer, ok, rate_limit

GOOD = {"answer": "yes"}
A_DOLLAR = {"per_generation": 1}


def fake(**settings: Any) -> dict[str, Any]:
    return {"kind": "fake", "output": GOOD, "retries": 0, **settings}


def records(folder: Path, provider: str) -> list[dict[str, Any]]:
    lines = (folder / "run" / "records.jsonl").read_text().splitlines()
    return [record for line in lines if (record := json.loads(line))["case"]["provider"] == provider]


def metric(folder: Path, provider: str, name: str) -> list[dict[str, Any]]:
    scores = [json.loads(line) for line in (folder / "run" / "scores.jsonl").read_text().splitlines()]
    return [score["scores"][name] for score in scores if score["case"]["provider"] == provider]


@pytest.mark.parametrize("concurrency", [1, 3])
def test_a_budget_knows_what_a_chains_next_case_is_likely_to_cost(tmp_path: Path, concurrency: int) -> None:
    providers = {
        "own": fake(cost=A_DOLLAR, output="no JSON", concurrency=concurrency),
        "claude": fake(cost=A_DOLLAR, latency=0.005, concurrency=concurrency),
        "gateway": {"kind": "chain", "steps": ["own", "claude"], "concurrency": concurrency},
    }
    suite = write_suite(tmp_path, providers, 20, budget={"usd": 9})
    done = shortlist("run", suite, "--out", "run", "--provider", "gateway", cwd=tmp_path)
    assert done.code == 4, done.err
    spent = sum(len(record["generation"]["steps"]) for record in records(tmp_path, "gateway"))
    assert spent == 8, "a case costs two dollars"


def test_a_chain_that_runs_out_of_time_is_paid_for(tmp_path: Path) -> None:
    providers = {
        "own": fake(cost=A_DOLLAR, output="no JSON", latency=0.01),
        "claude": fake(cost={"input_per_million": 1, "output_per_million": 1}, latency=60),
        "gateway": {"kind": "chain", "steps": ["own", "claude"], "timeout": 0.3, "concurrency": 1},
    }
    suite = write_suite(tmp_path, providers, 6, budget={"usd": 3})
    chosen = ("--provider", "gateway")
    first = shortlist("run", suite, "--out", "run", *chosen, cwd=tmp_path)
    assert first.code == 4, first.err
    kept = records(tmp_path, "gateway")
    assert len(kept) == 3, "each has cost a dollar"
    for record in kept:
        assert record["outcome"] == "timeout"
        asked, given_up = record["generation"]["steps"]
        assert (asked["provider"], asked["failure"], asked["rejected"]) == ("own", None, "not taken")
        assert (given_up["provider"], given_up["failure"]["kind"]) == ("claude", "timeout")
        assert given_up["timings"]["last_token"] - given_up["timings"]["sent"] > 0.1
    assert metric(tmp_path, "gateway", "cost.per_generation")[0]["reason"] == "claude: usage not reported (timeout)"
    assert metric(tmp_path, "gateway", "chain.answered.own")[0]["value"] == 0
    again = shortlist("run", suite, "--resume", "run", cwd=tmp_path)
    assert again.code == 4, again.err
    assert len(records(tmp_path, "gateway")) == 3, "what earlier sittings spent is not forgotten"


def test_a_machine_is_not_charged_on_after_a_chain_gave_it_up(tmp_path: Path) -> None:
    a_dollar_a_second = {"machine_hour": 3600}
    providers = {
        "first": fake(cost={"per_generation": 0}, output="no JSON", latency=0.8),
        "own": fake(cost=a_dollar_a_second, faults=[{"on": marker(0), "kind": "hang"}]),
        "gateway": {"kind": "chain", "steps": ["first", "own"], "timeout": 1, "concurrency": 1},
    }
    suite = write_suite(tmp_path, providers, 4, budget={"usd": "1.4"})
    done = shortlist("run", suite, "--out", "run", "--provider", "gateway", cwd=tmp_path)
    assert done.code == 0, done.err
    assert [record["outcome"] for record in records(tmp_path, "gateway")] == ["timeout", "ok", "ok", "ok"]


@pytest.mark.parametrize("kind", ["crash", "hang", "truncated", "refused"])
def test_a_step_that_fails_in_any_way_has_its_successor(tmp_path: Path, kind: str) -> None:
    providers = {
        "own": fake(faults=[{"on": marker(0), "kind": kind}], timeout=0.3),
        "spare": fake(),
        "gateway": {"kind": "chain", "steps": ["own", "spare"]},
    }
    suite = write_suite(tmp_path, providers, 3)
    done = shortlist("run", suite, "--out", "run", "--provider", "gateway", "--format", "json", cwd=tmp_path)
    assert done.code == 0, done.err
    gateway = done.json()["providers"]["gateway"]
    assert gateway["outcomes"]["ok"] == 3
    assert gateway["metrics"]["chain.answered.spare"]["value"] == pytest.approx(1 / 3)


def test_a_rule_on_a_fallback_that_was_never_needed_passes(tmp_path: Path) -> None:
    providers = {"gateway": {"kind": "chain", "steps": ["own", "claude"]}, "own": fake(), "claude": fake()}
    rules = [{"metric": "chain.answered.claude", "at_most": 0.5}]
    suite = write_suite(tmp_path, providers, 12, rules=rules)
    done = shortlist("run", suite, "--out", "run", "--format", "json", cwd=tmp_path)
    assert (done.code, done.json()["verdict"]) == (0, "PROMOTE"), done.json()["why"]


def test_a_budget_needs_the_prices_of_those_that_a_chosen_chain_asks(tmp_path: Path) -> None:
    providers = {
        "own": fake(),
        "spare": fake(),
        "gateway": {"kind": "chain", "steps": ["own"]},
    }
    suite = write_suite(tmp_path, providers, 3, budget={"usd": 1})
    done = shortlist("run", suite, "--out", "run", "--provider", "gateway", cwd=tmp_path)
    assert done.code == 2
    assert "providers.own.cost: a budget in USD needs to know" in done.err
    assert "spare" not in done.err


def test_a_run_does_not_go_on_with_other_steps_behind_its_chain(tmp_path: Path) -> None:
    def suite(**settings: Any) -> Path:
        providers = {"own": fake(**settings), "gateway": {"kind": "chain", "steps": ["own"]}}
        return write_suite(tmp_path, providers, 3)

    chosen = ("--provider", "gateway")
    assert shortlist("run", suite(), "--out", "run", *chosen, "--limit", "1", cwd=tmp_path).code == 0
    refused = shortlist("run", suite(output={"answer": "no"}), "--resume", "run", "--limit", "3", cwd=tmp_path)
    assert refused.code == 2
    assert "'gateway' is configured otherwise" in refused.err
    assert shortlist("run", suite(timeout=7), "--resume", "run", "--limit", "3", cwd=tmp_path).code == 0


def test_what_a_chain_is_refused_does_not_count_against_the_providers_own_cases(tmp_path: Path) -> None:
    """A chain asks on without waiting: ten refusals in a moment are no sign that waiting is of no use."""

    def script(number: int, body: Any) -> Any:
        return rate_limit(None) if number <= 12 else ok(json.dumps(GOOD))

    with ScriptedServer(script) as server:
        served = {"kind": "openai_compatible", "base_url": server.base_url, "model": "m", "concurrency": 1}
        providers = {
            "gateway": {"kind": "chain", "steps": ["own", "spare"], "concurrency": 1},
            "own": served,
            "spare": fake(),
        }
        suite = write_suite(tmp_path, providers, 30)
        chosen = ("--provider", "gateway", "--provider", "own")
        done = shortlist("run", suite, "--out", "run", *chosen, "--format", "json", cwd=tmp_path)
    assert done.code == 0, done.err
    assert done.json()["providers"]["own"]["outcomes"]["ok"] == 30


def test_the_money_of_live_steps_beside_a_replayed_one_is_not_forgotten(tmp_path: Path) -> None:
    recorded = write_suite(tmp_path, {"then": fake(output="no JSON")}, 6)
    assert shortlist("run", recorded, "--out", "recorded", cwd=tmp_path).code == 0
    providers = {
        "then": {"kind": "replay", "run": "recorded", "provider": "then", "cost": {"per_generation": 0}},
        "claude": fake(cost=A_DOLLAR),
        "gateway": {"kind": "chain", "steps": ["then", "claude"], "concurrency": 1},
    }
    suite = write_suite(tmp_path, providers, 6, budget={"usd": 3})
    assert shortlist("run", suite, "--out", "run", "--provider", "gateway", cwd=tmp_path).code == 4
    assert len(records(tmp_path, "gateway")) == 3
    again = shortlist("run", suite, "--resume", "run", cwd=tmp_path)
    assert again.code == 4, again.err
    assert len(records(tmp_path, "gateway")) == 3
