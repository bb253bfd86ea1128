"""What a suite may say of an offline engine, and what is refused before vLLM is asked."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from shortlist_providers import MissingExtra, Provider, ProviderContext, ProviderUnavailable, load_kind, require_extra
from shortlist_providers.vllm_offline import VllmOfflineConfig
from shortlist_providers.vllm_offline.config import lora_rank
from support.providers import context, request

without_vllm = pytest.mark.skipif(find_spec("vllm") is not None, reason="vLLM is installed here")


def config(**settings: Any) -> VllmOfflineConfig:
    return VllmOfflineConfig(**{"kind": "vllm_offline", "model": "m", **settings})


def provider(base_dir: Path, **settings: Any) -> Provider:
    return load_kind("vllm_offline")(config(**settings), ProviderContext(context().clock, asyncio.sleep, {}, base_dir))


@pytest.mark.parametrize("key", ["model", "dtype", "max_model_len", "generation_config", "enforce_eager"])
def test_what_has_a_key_of_its_own_is_refused_under_engine(key: str) -> None:
    with pytest.raises(ValidationError, match=f"'{key}' is a key of the provider itself"):
        config(engine={key: 1})


@pytest.mark.parametrize(
    "key", ["disable_log_stats", "structured_outputs_config", "enable_lora", "skip_tokenizer_init"]
)
def test_what_shortlist_sets_is_refused_under_engine(key: str) -> None:
    with pytest.raises(ValidationError, match=f"'{key}' cannot be set here: "):
        config(engine={key: True})


def test_compact_json_cannot_be_had_of_a_backend_that_vllm_chooses() -> None:
    with pytest.raises(ValidationError, match="vLLM refuses it"):
        config(structured="auto", disable_any_whitespace=True)
    assert config(structured="auto").llm_arguments(Path())["structured_outputs_config"] == {
        "backend": "auto",
        "disable_any_whitespace": False,
    }


def test_what_is_left_out_is_left_to_vllm() -> None:
    assert config().llm_arguments(Path("/nowhere")) == {
        "model": "m",
        "dtype": "auto",
        "tensor_parallel_size": 1,
        "enforce_eager": False,
        "enable_prefix_caching": True,
        "generation_config": "vllm",
        "disable_log_stats": False,
        "use_tqdm_on_load": False,
        "structured_outputs_config": {"backend": "guidance", "disable_any_whitespace": True},
    }


def test_what_is_said_reaches_vllm(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    said = {"quantization": "awq", "max_model_len": 16384, "gpu_memory_utilization": 0.5, "max_num_seqs": 4}
    arguments = config(**said, structured="none", engine={"revision": "abc"}).llm_arguments(tmp_path)
    assert {**arguments, **said, "revision": "abc", "model": str(tmp_path / "m")} == arguments
    assert "structured_outputs_config" not in arguments


def test_the_model_of_a_record_is_the_adapted_one() -> None:
    assert config().model_name() == "m"
    assert config(lora={"path": "adapters/resumemate"}).model_name() == "resumemate"
    assert config(lora={"path": "adapters/resumemate", "name": "v2"}).model_name() == "v2"


def adapter(folder: Path, content: str | None) -> str:
    (folder / "lora").mkdir()
    if content is not None:
        (folder / "lora" / "adapter_config.json").write_text(content)
    return "lora"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "no LoRA adapter at .*lora: No such file"),
        ("{", "does not say the adapter's rank"),
        ("{}", "does not say the adapter's rank"),
        ('{"r": 1000}', "rank 1000; vLLM takes 512 at most"),
    ],
)
def test_an_adapter_that_is_none_is_told_before_anything_loads(
    tmp_path: Path, content: str | None, complaint: str
) -> None:
    with pytest.raises(ProviderUnavailable, match=complaint):
        asyncio.run(provider(tmp_path, lora={"path": adapter(tmp_path, content)}).startup())


@pytest.mark.parametrize(("rank", "taken"), [(1, 1), (2, 8), (8, 8), (20, 32), (64, 64), (512, 512)])
def test_vllm_is_told_the_smallest_of_its_ranks_that_holds_the_adapter(tmp_path: Path, rank: int, taken: int) -> None:
    assert lora_rank(tmp_path / adapter(tmp_path, json.dumps({"r": rank}))) == taken


@without_vllm
def test_without_vllm_the_kind_is_missing() -> None:
    with pytest.raises(MissingExtra, match="needs the package 'vllm'"):
        require_extra("vllm_offline")


@without_vllm
def test_a_worker_that_cannot_load_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    async def start() -> None:
        started = provider(tmp_path)
        try:
            await started.startup()
        finally:
            await started.shutdown()
            await started.shutdown()

    with pytest.raises(ProviderUnavailable, match="vLLM cannot load 'm': ModuleNotFoundError: No module named 'vllm'"):
        asyncio.run(start(), debug=True)


def test_asking_before_the_start_says_so(tmp_path: Path) -> None:
    with pytest.raises(ProviderUnavailable, match="not been started"):
        asyncio.run(provider(tmp_path).generate(request()))
    with pytest.raises(ProviderUnavailable, match="not been started"):
        asyncio.run(provider(tmp_path).health())


def test_loading_the_kind_imports_neither_vllm_nor_torch() -> None:
    code = (
        "import json, sys, shortlist_providers as s; s.load_kind('vllm_offline'); print(json.dumps(list(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"vllm", "torch", "transformers", "aiohttp"} & set(json.loads(done.stdout))
