"""What is counted in a set, against counts made in another way."""

import statistics
from pathlib import Path

from shortlist_datasets import Injection, Pair, load_dataset
from shortlist_datasets.duplicates import Repeats
from shortlist_datasets.stats import spread, stats


def pair(identity: str, **fields: object) -> Pair:
    texts = {"resume_text": f"{identity} works", "job_description_text": f"for {identity}"}
    known = {"domain": "x", "gold": {}, "tags": (), "split": None, **texts, **fields}
    return Pair(id=identity, **known)  # type: ignore[arg-type]  # of several types, each right


def test_the_bundled_set_has_what_its_card_says() -> None:
    counted = stats(load_dataset("resume_jd@1", Path()).pairs)
    assert (counted.pairs, counted.roles, counted.bullets) == (12, 44, 160)
    assert counted.splits == {"heldout": 12}
    assert counted.gold["pro_output"] == 12
    assert counted.resume_words.least == 285
    assert counted.resume_words.most == 588
    assert counted.repeats == Repeats((), (), ())


def test_counts_are_sorted_and_what_is_missing_has_a_name() -> None:
    counted = stats(
        [
            pair("a", domain="nurse", tags=("spanish", "long"), split="heldout"),
            pair("b", domain="nurse", tags=("long",), injection=Injection(("canary",))),
            pair("c", domain="cook", inferred={"t.x": "because"}, gold={"t": {"x": 1}}),
        ]
    )
    assert list(counted.domains.items()) == [("nurse", 2), ("cook", 1)]
    assert counted.splits == {"none": 2, "heldout": 1}
    assert counted.languages == {"untagged": 2, "spanish": 1}
    assert counted.tags == {"long": 2, "spanish": 1}
    assert (counted.injections, counted.inferred, counted.gold) == (1, 1, {"t": 1})


def test_spreads_are_values_that_occur() -> None:
    for counts in ([7], [1, 9], list(range(1, 11)), [5, 5, 5, 1]):
        found = spread(counts)
        assert (found.least, found.most) == (min(counts), max(counts))
        assert found.median == statistics.median_low(counts)
        assert found.p90 == sorted(counts)[-(-9 * len(counts) // 10) - 1]
