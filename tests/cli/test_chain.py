"""A chain in a whole run: asked through its steps' pools, timed and paid as what it is made of."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from support.commands import marker, shortlist, write_suite
from support.scripted_server import ScriptedServer, ok, rate_limit, status

GOOD = {"answer": "yes"}


def fake(**settings: Any) -> dict[str, Any]:
    return {"kind": "fake", "output": GOOD, "retries": 0, **settings}


def run(folder: Path, providers: dict[str, Any], pairs: int, code: int = 0, **sections: Any) -> dict[str, Any]:
    suite = write_suite(folder, providers, pairs, **sections)
    done = shortlist("run", suite, "--out", "run", "--format", "json", cwd=folder)
    assert done.code == code, done.err
    found: dict[str, Any] = done.json()
    return found


def records(folder: Path, provider: str) -> list[dict[str, Any]]:
    lines = (folder / "run" / "records.jsonl").read_text().splitlines()
    return [record for line in lines if (record := json.loads(line))["case"]["provider"] == provider]


def test_shares_latency_and_cost_are_those_of_the_whole_chain(tmp_path: Path) -> None:
    providers = {
        "own": fake(
            outputs={marker(1): "no JSON", marker(2): {"answer": 7}},
            faults=[{"on": marker(3), "kind": "transient"}],
            usage={"input": 100, "output": 10},
            cost={"input_per_million": 1, "output_per_million": 2},
            latency=0.05,
            concurrency=2,
        ),
        "claude": fake(latency=0.1, first_token=0.02, cost={"per_generation": "0.14"}),
        "gateway": {"kind": "chain", "steps": ["own", "own", "claude"]},
    }
    metrics = run(tmp_path, providers, 10)["providers"]["gateway"]["metrics"]
    assert metrics["chain.answered.own"]["value"] == pytest.approx(0.7)
    assert metrics["chain.answered.claude"]["value"] == pytest.approx(0.3)
    assert metrics["chain.requests"]["value"] == pytest.approx((7 + 3 * 3) / 10)
    assert metrics["schema.pass"]["value"] == 1
    own = Decimal("0.00012")
    # seven answers, two requests for each of two bad answers, and nothing for what failed before it generated
    assert Decimal(metrics["cost.total"]["value"]) == 7 * own + 4 * own + 3 * Decimal("0.14")
    by_pair = {record["case"]["pair"]: record["generation"] for record in records(tmp_path, "gateway")}
    assert [step["provider"] for step in by_pair[marker(1)]["steps"]] == ["own", "own", "claude"]
    assert by_pair[marker(1)]["steps"][0]["rejected"].startswith("not JSON")
    assert by_pair[marker(3)]["steps"][0]["failure"]["kind"] == "transient"
    scores = [json.loads(line) for line in (tmp_path / "run" / "scores.jsonl").read_text().splitlines()]
    slow = next(
        score["scores"]
        for score in scores
        if score["case"]["provider"] == "gateway" and score["case"]["pair"] == marker(1)
    )
    spent = [step["timings"]["last_token"] - step["timings"]["sent"] for step in by_pair[marker(1)]["steps"]]
    assert slow["latency.total"]["value"] == pytest.approx(sum(spent))
    first = by_pair[marker(1)]["timings"]["first_token"] - by_pair[marker(1)]["steps"][2]["timings"]["sent"]
    assert slow["latency.first_token"]["value"] == pytest.approx(sum(spent[:2]) + first)


def test_a_chain_keeps_to_the_limits_of_those_it_asks(tmp_path: Path) -> None:
    def script(number: int, body: Any) -> Any:
        return rate_limit(0.05) if number % 5 == 0 else ok(json.dumps(GOOD), delay=0.02)

    with ScriptedServer(script) as server:
        served = {"kind": "openai_compatible", "base_url": server.base_url, "model": "m", "concurrency": 2}
        providers = {"own": served, "gateway": {"kind": "chain", "steps": ["own", "rules2"], "concurrency": 8}}
        summary = run(tmp_path, {**providers, "rules2": fake()}, 20)
    assert server.most_at_once <= 2
    gateway = summary["providers"]["gateway"]
    assert gateway["outcomes"]["ok"] == 20
    assert gateway["metrics"]["chain.answered.rules2"]["value"] > 0


def test_only_the_chain_is_chosen_and_its_steps_are_started_for_it(tmp_path: Path) -> None:
    with ScriptedServer(default=status(503)) as server:
        served = {"kind": "openai_compatible", "base_url": server.base_url, "model": "m"}
        suite = write_suite(
            tmp_path, {"own": served, "spare": fake(), "gateway": {"kind": "chain", "steps": ["own", "spare"]}}, 5
        )
        done = shortlist("run", suite, "--out", "run", "--provider", "gateway", "--format", "json", cwd=tmp_path)
    assert done.code == 0, done.err
    assert list(done.json()["providers"]) == ["gateway"]
    assert [len(record["generation"]["steps"]) for record in records(tmp_path, "gateway")] == [2] * 5
    assert len(server.log) == 5, "one request a step, whatever the provider's own retries are"


def test_the_money_that_steps_cost_counts_for_the_budget_also_after_a_resume(tmp_path: Path) -> None:
    providers = {
        "own": fake(cost={"per_generation": 1}, concurrency=1),
        "gateway": {"kind": "chain", "steps": ["own"], "concurrency": 1},
    }
    suite = write_suite(tmp_path, providers, 10, budget={"usd": 4})
    chosen = ("--provider", "gateway")
    first = shortlist("run", suite, "--out", "run", *chosen, cwd=tmp_path)
    assert first.code == 4, first.err
    done = len(records(tmp_path, "gateway"))
    assert 0 < done <= 5
    again = shortlist("run", suite, "--resume", "run", cwd=tmp_path)
    assert again.code == 4
    assert len(records(tmp_path, "gateway")) == done, "what earlier sittings spent is not forgotten"


def test_rules_are_the_last_step_without_being_configured(tmp_path: Path) -> None:
    suite = tmp_path / "suite.yaml"
    suite.write_text(
        "name: fallback\ntask: pro_output@1\ndataset: resume_jd@1\nproviders:\n"
        "  own: {kind: fake, output: no JSON, cost: {per_generation: 0.01}}\n"
        "  gateway: {kind: chain, steps: [own, rules]}\n"
        "gate:\n  candidate: gateway\n  rules:\n"
        "    - {metric: chain.answered.own, at_least: 0.5}\n"
    )
    done = shortlist("run", suite, "--out", "run", "--limit", "3", "--format", "json", cwd=tmp_path)
    assert done.code in (1, 3), done.err
    gateway = done.json()["providers"]["gateway"]
    assert gateway["metrics"]["chain.answered.rules"]["value"] == 1
    assert gateway["metrics"]["schema.pass"]["value"] == 1
    assert Decimal(gateway["metrics"]["cost.total"]["value"]) == Decimal("0.03"), (
        "rules cost nothing beside the product"
    )
    report = (tmp_path / "run" / "report.html").read_text()
    assert "chain.answered.rules" in report
    assert "rules" not in done.json()["providers"]


@pytest.mark.parametrize(
    ("providers", "says"),
    [
        ({"gateway": {"kind": "chain", "steps": ["onw"]}, "own": fake()}, "did you mean 'own'?"),
        ({"gateway": {"kind": "chain", "steps": ["claude"]}}, "nor a kind that needs no configuration"),
        (
            {"gateway": {"kind": "chain", "steps": ["other"]}, "other": {"kind": "chain", "steps": ["rules"]}},
            "'other' is a chain itself",
        ),
        (
            {
                "gateway": {"kind": "chain", "steps": ["own"]},
                "own": {"kind": "openai", "model": "gpt-4o-mini", "mode": "batch"},
            },
            "'own' answers by batches",
        ),
        (
            {"gateway": {"kind": "chain", "steps": ["own"]}, "own": fake(optional=True)},
            "'own' is optional, and a chain without one of its steps",
        ),
    ],
)
def test_mistakes_among_providers_are_named_with_their_line(
    tmp_path: Path, providers: dict[str, Any], says: str
) -> None:
    done = shortlist("validate", write_suite(tmp_path, providers, 2), cwd=tmp_path)
    assert done.code == 2
    assert "providers.gateway.steps" in done.err
    assert says in done.err
    assert "suite.yaml:" in done.err


def test_the_plan_of_a_chain_spans_its_best_and_its_worst_case(tmp_path: Path) -> None:
    providers = {
        "own": fake(cost={"per_generation": "0.01"}),
        "claude": fake(cost={"per_generation": "0.14"}),
        "gateway": {"kind": "chain", "steps": ["own", "own", "claude"]},
    }
    done = shortlist("plan", write_suite(tmp_path, providers, 10), "--format", "json", cwd=tmp_path)
    assert done.code == 0, done.err
    gateway = done.json()["providers"]["gateway"]
    assert (Decimal(gateway["usd_low"]), Decimal(gateway["usd_high"])) == (Decimal("0.1"), Decimal("1.6"))
    assert gateway["output_tokens_most"] == 3 * done.json()["providers"]["own"]["output_tokens_most"]


def test_show_and_report_tell_whom_a_chain_asked(tmp_path: Path) -> None:
    providers = {
        "own": fake(outputs={marker(0): "<b>no JSON</b>"}),
        "claude": fake(),
        "gateway": {"kind": "chain", "steps": ["own", "claude"]},
    }
    run(tmp_path, providers, 4)
    shown = shortlist("show", "run", f"gateway/{marker(0)}", cwd=tmp_path)
    assert "step 1: own: " in shown.out
    assert "not taken: not JSON" in shown.out
    assert "answered by: claude" in shown.out
    report = (tmp_path / "run" / "report.html").read_text()
    assert 'aria-label="Of 4 cases: own 3, claude 1"' in report
    assert "Whom the chain asked" in report
    assert "<b>no JSON</b>" not in report
