"""The example configurations load."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from shortlist_providers import ProviderConfig, kinds, load_kind
from support.providers import context

EXAMPLES = sorted((Path(__file__).parents[2] / "providers").glob("*.yaml"))
VARIABLE = re.compile(r"\$\{\w+(?::-([^}]*))?\}")


def test_there_are_examples_for_every_served_kind() -> None:
    named = {entry["kind"] for path in EXAMPLES for entry in yaml.safe_load(path.read_text("utf-8")).values()}
    assert named >= {"vllm", "openai_compatible", "openai", "claude", "custom_http"}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_a_mapping_of_providers(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.startswith("# "), "an example says what it is for"
    filled = VARIABLE.sub(lambda found: found[1] or "example", text)
    providers = yaml.safe_load(filled)
    assert providers
    for settings in providers.values():
        assert settings["kind"] in kinds()
        kind = load_kind(settings["kind"])
        config = kind.Config.model_validate(settings)
        assert isinstance(config, ProviderConfig)
        kind(config, context())
