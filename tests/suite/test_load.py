"""Suites that load, and what they become."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from shortlist import bundled
from shortlist.errors import InputError
from shortlist.suite.load import load_suite
from shortlist.suite.signature import signature_of
from support.suites import SUITE, pair, write_suite


@pytest.mark.parametrize("name", bundled.suite_names())
def test_every_bundled_suite_loads_without_a_key_and_names_its_schema(name: str) -> None:
    suite = load_suite(name, {})
    assert suite.name == name
    assert (suite.gate is None) == (name == "all-backends")
    small = {"quickstart": 12, "all-backends": 12, "job_detection": 40}
    assert len(suite.pairs) == small.get(name, 72)
    first = suite.path.read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=suite.schema.json"


def test_the_ready_suites_are_all_there() -> None:
    assert bundled.suite_names() == (
        "all-backends",
        "assistant_result",
        "claude",
        "cover_letter",
        "custom_http",
        "job_detection",
        "job_extraction",
        "job_match",
        "llama_cpp",
        "openai",
        "quickstart",
        "recruiter_lens",
        "skill_suggestions",
        "vllm",
    )


def test_a_suite_becomes_what_its_file_says(tmp_path: Path) -> None:
    file = write_suite(
        tmp_path,
        SUITE.replace(
            "providers:", "split: test\nrepeats: 2\nseed: 7\nsampling: {temperature: 1e-1, stop: [END]}\nproviders:"
        )
        + "    - {metric: latency.total, percentile: 95, at_most: 1.5m}\n"
        + "    - {metric: gold.score, no_worse_by: 0.03}\n"
        + "budget: {usd: 2.50, errors: 3}\n",
        [pair("a", split="test"), pair("b", split="train"), pair("c", split="test")],
    )
    suite = load_suite(file, {})
    assert [one.id for one in suite.pairs] == ["a", "c"]
    assert (suite.repeats, suite.seed, suite.sampling.temperature, suite.sampling.stop) == (2, 7, 0.1, ("END",))
    assert (suite.budget.usd, suite.budget.errors) == (Decimal("2.50"), 3)
    assert suite.parity_reference == "old"  # the incumbent, since nothing else is said
    assert suite.gate is not None
    assert suite.gate.confidence == Decimal("0.95")
    assert [(r.metric, r.at_least, r.at_most, r.no_worse_by, r.percentile) for r in suite.gate.rules] == [
        ("schema.pass", Decimal("0.9"), None, None, None),
        ("latency.total", None, Decimal(90), None, Decimal(95)),
        ("gold.score", None, None, Decimal("0.03"), None),
    ]
    assert suite.source["providers"]["new"]["kind"] == "fake"
    assert suite.path.is_absolute()


def test_without_a_gate_parity_is_measured_against_gold(tmp_path: Path) -> None:
    suite = load_suite(write_suite(tmp_path, SUITE.partition("gate:")[0]), {})
    assert suite.gate is None
    assert suite.parity_reference == "gold"


def test_the_environment_fills_variables_and_numbers_stay_numbers(tmp_path: Path) -> None:
    text = SUITE.replace("dataset: pairs.jsonl", "dataset: pairs.jsonl\nrepeats: ${N}\nseed: ${SEED:-42}")
    text = text.replace("model: m", 'model: "${MODEL}-awq"')
    suite = load_suite(write_suite(tmp_path, text), {"N": "3", "MODEL": "qwen"})
    assert (suite.repeats, suite.seed) == (3, 42)
    assert suite.providers["new"].model_name() == "qwen-awq"
    assert suite.source["repeats"] == 3


def test_a_quoted_variable_may_fill_a_number_too(tmp_path: Path) -> None:
    text = SUITE.replace("per_generation: 0.5", 'per_generation: "${PRICE:-0.25}"')
    cost = load_suite(write_suite(tmp_path, text), {}).providers["new"].cost
    assert cost is not None
    assert cost.per_generation == Decimal("0.25")


def test_a_variable_cannot_change_the_structure(tmp_path: Path) -> None:
    text = SUITE.replace("model: m", 'model: "${MODEL}"')
    evil = "x, kind: rules}\n  extra: {kind: rules"
    suite = load_suite(write_suite(tmp_path, text), {"MODEL": evil})
    assert suite.providers["new"].model_name() == evil
    assert list(suite.providers) == ["new", "old"]


def test_anchors_and_merge_keys_work(tmp_path: Path) -> None:
    text = SUITE.replace("new: {", "new: &base {").replace(
        "old: {kind: fake, cost: {machine_hour: 1}}", "old: {<<: *base, model: other}"
    )
    suite = load_suite(write_suite(tmp_path, text), {})
    assert suite.providers["old"].model_name() == "other"
    assert suite.providers["old"].cost == suite.providers["new"].cost


def test_words_of_old_yaml_are_text(tmp_path: Path) -> None:
    suite = load_suite(write_suite(tmp_path, SUITE.replace("model: m", "model: on")), {})
    assert suite.providers["new"].model_name() == "on"


def test_the_signature_follows_what_is_compared_and_nothing_else(tmp_path: Path) -> None:
    def signature(text: str) -> str:
        return signature_of(load_suite(write_suite(tmp_path, text), {}))

    plain = signature(SUITE)
    assert signature(SUITE.replace("model: m", "model: n")) == plain
    assert signature(SUITE.replace("at_least: 0.9", "at_least: 0.8")) == plain
    assert signature(SUITE + "seed: 5\n") != plain
    assert signature(SUITE + "sampling: {temperature: 1}\n") != plain


def test_what_a_kind_needs_is_asked_for_only_when_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from shortlist_providers.claude import Claude  # noqa: PLC0415

    monkeypatch.setattr(Claude, "requires", ("no_such_module_anywhere",))
    file = write_suite(tmp_path, SUITE.replace("new: {kind: fake,", "new: {kind: claude,"))
    assert load_suite(file, {}, only=["old"]).name == "demo"
    with pytest.raises(InputError) as caught:
        load_suite(file, {}, only=["new"])
    assert str(caught.value) == (
        f"{file}:5: providers.new.kind: provider kind 'claude' needs the package 'no_such_module_anywhere', which is "
        "not installed; run: pip install 'shortlist[claude]'  (in a checkout: uv sync --extra claude)"
    )
