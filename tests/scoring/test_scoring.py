from __future__ import annotations

import os
from collections.abc import Iterator
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlist.cases import CaseKey, Outcome
from shortlist.errors import InputError
from shortlist.metric_names import FAMILIES, fixed_names, spec_of
from shortlist.metrics import registry
from shortlist.metrics.base import Backends
from shortlist.pricing import FlatPrice
from shortlist.run.store import RecordStore, read_records
from shortlist.scores import CaseScores, Loss, SchemaFailure, Score, ScoreStatus
from shortlist.scoring import read_scores, score_records, write_scores
from shortlist.tasks.rules import Paragraphs
from shortlist_providers.types import FailureKind, Usage
from support.cases import attempt, pair, record, score, task

VERSIONS = {name: import_module(target.partition(":")[0]).VERSION for name, target in registry.FAMILIES.items()}

OUTPUTS = st.sampled_from(
    [
        "",
        "{}",
        "null",
        "5",
        '"x"',
        "[]",
        "prose",
        '{"title": "Cook"}',
        '{"title": "Cook", "year": null}',
        '{"title": 1,}',
    ]
)
ATTEMPTS = st.builds(
    lambda start, length, first, usage, failure: attempt(
        start, start + length, first=start + length / 2 if first else None, usage=usage, failure=failure
    ),
    st.floats(0, 9),
    st.floats(0, 9),
    st.booleans(),
    st.sampled_from([Usage(), Usage(input=5, output=1), Usage(input=5, output=9, cached_read=2, reasoning=3)]),
    st.none() | st.sampled_from(sorted(FailureKind)),
)
RECORDS = st.lists(
    st.builds(
        lambda output, attempts, pair_id, provider, repeat, cached: record(
            output, *attempts, key=(pair_id, provider, repeat), cached=cached
        ),
        OUTPUTS,
        st.lists(ATTEMPTS, max_size=2),
        st.sampled_from(["p1", "p2"]),
        st.sampled_from(["candidate", "incumbent"]),
        st.integers(0, 1),
        st.booleans(),
    ),
    max_size=6,
    unique_by=lambda one: one.case,
)
SMALL = task(quality={"letter": Paragraphs(check="paragraphs", field="title", equals=1)})
PRICES = {"candidate": FlatPrice(Decimal("0.0000001"), "test")}
PAIRS = [pair("p1", gold={"title": "Cook"}), pair("p2")]


def scored(records: list[Any]) -> list[CaseScores]:
    return score(records, FAMILIES, of=SMALL, pairs=PAIRS, prices=PRICES, reference="incumbent")


@given(RECORDS)
def test_every_case_gets_every_metric_with_a_value_or_a_reason(records: list[Any]) -> None:
    all_scores = scored(records)
    assert [scores.case for scores in all_scores] == [one.case for one in records]
    expected = {name for name in fixed_names() if name.partition(".")[0] not in ("throughput", "cost", "chain")}
    expected |= {"throughput.busy", "cost.per_generation", "quality.letter"}
    expected |= {f"{family}.{name}" for family in ("parity", "gold") for name in ("score", "title", "year")}
    for scores in all_scores:
        assert set(scores.scores) == expected
        assert scores.versions == VERSIONS
        for name, one in scores.scores.items():
            has_value = one.status in (ScoreStatus.OK, ScoreStatus.FAILED)
            assert (one.value is not None) == has_value, name
            assert (one.reason is None) == (one.status is ScoreStatus.OK), name
            if one.value is not None:
                assert isinstance(one.value, Decimal if name.startswith("cost.") else float), name
                assert one.value >= 0
                assert one.value <= 1 or spec_of(name).unit is not None
            if scores.outcome is Outcome.OK:
                assert one.reason is None or not one.reason.startswith("failed")
            elif name.partition(".")[0] in ("schema", "quality"):
                assert one == Score(0.0, ScoreStatus.FAILED, f"failed: {scores.outcome.value}")


@given(RECORDS)
def test_scores_come_back_from_their_file_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, records: list[Any]
) -> None:
    path = tmp_path_factory.mktemp("run") / "scores.jsonl"
    before = scored(records)
    write_scores(path, before)
    assert read_scores(path) == before
    assert os.listdir(path.parent) == ["scores.jsonl"]


