"""The page that a vLLM server keeps for Prometheus, and the differences between two of them."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlist_providers.vllm.metrics import Figures, samples

PAGE = (Path(__file__).parent / "pages" / "metrics-0.32.0.txt").read_text()

names = st.from_regex(r"[a-zA-Z_:][a-zA-Z0-9_:]{0,30}", fullmatch=True)
labels = st.dictionaries(st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,10}", fullmatch=True), st.text(max_size=20))
values = st.floats(allow_nan=False, allow_infinity=False)
# A page is cut at line ends alone: the format escapes those in labels, and knows no others.
one_line = labels.map(
    lambda found: {name: "".join(c for c in text if c == "\n" or not is_break(c)) for name, text in found.items()}
)


def is_break(character: str) -> bool:
    return len(f"a{character}b".splitlines()) > 1


def written(name: str, given_labels: dict[str, str], value: float) -> str:
    def escaped(text: str) -> str:
        return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")

    inner = ",".join(f'{key}="{escaped(text)}"' for key, text in given_labels.items())
    return f"{name}{{{inner}}} {value!r}" if inner else f"{name} {value!r}"


@given(st.lists(st.tuples(names, one_line, values), max_size=5), st.booleans())
def test_what_is_written_is_read(given_samples: list[tuple[str, dict[str, str], float]], stamped: bool) -> None:
    stamp = " 1795253477000" if stamped else ""
    lines = ["# HELP a b", *(written(*sample) + stamp for sample in given_samples), "", "# EOF"]
    read = [(sample.name, dict(sample.labels), sample.value) for sample in samples("\n".join(lines))]
    assert read == given_samples


@given(st.text() | st.text(alphabet='ab{}=",\\ \n019.+-#eNI_:'))
def test_any_text_is_a_page(page: str) -> None:
    figures = Figures.of(page)
    assert all(math.isfinite(sample.value) for sample in samples(page))
    json.dumps([figures.load(), dict(figures.cache), figures.since(figures)], allow_nan=False)


@pytest.mark.parametrize(
    "line", ["a NaN", "a +Inf", "a 1e999", 'a{b="c} 1', "a{b=c} 1", "a", "1a 1", 'a{b="c"x} 1', "a 1 2 3"]
)
def test_what_makes_no_sense_is_passed_over(line: str) -> None:
    assert [sample.name for sample in samples(f"{line}\nb 2\n")] == ["b"]


def test_the_page_of_a_real_server() -> None:
    figures = Figures.of(PAGE)
    assert figures.load() == {"requests_running": 0, "requests_waiting": 0, "kv_cache_usage": 0}
    assert figures.cache == {
        "block_size": 128,
        "kv_cache_dtype": "auto",
        "enable_prefix_caching": True,
        "gpu_memory_utilization": 0.2,
        "num_gpu_blocks": 2048,
        "kv_cache_size_tokens": 262144,
    }


OLD = """
vllm:num_requests_running{model_name="m"} 1.0
vllm:num_requests_waiting{model_name="m"} 2.0
vllm:gpu_cache_usage_perc{model_name="m"} 0.25
vllm:gpu_prefix_cache_queries{model_name="m"} 100
vllm:gpu_prefix_cache_hits{model_name="m"} 40
"""
BEFORE = """
vllm:prefix_cache_queries_total{engine="0"} 100
vllm:prefix_cache_hits_total{engine="0"} 10
vllm:request_queue_time_seconds_sum{engine="0"} 1.0
vllm:request_queue_time_seconds_count{engine="0"} 4
vllm:num_preemptions_total{engine="0"} 1
vllm:generation_tokens_total{engine="0"} 500
process_start_time_seconds 1700000000
"""
AFTER = """
vllm:prefix_cache_queries_total{engine="0"} 300
vllm:prefix_cache_hits_total{engine="0"} 60
vllm:request_queue_time_seconds_sum{engine="0"} 2.0
vllm:request_queue_time_seconds_count{engine="0"} 8
vllm:num_preemptions_total{engine="0"} 3
vllm:generation_tokens_total{engine="0"} 1500
process_start_time_seconds 1700000000
"""


def test_the_names_of_older_releases_are_known() -> None:
    figures = Figures.of(OLD)
    assert figures.load() == {"requests_running": 1, "requests_waiting": 2, "kv_cache_usage": 0.25}
    later = Figures.of(OLD.replace(" 100", " 200").replace(" 40", " 90"))
    assert later.since(figures) == {"prefix_cache_hit_share": 0.5}


def test_several_engines_count_together_and_the_fullest_cache_is_shown() -> None:
    page = "".join(
        f'vllm:num_requests_running{{engine="{n}"}} {n + 1}\nvllm:kv_cache_usage_perc{{engine="{n}"}} 0.{n + 1}\n'
        for n in (0, 1)
    )
    assert Figures.of(page).load() == {"requests_running": 3, "kv_cache_usage": 0.2}


def test_what_happened_in_between() -> None:
    assert Figures.of(AFTER).since(Figures.of(BEFORE)) == {
        "generation_tokens": 1000,
        "preemptions": 2,
        "prefix_cache_hit_share": 0.25,
        "mean_queue_seconds": 0.25,
    }


def test_where_nothing_happened_there_is_no_share_of_it() -> None:
    assert Figures.of(BEFORE).since(Figures.of(BEFORE)) == {"generation_tokens": 0, "preemptions": 0}


@pytest.mark.parametrize("changed", [("1700000000", "1700000100"), ("} 1500", "} 20")])
def test_a_server_that_began_anew_has_no_difference(changed: tuple[str, str]) -> None:
    assert Figures.of(AFTER.replace(*changed)).since(Figures.of(BEFORE)) == {"restarted": True}
