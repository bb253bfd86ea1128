"""A recorded run in the place of a provider, so that the incumbent is paid for once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from support.commands import marker, shortlist, write_suite
from support.scripted_server import ScriptedServer, html_200, ok, rate_limit

RULES = [{"metric": "gold.score", "no_worse_by": 0.3}]


def served(server: ScriptedServer) -> dict[str, Any]:
    return {
        "kind": "openai_compatible",
        "base_url": server.base_url,
        "model": "m",
        "retries": 0,
        "cost": {"per_generation": 0.14},
    }


def test_a_recorded_incumbent_is_judged_alike_and_neither_timed_nor_paid_again(tmp_path: Path) -> None:
    with ScriptedServer({marker(3): html_200(), marker(4): rate_limit(0), marker(5): ok("no JSON")}) as server:
        suite = write_suite(tmp_path, {"old": served(server)}, 12)
        first = shortlist("run", suite, "--out", "recorded", "--format", "json", cwd=tmp_path)
    recorded = first.json()["providers"]["old"]

    replay = {"kind": "replay", "run": "recorded", "provider": "old"}
    providers: dict[str, dict[str, Any]] = {"new": {"kind": "fake", "output": {"answer": "yes"}}, "old": replay}
    suite = write_suite(tmp_path, providers, 12, rules=RULES)
    done = shortlist("run", suite, "--out", "run", "--format", "json", cwd=tmp_path)
    assert done.code in (0, 3), done.err
    again = done.json()["providers"]["old"]
    assert again["outcomes"] == recorded["outcomes"]
    for metric in ("schema.pass", "gold.score", "quality.short"):
        assert again["metrics"][metric] == recorded["metrics"][metric]
    for metric in ("latency.total", "throughput.generations", "cost.per_generation"):
        assert again["metrics"][metric]["value"] is None


def test_a_recorded_run_that_was_asked_something_else_is_refused(tmp_path: Path) -> None:
    suite = write_suite(tmp_path, {"old": {"kind": "fake"}}, 3)
    assert shortlist("run", suite, "--out", "recorded", cwd=tmp_path).code == 0
    replay = {"kind": "replay", "run": "recorded", "provider": "old"}
    suite = write_suite(tmp_path, {"new": {"kind": "fake"}, "old": replay}, 3, rules=RULES)
    prompt = tmp_path / "answer@1" / "user.md.j2"
    prompt.write_text(prompt.read_text() + " Please.")
    refused = shortlist("run", suite, "--out", "run", cwd=tmp_path)
    assert refused.code == 2
    assert "providers.old: the recorded run recorded asked something else" in refused.err

    manifest = tmp_path / "recorded" / "manifest.json"
    broken = json.loads(manifest.read_text()) | {"signature": 7}
    manifest.write_text(json.dumps(broken))
    refused = shortlist("run", suite, "--out", "run", cwd=tmp_path)
    assert refused.code == 2
    assert "signature" in refused.err
