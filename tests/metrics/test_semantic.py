"""`compare: semantic`: real model2vec, a tiny model."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlist.errors import InputError
from shortlist.metrics.fields import compare_records
from shortlist.metrics.gold import VERSION
from shortlist.metrics.semantic import VARIABLE, embedder, meaning_similarity
from shortlist.tasks.rules import CheckRule, FieldRule
from support.cases import pair, record, score, task
from support.embeddings import MEANINGS, write_embedding_model

WORDS = [word for synonyms in MEANINGS.values() for word in synonyms]
PROSE = st.lists(st.sampled_from([*WORDS, "Chef,", "zebra", "6", "35%", ".", "\n"]), max_size=8).map(" ".join)
SEMANTIC = task(fields={"title": FieldRule(compare="semantic")})


@pytest.mark.usefixtures("embedding_model")
def test_synonyms_are_alike_and_other_things_are_not() -> None:
    synonyms = meaning_similarity("The chef led the kitchen.", "The cook managed the restaurant.")
    others = meaning_similarity("The chef led the kitchen.", "Counsel at the court.")
    assert synonyms > 0.9
    assert others == 0.0


@pytest.mark.usefixtures("embedding_model")
@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("The chef.", "the CHEF", 1.0),
        ("zebra", "Zebra!", 1.0),  # no word that the model knows
        ("zebra", "giraffe", 0.0),
        ("chef", "zebra", 0.0),
        ("—", "…", 0.0),
        ("—", " — ", 1.0),
        ("", "chef", 0.0),
        ("chef. lawyer.", "lawyer. chef.", 1.0),  # whole sentences in another order
        ("chef. lawyer.", "chef.", 3 / 4),  # one side has all of the other's, the other half of its
        ("chef. chef. chef. lawyer.", "chef.", 7 / 8),
        ("won", "lost", 0.0),  # what points the other way is no less than nothing
        ("Zebra gnus. Chef.", "zebra gnus. lawyer.", 1 / 2),  # the same words that no model needs to know
        ("chef zebra", "chef giraffe", 1 / 2),  # two of four words are unknown, and other ones
        ("chef zebra", "zebra chef", 1.0),
        ("chef zebra", "chef", 2 / 3),
        ("chef zebra zebra", "zebra chef", 4 / 5),
        ("chef 厨师", "chef 律师", 2 / 3),  # a script that the model lacks, of which each sign is a word
    ],
)
def test_each_sentence_has_its_best_counterpart(a: str, b: str, expected: float) -> None:
    assert meaning_similarity(a, b) == pytest.approx(expected)


def test_a_figure_has_no_counterpart_but_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Also where the model has a vector for each: real ones hold 6 and 2 for nearly the same, and for little."""
    monkeypatch.setitem(MEANINGS, "figure", ("6", "2"))
    monkeypatch.setenv(VARIABLE, str(write_embedding_model(tmp_path / "figures")))
    assert meaning_similarity("chef 6", "chef 2") == pytest.approx(0.5, abs=0.02)
    assert meaning_similarity("chef 6", "cook 6") > 0.9
    assert meaning_similarity("led 6 people", "managed a team of 6") > meaning_similarity(
        "led 6 people", "managed a team of 2"
    )
    assert meaning_similarity("6 chef", "chef 6") == 1.0


@pytest.mark.usefixtures("embedding_model")
def test_a_long_text_has_no_end_beyond_which_it_is_not_read() -> None:
    long = "The chef ran the kitchen\n" * 2000
    assert meaning_similarity(long, long + "the lawyer won the court") < 1.0
    one_sentence = "chef " * 2000
    assert meaning_similarity(one_sentence + "lawyer " * 2000, one_sentence) < 0.9


@pytest.mark.usefixtures("embedding_model")
@given(PROSE, PROSE)
def test_similarity_is_symmetric_bounded_and_one_on_equality(a: str, b: str) -> None:
    assert meaning_similarity(a, b) == meaning_similarity(b, a)
    assert 0.0 <= meaning_similarity(a, b) <= 1.0
    assert meaning_similarity(a, a) == 1.0


@pytest.mark.usefixtures("embedding_model")
def test_the_loss_says_how_alike_the_texts_are() -> None:
    rules = {"f": FieldRule(compare="semantic")}
    compared = compare_records(rules, {"f": "chef. lawyer."}, {"f": "chef."})
    assert [loss.why for loss in compared.losses] == ["75% alike in meaning: chef. lawyer. ≠ chef."]
    assert compare_records(rules, {"f": 5}, {"f": "5"}).score == 0.0


def test_the_version_names_the_embedder(embedding_model: Path, tmp_path: Path) -> None:
    pairs = [pair(gold={"title": "chef"})]
    [scored] = score([record({"title": "cook"})], ["gold"], of=SEMANTIC, pairs=pairs)
    assert scored.versions == {"gold": f"{VERSION}+{embedder().name}"}
    assert embedder().name.startswith("tiny:")
    [plain] = score([record({"title": "cook"})], ["gold"], pairs=pairs)
    assert plain.versions == {"gold": VERSION}
    other = tmp_path / "tiny"
    shutil.copytree(embedding_model, other)
    (other / "config.json").write_text((other / "config.json").read_text() + "\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(other))
        [again] = score([record({"title": "cook"})], ["gold"], of=SEMANTIC, pairs=pairs)
    assert again.versions != scored.versions


@pytest.mark.parametrize("family", ["parity", "gold"])
def test_without_a_model_scoring_is_refused_by_name(
    family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nested = FieldRule(compare="object", fields={"b": FieldRule(compare="semantic")})
    of = task(fields={"a": nested}, checks={"c": CheckRule(compare="semantic", field="title")})
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(InputError) as caught:
        score([record("{}")], [family], of=of, reference="incumbent")
    assert [str(problem).partition(" needs")[0] for problem in caught.value.problems] == [
        "small@1: fields.a.fields.b: compare: semantic",
        "small@1: checks.c: compare: semantic",
    ]
    assert f"set {VARIABLE} to the folder of a model2vec model" in str(caught.value)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(InputError, match=r"has config\.json, tokenizer\.json, model\.safetensors, too"):
        score([record("{}")], [family], of=of, reference="incumbent")


def test_without_the_extra_the_message_says_what_to_install(embedding_model: Path, tmp_path: Path) -> None:
    """In a Python of its own that has everything but model2vec."""
    program = """
import sys
from importlib.machinery import PathFinder

class Without(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name == "model2vec" else super().find_spec(name, path, target)

sys.meta_path = [Without if finder is PathFinder else finder for finder in sys.meta_path]
from shortlist.metrics.semantic import meaning_similarity
try:
    meaning_similarity("a", "b")
except Exception as error:
    print(type(error).__name__, error)
"""
    environment = os.environ | {VARIABLE: str(embedding_model)}
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=tmp_path, env=environment
    )
    assert done.stdout == "InputError compare: semantic needs an extra: pip install 'shortlist[semantic]'\n"
