"""What a suite may say, and how it is read. Needs no engine."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from shortlist_providers import ProviderConfig, load_kind


def read(**settings: Any) -> ProviderConfig:
    return load_kind("llama_cpp").Config(**{"kind": "llama_cpp", "model_path": "a/b.Q4_K_M.gguf", **settings})


def test_there_are_as_many_requests_at_once_as_slots() -> None:
    assert read().concurrency == 1
    assert read(slots=3).concurrency == 3
    assert read(slots=3, concurrency=2).concurrency == 2


@pytest.mark.parametrize("settings", [{"concurrency": 2}, {"slots": 3, "concurrency": 4}])
def test_a_slot_takes_one_request_at_a_time(settings: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match="raise slots, or leave concurrency out"):
        read(**settings)


@pytest.mark.parametrize("slots", [0, -1, 65, "many"])
def test_a_wrong_number_of_slots_is_what_is_complained_about(slots: Any) -> None:
    with pytest.raises(ValidationError) as wrong:
        read(slots=slots)
    assert ("slots",) in [error["loc"] for error in wrong.value.errors()]


@pytest.mark.parametrize(
    ("written", "scales"),
    [
        ("x.gguf", [("x.gguf", 1.0)]),
        ({"path": "x.gguf", "scale": 0.5}, [("x.gguf", 0.5)]),
        (["x.gguf", {"path": "y.gguf", "scale": 2}], [("x.gguf", 1.0), ("y.gguf", 2.0)]),
    ],
)
def test_ways_to_write_adapters(written: Any, scales: list[tuple[str, float]]) -> None:
    config: Any = read(lora=written)
    assert [(lora.path, lora.scale) for lora in config.lora] == scales


@pytest.mark.parametrize(
    "settings",
    [
        {"lora": 3},
        {"lora": {"scale": 1}},
        {"lora": {"path": "x", "scale": float("nan")}},
        {"model_path": ""},
        {"structured": "outlines"},
        {"n_ctx": 0},
        {"n_cxt": 512},
        {"n_gpu_layers": -2},
        {"n_threads": 0},
    ],
)
def test_what_is_not_allowed(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        read(**settings)


def test_the_model_s_name_in_reports() -> None:
    assert read().model_name() == "b.Q4_K_M"
    assert read(model="resumemate-14b").model_name() == "resumemate-14b"
