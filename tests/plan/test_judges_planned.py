"""What a plan says of judges' requests and money."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from support.commands import Done, shortlist, write_suite

YES = {"answer": "yes"}
PRICED = {"kind": "fake", "cost": {"input_per_million": 1, "output_per_million": 10}}
RULE = {"metric": "schema.pass", "at_least": 0.5}


def _suite(folder: Path, **judges: Mapping[str, Any]) -> None:
    providers = {"new": {"kind": "fake", "output": YES}, "old": {"kind": "fake", "output": YES}}
    sections: Mapping[str, Any] = {"metrics": ["schema", "judge"], "judges": judges}
    write_suite(folder, providers, 3, rules=[RULE], **sections)


def _plan(folder: Path, *arguments: str) -> Done:
    done = shortlist("plan", "suite.yaml", "--simulations", "10", *arguments, cwd=folder)
    assert done.code == 0, done.err
    return done


def _judges(folder: Path, *arguments: str) -> Any:
    return _plan(folder, "--format", "json", *arguments).json()["judges"]


def test_money_spans_from_likely_outputs_to_the_most_that_sampling_allows(tmp_path: Path) -> None:
    _suite(tmp_path, tone={"by": PRICED, "rubric": "From 1 to 5.", "samples": 2, "sampling": {"max_tokens": 300}})
    tone = _judges(tmp_path)["tone"]
    assert (tone["requests"], tone["why_no_money"]) == (12, None)  # 3 pairs × 2 providers × 2 samples
    gold = -(-len(json.dumps(YES, separators=(",", ":"))) // 4)
    low, high = Decimal(tone["usd_low"]), Decimal(tone["usd_high"])
    assert low == Decimal(tone["input_tokens"] + 12 * 100 * 10) / 1_000_000
    assert high - low == Decimal(12 * (64 - gold) + 12 * 200 * 10) / 1_000_000
    doubled = _judges(tmp_path, "--repeats", "2")["tone"]
    assert (doubled["requests"], Decimal(doubled["usd_high"])) == (24, 2 * high)


def test_an_unknown_price_is_said_to_be_unknown(tmp_path: Path) -> None:
    _suite(tmp_path, tone={"by": {"kind": "fake"}, "rubric": "From 1 to 5.", "samples": 1})
    assert (_judges(tmp_path)["tone"]["usd_low"], _judges(tmp_path)["tone"]["usd_high"]) == (None, None)
    assert (
        "judge tone: at most 6 requests to fake, money unknown, not in the money above (the price is unknown; state it "
        "with cost: {input_per_million: …, output_per_million: …})"
    ) in " ".join(_plan(tmp_path).out.split())


def test_pairwise_judges_are_asked_in_both_orders_and_about_labels(tmp_path: Path) -> None:
    labels = [{"pair": "pair-000", "outputs": [YES, {"answer": "no" * 40}], "better": 0}]
    (tmp_path / "labels.jsonl").write_text("".join(json.dumps(label) + "\n" for label in labels))
    judge = {"by": PRICED, "rubric": "Which is better?", "against": "old", "samples": 1}
    _suite(tmp_path, bare=judge, duel={**judge, "labels": "labels.jsonl"})
    judges = _judges(tmp_path)
    assert {name: judge["requests"] for name, judge in judges.items()} == {"bare": 6, "duel": 8}
    more = judges["duel"]["input_tokens"] - judges["bare"]["input_tokens"]
    each = judges["bare"]["input_tokens"] // 6
    assert abs(more - 2 * (each + 20)) < 10  # a longer output than gold has
    assert Decimal(judges["duel"]["usd_low"]) - Decimal(judges["bare"]["usd_low"]) == (
        Decimal(more + 2 * 100 * 10) / 1_000_000
    )
