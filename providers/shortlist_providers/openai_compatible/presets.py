"""What is known of each product: where it listens, what it lacks, and on which pages it speaks of itself.

From their documentation; for llama-cpp-python's server, `mlx_lm.server` and `transformers serve` also measured.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from shortlist_providers.gbnf import skipped_by_llama_cpp, skipped_by_llama_cpp_python
from shortlist_providers.openai_compatible.facts import Page
from shortlist_providers.wire.chat_server import Dialect

ServerName = Literal[
    "generic",
    "llama_server",
    "llama_cpp_python",
    "ollama",
    "ollama_native",
    "mlx",
    "tgi",
    "sglang",
    "runpod",
    "cloud_run",
    "transformers_serve",
]


@dataclass(frozen=True, slots=True)
class Preset:
    """One product."""

    title: str
    dialect: Dialect = field(default_factory=Dialect)
    base_url: str | None = None
    """Where it listens unless told otherwise; None where there is no such place."""
    api_path: str = "/v1"
    """With what `base_url` ends below the server's root."""
    names: Literal["unknown", "must_be_listed", "ignored"] = "unknown"
    """What becomes of a model's name that it does not list."""
    pages: tuple[Page, ...] = ()
    sleeps: bool = False
    """Scales to zero: asking for its models would wake it, and be billed."""
    own_pool: bool = False
    """Many endpoints live on one host, each with limits of its own."""
    seeds_if: str | None = None
    """The fact that, where it is true, shows that seeds hold."""
    notes: tuple[str, ...] = ()
    """What else to know about its figures; kept in the manifest."""


_OLLAMA_PAGES = (
    Page(("/api/version",), {"version": "version"}),
    Page(
        ("/api/tags",),
        {
            "digest": "digest",
            "format": "details.format",
            "parameters": "details.parameter_size",
            "quantization": "details.quantization_level",
        },
        entries="models",
    ),
    Page(("/api/ps",), {"loaded_context_length": "context_length", "loaded_vram_bytes": "size_vram"}, entries="models"),
)

PRESETS: dict[ServerName, Preset] = {
    "generic": Preset("a server"),
    "llama_server": Preset(
        "llama-server",
        Dialect(skips=skipped_by_llama_cpp),
        base_url="http://127.0.0.1:8080/v1",
        names="ignored",
        pages=(
            Page(
                ("/props",),
                {
                    "version": "build_info",
                    "model_path": "model_path",
                    "slots": "total_slots",
                    "context_length": "default_generation_settings.n_ctx",
                    "sleeping": "is_sleeping",
                },
            ),
        ),
        notes=("keywords that its grammar skips are listed with each generation as schema:<keyword>",),
    ),
    "llama_cpp_python": Preset(
        "llama-cpp-python's server",
        Dialect(schema="json_object_schema", skips=skipped_by_llama_cpp_python, stream_usage="never"),
        base_url="http://127.0.0.1:8000/v1",
        names="ignored",
        notes=(
            "answers one request at a time, so latency under load is mostly waiting",
            "breaks a stream off when another request comes, unless started with --interrupt_requests false",
            "names the model as it was asked, whatever it has loaded",
        ),
    ),
    "ollama": Preset(
        "Ollama",
        Dialect(skips=skipped_by_llama_cpp),
        base_url="http://127.0.0.1:11434/v1",
        names="must_be_listed",
        pages=_OLLAMA_PAGES,
        notes=("cuts prompts to its context length without saying so; ollama_native refuses them instead",),
    ),
    "ollama_native": Preset(
        "Ollama",
        Dialect(schema="alone", skips=skipped_by_llama_cpp, stream_usage="always"),
        base_url="http://127.0.0.1:11434",
        names="must_be_listed",
        pages=_OLLAMA_PAGES,
    ),
    "mlx": Preset(
        "mlx_lm.server",
        Dialect(schema="none", ignores=frozenset({"stop"})),
        base_url="http://127.0.0.1:8080/v1",
        notes=(
            "a stop word that is not made of whole tokens is cut out of its text and ends nothing, so none is sent",
            "a request with a seed is not batched; omit: [seed] lets it batch",
        ),
    ),
    "tgi": Preset(
        "TGI",
        Dialect(schema="json_object_value"),
        base_url="http://127.0.0.1:8080/v1",
        names="ignored",
        pages=(
            Page(
                ("/info",),
                {
                    "version": "version",
                    "model_id": "model_id",
                    "model_sha": "model_sha",
                    "dtype": "model_dtype",
                    "max_input_tokens": "max_input_tokens",
                    "context_length": "max_total_tokens",
                    "slots": "max_concurrent_requests",
                },
            ),
        ),
    ),
    "sglang": Preset(
        "SGLang",
        Dialect(doubts=frozenset({"seed"})),
        base_url="http://127.0.0.1:30000/v1",
        names="ignored",
        pages=(
            Page(
                ("/server_info", "/get_server_info"),
                {
                    "version": "version",
                    "model_path": "model_path",
                    "context_length": "context_length",
                    "max_total_tokens": "max_total_num_tokens",
                    "dtype": "dtype",
                    "quantization": "quantization",
                    "grammar_backend": "grammar_backend",
                    "enable_deterministic_inference": "enable_deterministic_inference",
                },
            ),
        ),
        seeds_if="enable_deterministic_inference",
        notes=("seeds hold only where it was started with --enable-deterministic-inference",),
    ),
    "runpod": Preset(
        "the RunPod endpoint",
        api_path="/openai/v1",
        pages=(Page(("/health",), {"workers": "workers", "jobs": "jobs"}),),
        sleeps=True,
        own_pool=True,
        notes=("its worker streams in batches of tokens, so the first token is the first batch",),
    ),
    "cloud_run": Preset("the Cloud Run service", sleeps=True),
    "transformers_serve": Preset(
        "transformers serve",
        Dialect(schema="none", doubts=frozenset({"temperature", "top_p", "seed", "stop"}), stream_usage="always"),
        base_url="http://127.0.0.1:8000/v1",
        notes=(
            "samples only where the model's own generation_config.json says do_sample",
            "leaves the token that completed a stop word in its text",
        ),
    ),
}


def lacks(dialect: Dialect) -> list[str]:
    """What a server of this dialect cannot give, or is not known to, in words for the manifest."""
    absent = [] if dialect.constrains else ["schema"]
    absent += sorted(dialect.ignores)
    absent += [f"{name} (not certain)" for name in sorted(dialect.doubts)]
    return [*absent, "usage in streams"] if dialect.stream_usage == "never" else absent
