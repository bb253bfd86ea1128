"""Agreement of two graders beyond chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np

from shortlist.stats.interval import Floats, Interval, z_quantile
from shortlist.stats.means import unseen_share

Weights = Literal["none", "quadratic"]


def cohens_kappa(
    first: Sequence[str] | Sequence[float],
    second: Sequence[str] | Sequence[float],
    weights: Weights = "none",
    confidence: float = 0.95,
) -> Interval | None:
    """Cohen's kappa of two graders of the same items, with an interval (Cohen 1960; weighted: Cohen 1968).

    `(agreement - agreement by chance)/(1 - agreement by chance)`, chance from either grader's own shares of labels. The
    standard error is that of Fleiss, Cohen & Everitt (1969, Psychological Bulletin 72, 323-327), which is 0 where all
    agree. So the lower end is no better than if a share `unseen_share` of items disagreed wholly and the rest agreed
    (the upper end likewise): twelve items of twelve agreed are no proof of a perfect judge.

    Args:
        first: n labels, of one grader.
        second: n labels, of the other, of the same items in the same order.
        weights: "none" where every disagreement counts alike; "quadratic" for numbers, where it counts by the square of
            its size. That of 1 against 5 counts sixteen times that of 1 against 2.
        confidence: two-sided.

    Returns:
        Between -1 and 1: 1 is full agreement, 0 what chance alone gives. None with fewer than two items, or where both
        graders gave one and the same label throughout: chance alone would then agree wholly, and nothing shows whether
        they tell good from bad.

    Raises:
        ValueError: not as many labels of one as of the other, or quadratic weights for labels that are no numbers.
    """
    n = len(first)
    if len(second) != n:
        raise ValueError(f"{len(second)} labels of the second grader for {n} of the first")
    labels = sorted({*first, *second}, key=lambda label: (isinstance(label, str), label))
    if n < 2 or len(labels) < 2:
        return None  # with two labels or more, chance alone never agrees wholly
    index = {label: i for i, label in enumerate(labels)}
    table = np.zeros((len(labels), len(labels)))
    np.add.at(table, ([index[label] for label in first], [index[label] for label in second]), 1)
    table /= n
    agree = _agreement(labels, weights)
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    seen, chance = float(np.sum(table * agree)), float(rows @ agree @ columns)
    kappa = (seen - chance) / (1 - chance)
    # Fleiss, Cohen & Everitt, eq. 9; for "none" it is their eq. 13.
    expected = (agree @ columns)[:, None] + (rows @ agree)[None, :]
    second_moment = float(np.sum(table * (agree - expected * (1 - kappa)) ** 2))
    variance = (second_moment - (kappa - chance * (1 - kappa)) ** 2) / ((1 - chance) ** 2 * n)
    reach = z_quantile(confidence) * math.sqrt(max(0.0, variance))
    unseen = unseen_share(n, confidence)
    low = min(kappa, kappa - reach, (1 - unseen - chance) / (1 - chance))
    high = max(kappa, kappa + reach, (unseen - chance) / (1 - chance))
    return Interval(kappa, max(-1.0, low), min(1.0, high))


def _agreement(labels: Sequence[str | float], weights: Weights) -> Floats:
    """How far each label agrees with each, from 0 to 1, shape (labels, labels)."""
    if weights == "none":
        return np.eye(len(labels))
    words = [label for label in labels if isinstance(label, str)]
    if words:
        raise ValueError(f'quadratic weights need numbers, and "{words[0]}" is none; use weights="none" for words')
    grades = np.array(labels, dtype=np.float64)
    apart: Floats = (grades[:, None] - grades[None, :]) / np.ptp(grades)
    return 1 - apart**2
