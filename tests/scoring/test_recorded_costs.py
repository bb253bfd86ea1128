"""What a recorded incumbent cost when it was made: compared with, and not paid again."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from support.commands import Done, marker, shortlist, write_suite
from support.scripted_server import ScriptedServer, bad_key, ok, status

CHEAP = {"kind": "fake", "output": {"answer": "yes"}, "cost": {"per_generation": 0.01}}
REPLAY = {"kind": "replay", "run": "../recorded", "provider": "old"}
NO_DEARER = {"metric": "cost.per_generation", "no_worse_by": 0.5}
A_FIFTH = {"metric": "cost.per_generation", "at_most_ratio": 0.2}
TOKENS = {"input_per_million": 1000, "output_per_million": 5000}
PRICES: dict[str, dict[str, Any]] = {
    "tokens": TOKENS,
    "time": {"machine_hour": 36000},
    "generation": {"per_generation": 0.14},
}


def record(folder: Path, script: Any = None, *, chained: bool = False, **settings: Any) -> Done:
    with ScriptedServer(script) as server:
        served = {"kind": "openai_compatible", "base_url": server.base_url, "model": "m", "retries": 1, **settings}
        chain = {"kind": "chain", "steps": ["served", "rules"]}
        suite = write_suite(folder / "then", {"served": served, "old": chain} if chained else {"old": served}, 6)
        return shortlist("run", suite, "--out", "recorded", "--format", "json", cwd=folder)


def replayed(folder: Path, *options: str, old: dict[str, Any] = REPLAY, **sections: Any) -> Done:
    suite = write_suite(folder / "now", {"new": CHEAP, "old": old}, 6, **{"rules": [NO_DEARER], **sections})
    return shortlist("run", suite, "--out", "run", "--format", "json", *options, cwd=folder)


def costs(run: Path, provider: str = "old") -> dict[tuple[str, int], dict[str, Any]]:
    scores = [json.loads(line) for line in (run / "scores.jsonl").read_text().splitlines()]
    return {
        (score["case"]["pair"], score["case"]["repeat"]): score["scores"]["cost.per_generation"]
        for score in scores
        if score["case"]["provider"] == provider
    }


@pytest.mark.parametrize("price", PRICES.values(), ids=PRICES)
def test_a_recorded_generation_costs_what_it_cost(tmp_path: Path, price: dict[str, Any]) -> None:
    """To the last digit, attempts that were repeated and cases that failed included."""
    script = {marker(1): [status(503), ok()], marker(2): status(500), marker(4): ok("long", usage=None)}
    recorded = record(tmp_path, script, cost=price)
    assert recorded.code == 0, recorded.err
    done = replayed(tmp_path)
    assert done.code in (0, 1, 3), done.err
    then, now = costs(tmp_path / "recorded"), costs(tmp_path / "run")
    run_id = recorded.json()["run_id"]
    told = f"as recorded on {run_id[:4]}-{run_id[4:6]}-{run_id[6:8]} in {run_id}"
    assert now.keys() == then.keys()
    for case, cost in then.items():
        reason = told if cost["reason"] is None else f"{told}: {cost['reason']}"
        assert now[case] == {**cost, "reason": reason}
    old, before = (one.json()["providers"]["old"]["metrics"] for one in (done, recorded))
    for metric in ("cost.per_generation", "cost.per_1k_generations"):
        assert old[metric] == before[metric]


def test_what_was_recorded_is_in_no_total_and_no_budget(tmp_path: Path) -> None:
    assert record(tmp_path, cost={"per_generation": 0.14}).code == 0
    done = replayed(tmp_path, budget={"usd": 0.07})
    assert done.json()["complete"], done.err
    providers = done.json()["providers"]
    assert Decimal(providers["new"]["metrics"]["cost.total"]["value"]) == Decimal("0.06")
    assert providers["old"]["metrics"]["cost.total"]["value"] is None
    comparison = json.loads((tmp_path / "run" / "comparison.json").read_text())
    total = comparison["providers"]["old"]["metrics"]["cost.total"]
    assert total["missing"] == {"replayed: this run paid nothing for it": 6}
    facts = json.loads((tmp_path / "run" / "manifest.json").read_text())["providers"]["old"]
    assert facts["price"] == "as recorded: suite: 0.14 USD per generation"


@pytest.mark.parametrize(("then", "code"), [(0.14, 0), (0.04, 1)])
def test_a_gate_compares_cost_with_a_recorded_incumbent(tmp_path: Path, then: float, code: int) -> None:
    assert record(tmp_path, cost={"per_generation": then}).code == 0
    done = replayed(tmp_path, rules=[A_FIFTH])
    assert done.code == code, done.out + done.err


def test_a_replay_of_a_replay_costs_what_was_paid_for_it(tmp_path: Path) -> None:
    assert record(tmp_path, cost=TOKENS).code == 0
    between = write_suite(tmp_path / "between", {"copy": REPLAY}, 6)
    assert shortlist("run", between, "--out", "copied", cwd=tmp_path).code == 0
    twice = {**REPLAY, "run": "../copied", "provider": "copy"}
    assert replayed(tmp_path, old=twice).code in (0, 1, 3)
    then, now = costs(tmp_path / "recorded"), costs(tmp_path / "run")
    assert {case: cost["value"] for case, cost in now.items()} == {case: cost["value"] for case, cost in then.items()}


def test_a_recorded_chain_costs_what_its_requests_cost_and_asks_nobody_again(tmp_path: Path) -> None:
    assert record(tmp_path, {marker(2): ok("no JSON")}, chained=True, cost=TOKENS).code == 0
    done = replayed(tmp_path, budget={"usd": 0.061})
    assert done.code in (0, 1, 3), done.err
    then, now = costs(tmp_path / "recorded"), costs(tmp_path / "run")
    assert {case: cost["value"] for case, cost in now.items()} == {case: cost["value"] for case, cost in then.items()}
    records = [json.loads(line) for line in (tmp_path / "run" / "records.jsonl").read_text().splitlines()]
    assert not any(record["generation"]["steps"] for record in records)


def test_a_price_said_now_goes_before_one_that_was_not_known_then(tmp_path: Path) -> None:
    assert record(tmp_path).code == 0
    unknown = replayed(tmp_path)
    assert unknown.code in (1, 3), unknown.err
    assert all("no price known" in cost["reason"] for cost in costs(tmp_path / "run").values())
    shutil.rmtree(tmp_path / "run")
    assert replayed(tmp_path, old={**REPLAY, "cost": TOKENS}).code == 0
    each = Decimal(20 * 1000 + 5 * 5000) / 1_000_000
    assert {Decimal(cost["value"]) for cost in costs(tmp_path / "run").values()} == {each}


def test_a_recorded_run_that_is_gone_or_was_changed_makes_the_cost_unknown(tmp_path: Path) -> None:
    assert record(tmp_path, cost=TOKENS).code == 0
    assert replayed(tmp_path).code in (0, 1, 3)
    whole = costs(tmp_path / "run")
    records = tmp_path / "recorded" / "records.jsonl"
    kept = records.read_bytes()

    records.write_bytes(kept.replace(b'"output":5', b'"output":500'))
    assert shortlist("score", "run", cwd=tmp_path).code in (0, 1, 3)
    for cost in costs(tmp_path / "run").values():
        assert (cost["value"], cost["status"]) == (None, "missing")
        assert "records.jsonl is not what it was when it was replayed" in cost["reason"]

    records.unlink()
    (tmp_path / "recorded" / "manifest.json").rename(tmp_path / "manifest.json")
    assert shortlist("score", "run", cwd=tmp_path).code in (0, 1, 3)
    assert all("there is no recorded run at" in cost["reason"] for cost in costs(tmp_path / "run").values())

    records.write_bytes(kept)
    (tmp_path / "manifest.json").rename(tmp_path / "recorded" / "manifest.json")
    assert shortlist("score", "run", cwd=tmp_path).code in (0, 1, 3)
    assert costs(tmp_path / "run") == whole


def test_a_chain_with_a_replayed_step_has_no_cost_and_says_why(tmp_path: Path) -> None:
    assert record(tmp_path, cost=TOKENS).code == 0
    chain = {"kind": "chain", "steps": ["down", "old"]}
    with ScriptedServer(lambda n, body: bad_key()) as server:
        down = {"kind": "openai_compatible", "base_url": server.base_url, "model": "m", "cost": TOKENS}
        suite = write_suite(tmp_path / "now", {"down": down, "old": REPLAY, "gateway": chain}, 6)
        done = shortlist("run", suite, "--out", "run", "--provider", "gateway", "--format", "json", cwd=tmp_path)
    assert done.code == 0, done.err
    assert {cost["reason"] for cost in costs(tmp_path / "run", "gateway").values()} == {
        "cached: a step of the chain was replayed"
    }
