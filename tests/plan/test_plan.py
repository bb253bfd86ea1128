"""Plans: which cases, in which order, and what they may take."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from shortlist import bundled
from shortlist.errors import InputError
from shortlist.plan import Plan, plan
from shortlist.suite.load import load_suite
from shortlist.suite.model import Suite
from shortlist.suite.signature import signature_of
from support.suites import SCHEMA, SUITE, pair, write_suite


def _suite(folder: Path, text: str = SUITE, gold: Sequence[object] = (None, None, None)) -> Suite:
    pairs = [pair(name, **({"gold": {"small": one}} if one else {})) for name, one in zip("abc", gold, strict=True)]
    return load_suite(write_suite(folder, text, pairs), {})


def test_cases_go_by_pair_then_repeat_then_provider(tmp_path: Path) -> None:
    made = plan(_suite(tmp_path, SUITE + "repeats: 2\n"), limit=2)
    assert [str(case) for case in made.cases] == [
        "small@1/a/new/0",
        "small@1/a/old/0",
        "small@1/a/new/1",
        "small@1/a/old/1",
        "small@1/b/new/0",
        "small@1/b/old/0",
        "small@1/b/new/1",
        "small@1/b/old/1",
    ]
    assert made.cases_by_provider() == {"new": 4, "old": 4}
    assert (made.pairs, made.repeats) == (2, 2)


def test_limit_providers_and_repeats_narrow_it(tmp_path: Path) -> None:
    suite = _suite(tmp_path)
    made = plan(suite, limit=99, providers=["old"], repeats=3)
    assert made.cases_by_provider() == {"old": 9}
    assert made.signature == signature_of(suite)


def test_providers_keep_the_order_of_the_suite(tmp_path: Path) -> None:
    assert list(plan(_suite(tmp_path), providers=["old", "new", "old"]).cases_by_provider()) == ["new", "old"]


def test_tokens_are_a_quarter_of_the_characters(tmp_path: Path) -> None:
    suite = _suite(tmp_path)
    (tmp_path / "small@1/system.md.j2").write_text("s" * 20)
    suite = load_suite(suite.path, {})
    prompt = 20 + len("test\n") + 40 + 1 + 40
    schema = len(json.dumps(SCHEMA, separators=(",", ":")))
    expected = 3 * (-(-prompt // 4) + -(-schema // 4))
    estimate = plan(suite).estimates[0]
    assert (estimate.cases, estimate.input_tokens, estimate.output_tokens_most) == (3, expected, 3 * 8192)
    assert estimate.output_tokens_likely is None  # no gold


def test_gold_says_how_long_an_output_is_likely_to_be(tmp_path: Path) -> None:
    gold = {"summary": "x" * 100}
    suite = _suite(tmp_path, SUITE + "sampling: {max_tokens: 10}\n", [gold, gold, gold])
    assert plan(suite).estimates[0].output_tokens_likely == 30  # cut off at max_tokens
    suite = _suite(tmp_path, gold=[gold, gold, gold])
    assert plan(suite, repeats=2).estimates[0].output_tokens_likely == 6 * 29  # 114 characters each


def _money(made: Plan) -> dict[str, tuple[Decimal | None, Decimal | None, str | None]]:
    return {one.provider: (one.usd_low, one.usd_high, one.why_no_money) for one in made.estimates}


def test_money_is_known_unknown_or_a_matter_of_time(tmp_path: Path) -> None:
    text = SUITE.replace("  old:", "  priceless: {kind: fake}\n  old:")
    made = plan(_suite(tmp_path, text))
    assert _money(made) == {
        "new": (Decimal("1.5"), Decimal("1.5"), None),
        "priceless": (
            None,
            None,
            "the price is unknown; state it with cost: {input_per_million: …, output_per_million: …}",
        ),
        "old": (None, None, "charged by time: the run will show how long a generation takes"),
    }
    assert made.usd() == (Decimal("1.5"), Decimal("1.5"))
    assert made.without_money() == ("priceless", "old")


def test_token_prices_span_from_the_likely_to_the_most_output(tmp_path: Path) -> None:
    text = SUITE.replace("{per_generation: 0.5}", "{input_per_million: 1, output_per_million: 10}")
    gold = {"summary": "x" * 100}
    one = plan(_suite(tmp_path, text, [gold, gold, gold])).estimates[0]
    assert one.usd_low == Decimal(one.input_tokens + 10 * 3 * 29) / 1_000_000
    assert one.usd_high == Decimal(one.input_tokens + 10 * 3 * 8192) / 1_000_000


def test_no_money_at_all_is_none(tmp_path: Path) -> None:
    assert plan(_suite(tmp_path), providers=["old"]).usd() is None


def test_the_json_is_plain_and_exact(tmp_path: Path) -> None:
    made = json.loads(json.dumps(plan(_suite(tmp_path)).to_json(), allow_nan=False))
    assert made["cases"] == 6
    assert made["usd_low"] == "1.5"
    assert made["usd_leaves_out"] == ["old"]
    assert made["providers"]["old"]["usd_low"] is None
    assert made["providers"]["new"]["price"] == "suite: 0.5 USD per generation"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"providers": ["nwe"]}, "no provider of demo is called 'nwe'; allowed: new, old; did you mean 'new'?"),
        ({"limit": 0}, "limit must be at least 1; got 0"),
        ({"repeats": 0}, "repeats must be at least 1; got 0"),
    ],
)
def test_what_cannot_be_planned_is_refused(options: dict[str, object], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        plan(_suite(tmp_path), **options)  # type: ignore[arg-type]  # one option at a time, of several types
    assert str(caught.value) == message


@pytest.mark.parametrize("name", bundled.suite_names())
def test_every_bundled_suite_can_be_planned(name: str) -> None:
    suite = load_suite(name, {})
    assert len(plan(suite).cases) == len(suite.pairs) * len(suite.providers) > 0
