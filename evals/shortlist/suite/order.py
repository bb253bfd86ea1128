"""In which order the pairs of a run are run, and after how many of them its verdict may be looked at.

Without `gate.early_stop` that is the file's order, and there are no looks. With it, pairs that hang together by shared
texts stay together and are drawn in an order that only the suite's seed decides: a file sorted by domain would else let
the first look judge one domain. Looks fall on the ends of such clusters, so that each look sees whole ones.

Nothing here depends on any answer, so the order and the looks are known, and written down, before anything is sent.
"""

from __future__ import annotations

import hashlib
import math
import random
import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from shortlist.results import PairFacts
from shortlist.stats.components import components
from shortlist.suite.model import Suite
from shortlist_datasets import Pair

FIRST_LOOK = 20
"""Pairs before which nothing is looked at: fewer decide nothing but a disaster."""
GROWTH = 4 / 3
"""How much further each look is than the one before. Looking costs no certainty, but before each look the providers run
dry, so that looks close to each other would cost time; and by a third at most more is sent than was needed."""
LAST_LOOK = 0.9
"""Share of the pairs after which looking would save too little."""

_SPACES = re.compile(r"\s+")


def pairs_in_order(suite: Suite, limit: int | None) -> tuple[Pair, ...]:
    """The pairs of a run in the order in which they are run: the first `limit` of the file, then drawn by the seed."""
    pairs = suite.pairs[:limit]
    if suite.gate is None or not suite.gate.early_stop:
        return pairs
    return _drawn(pairs, suite.seed)


def looks(suite: Suite, pairs: Sequence[Pair], providers: Iterable[str]) -> tuple[int, ...]:
    """After how many of `pairs`, which stand in order, the verdict may be looked at before the last one.

    None where the gate does not ask for it, where somebody that it needs is not among `providers`, and where the pairs
    are too few or all hang together.
    """
    if suite.gate is None or not suite.gate.early_stop or not who_decides(suite) <= set(providers):
        return ()
    found: list[int] = []
    done, due = 0, FIRST_LOOK
    for _, unit in groupby(units(pair_facts(pairs))):
        done += sum(1 for _ in unit)
        if due <= done <= LAST_LOOK * len(pairs):
            found.append(done)
            due = math.ceil(done * GROWTH)
    return tuple(found)


def who_decides(suite: Suite) -> set[str]:
    """The providers whose outputs the gate needs: both sides, and whom parity and its judges set them beside."""
    if suite.gate is None:
        return set()
    beside = [suite.judges[name].against for name in suite.gate.judges]
    named = (suite.gate.candidate, suite.gate.incumbent, suite.parity_reference, *beside)
    return {name for name in named if name is not None and name in suite.providers}


def units(facts: Sequence[PairFacts]) -> list[int]:
    """The cluster of each pair: all that are connected by shared résumés and job descriptions."""
    return components([[pair.resume_cluster for pair in facts], [pair.job_cluster for pair in facts]])


def pair_facts(pairs: Iterable[Pair]) -> list[PairFacts]:
    """What slices and clusters need to know: pairs that share a text, but for white space and case, share a cluster.

    A text that is not there is not shared: forty job posts without a résumé are forty independent texts.
    """
    return [
        PairFacts(
            id=pair.id,
            domain=pair.domain,
            tags=pair.tags,
            resume_cluster=_cluster(pair.resume_text, pair.id),
            job_cluster=_cluster(pair.job_description_text, pair.id),
        )
        for pair in pairs
    ]


def _cluster(text: str, pair_id: str) -> str:
    plain = _SPACES.sub(" ", text).strip().casefold()
    return hashlib.sha256((plain or f"empty {pair_id}").encode()).hexdigest()[:16]


def _drawn(pairs: Sequence[Pair], seed: int) -> tuple[Pair, ...]:
    """Whole clusters in random order, the pairs of each in the file's.

    Of Python's generator only the numbers themselves are promised to stay the same from version to version, and not
    what `shuffle` makes of them. So each cluster gets a number, and the numbers are sorted.
    """
    numbers = random.Random(f"the order of the pairs, seed {seed}")
    unit_of = units(pair_facts(pairs))
    keys = [numbers.random() for _ in set(unit_of)]
    return tuple(pair for _, pair in sorted(zip(unit_of, pairs, strict=True), key=lambda each: keys[each[0]]))