def test_scoring_records_that_were_written_and_read_again_changes_nothing(tmp_path: Path) -> None:
    records = [
        record('{"title": "Cook"}', attempt(0.1, 0.30000000000000004, usage=Usage(input=5, output=3))),
        record("", attempt(failure=FailureKind.TIMEOUT), key=("p2", "candidate", 0)),
        record({"title": "Chef", "year": None}, key=("p1", "incumbent", 0)),
    ]
    with RecordStore(tmp_path / "records.jsonl") as store:
        for one in records:
            store.append(one)
    assert scored(read_records(tmp_path / "records.jsonl")) == scored(records)


def test_money_is_written_as_text_and_read_as_decimal(tmp_path: Path) -> None:
    write_scores(tmp_path / "scores.jsonl", scored([record("{}")]))
    line = orjson.loads((tmp_path / "scores.jsonl").read_bytes())
    assert line["scores"]["cost.per_generation"]["value"] == "0.0000001"
    assert line["schema_version"] == 1
    read = read_scores(tmp_path / "scores.jsonl")[0].scores["cost.per_generation"].value
    assert isinstance(read, Decimal)
    assert read == Decimal("1e-7")


def test_a_write_that_fails_leaves_the_older_file(tmp_path: Path) -> None:
    path = tmp_path / "scores.jsonl"
    write_scores(path, scored([record("{}")]))
    before = path.read_bytes()

    def broken() -> Iterator[CaseScores]:
        yield from scored([record("{}")])
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        write_scores(path, broken())
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["scores.jsonl"]


def test_a_value_that_is_no_number_is_never_written(tmp_path: Path) -> None:
    case = CaseScores(CaseKey("small@1", "p1", "a", 0), Outcome.OK, {"x.y": Score(1j)}, {})  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        write_scores(tmp_path / "scores.jsonl", [case])


@pytest.mark.parametrize("broken", [b"{}\n", b"not json\n", b'{"case": 1}\n'])
def test_a_broken_file_of_scores_names_its_line(tmp_path: Path, broken: bytes) -> None:
    path = tmp_path / "scores.jsonl"
    write_scores(path, scored([record("{}")]))
    path.write_bytes(path.read_bytes() + broken)
    with pytest.raises(InputError, match=r"scores\.jsonl:2: not a case's scores"):
        read_scores(path)


def test_no_file_of_scores_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="shortlist score"):
        read_scores(tmp_path / "scores.jsonl")


def test_only_the_families_asked_for_are_scored() -> None:
    scores = score([record("{}")], ["schema", "usage"])[0]
    assert {name.partition(".")[0] for name in scores.scores} == {"schema", "usage"}
    assert scores.versions == {name: VERSIONS[name] for name in ("schema", "usage")}


def test_what_does_not_belong_together_is_refused() -> None:
    with pytest.raises(InputError, match=r"schema, parity, .*did you mean 'schema'"):
        score([record("{}")], ["shema"])
    one = record("{}")
    with pytest.raises(InputError, match="no pair 'p1'"):
        score_records([one], task=task(), pairs={}, backends=Backends(), parity_reference=None, families=["schema"])
    other = CaseKey("large@2", "p1", "a", 0)
    elsewhere = type(one)(other, one.outcome, one.generation, one.attempts, 0.0, 0, one.finished_at)
    with pytest.raises(InputError, match="large@2"):
        score([elsewhere], ["schema"])


def test_every_family_that_a_suite_may_list_is_there() -> None:
    assert tuple(registry.FAMILIES) == FAMILIES


def test_losses_of_all_families_are_kept() -> None:
    reply = {"title": "Cook\n\nBook", "year": "2020"}
    records = [record(reply), record({"title": "Cook", "year": "2021"}, key=("p1", "incumbent", 0))]
    scores = scored(records)[0]
    assert scores.losses == (
        Loss("parity.title", "title", "Cook Book ≠ Cook"),
        Loss("parity.year", "year", "2020 ≠ 2021"),
        Loss("gold.title", "title", "Cook Book ≠ Cook"),
        Loss("quality.letter", "title", "2 paragraphs, not 1"),
    )
    assert scored([record({"year": None})])[0].schema_failure == SchemaFailure(
        "missing_key", "title", '"title" is a required property'
    )
