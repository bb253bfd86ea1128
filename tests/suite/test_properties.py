"""Variables, durations and mutated suites, by hypothesis."""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from shortlist.documents.variables import expand
from shortlist.errors import InputError
from shortlist.suite.load import load_suite
from shortlist.suite.model import Suite
from shortlist.suite.quantities import bound, seconds
from support.suites import SUITE, write_suite

NAMES = st.from_regex(r"[A-Z_][A-Z0-9_]{0,8}", fullmatch=True).filter(
    lambda name: not name.endswith(("KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL", "CREDENTIALS"))
)
PLAIN = st.text(st.characters(exclude_characters="$", exclude_categories=["Cs"]), max_size=20)


@given(PLAIN, NAMES, st.text(min_size=1), PLAIN)
def test_a_variable_is_replaced_by_its_value_and_nothing_else(before: str, name: str, value: str, after: str) -> None:
    assert expand(f"{before}${{{name}}}{after}", {name: value}) == before + value + after


@given(PLAIN, NAMES, PLAIN.filter(lambda text: "}" not in text), st.booleans())
def test_a_default_stands_in_for_what_is_unset_or_empty(before: str, name: str, default: str, is_set: bool) -> None:
    assert expand(f"{before}${{{name}:-{default}}}", {name: ""} if is_set else {}) == before + default


@given(PLAIN, PLAIN)
def test_an_escaped_variable_stays_as_it_is_written(before: str, inside: str) -> None:
    assert expand(f"{before}$${{{inside}", {}) == f"{before}${{{inside}"


@given(PLAIN)
def test_text_without_variables_is_left_alone(text: str) -> None:
    assert expand(text, {}) == text


@given(NAMES, PLAIN)
def test_values_are_not_expanded_again(name: str, text: str) -> None:
    value = f"${{{name}}}{text}"
    assert expand(f"${{{name}}}", {name: value}) == value


@given(st.text())
def test_any_text_expands_or_says_why_not(text: str) -> None:
    with suppress(ValueError):
        assert isinstance(expand(text, {}), str)


@given(st.decimals(0, 10**6, places=3), st.sampled_from(["ms", "s", "m", "h"]))
def test_durations_are_exact(number: Decimal, unit: str) -> None:
    factor = {"ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600)}[unit]
    assert seconds(f"{number:f}{unit}") == number * factor


@given(st.text(max_size=12), st.sampled_from(["s", "USD", None]))
def test_any_text_is_a_bound_or_says_why_not(text: str, unit: str | None) -> None:
    with suppress(ValueError):
        assert bound(text, unit).is_finite()


@given(st.floats(-1e9, 1e9))
def test_a_number_is_its_own_bound(number: float) -> None:
    assert float(bound(number, "s")) == number


@pytest.mark.parametrize("text", ["1e999", "nan", "inf", "", "1_000", "٣", "30 s s"])
def test_what_is_no_bound_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        bound(text, "s")


FULL: dict[str, Any] = yaml.safe_load(SUITE) | {
    "split": "heldout",
    "repeats": 1,
    "seed": 1,
    "sampling": {"temperature": 0, "max_tokens": 10, "top_p": 1, "stop": ["END"]},
    "metrics": ["schema", "gold", "latency"],
    "references": {"parity": "gold"},
    "budget": {"errors": 3},
}
FULL["providers"]["third"] = {
    "kind": "openai_compatible",
    "base_url": "http://127.0.0.1:1/v1",
    "model": "m",
    "headers": {"X-Team": "a"},
    "cost": {"gpu_hour": 0.4, "gpus": 1},
}
FULL["gate"]["rules"].append({"metric": "latency.total", "percentile": 95, "at_most": "30s"})

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["fake", "new", "gold", "30s", "${X}", "${X:-1}", "schema.pass", "..", "/", "a" * 300, "\0"])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
)


def _places(value: Any, where: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [where, *(place for key, inner in items for place in _places(inner, (*where, key)))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("suites")
    write_suite(folder)
    (folder / "pairs.jsonl").write_text(
        '{"id": "a", "domain": "d", "resume_text": "r", "job_description_text": "j", "split": "heldout"}\n'
    )
    return folder


def _load(folder: Path, value: Any) -> Suite | InputError:
    file = folder / "mutated.yaml"
    file.write_text(yaml.safe_dump(value, allow_unicode=True), encoding="utf-8", errors="surrogatepass")
    try:
        return load_suite(file, {})
    except InputError as error:
        return error


def _is_sound(outcome: Suite | InputError) -> bool:
    return isinstance(outcome, Suite) or (bool(outcome.problems) and all(one.message for one in outcome.problems))


def test_the_suite_that_is_mutated_is_valid(folder: Path) -> None:
    suite = _load(folder, FULL)
    assert isinstance(suite, Suite), suite


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(_places(FULL)[1:]), VALUES)
@example(where=("providers",), value=[[-(10**17)]])
@example(where=("providers",), value=[None, -(10**17)])
def test_a_suite_with_any_value_anywhere_loads_or_says_why_not(
    folder: Path, where: tuple[str | int, ...], value: Any
) -> None:
    mutated = deepcopy(FULL)
    holder: Any = mutated
    for part in where[:-1]:
        holder = holder[part]
    holder[where[-1]] = value
    assert _is_sound(_load(folder, mutated))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(_places(FULL)[1:]), st.none() | st.text(max_size=8))
def test_a_suite_with_any_key_renamed_or_missing_loads_or_says_why_not(
    folder: Path, where: tuple[str | int, ...], name: str | None
) -> None:
    mutated = deepcopy(FULL)
    holder: Any = mutated
    for part in where[:-1]:
        holder = holder[part]
    value = holder.pop(where[-1])
    if name is not None and isinstance(holder, dict):
        holder[name] = value
    assert _is_sound(_load(folder, mutated))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode(errors="replace")))
def test_any_file_at_all_loads_or_says_why_not(folder: Path, content: bytes) -> None:
    file = folder / "any.yaml"
    file.write_bytes(content)
    with pytest.raises(InputError):
        load_suite(file, {})
