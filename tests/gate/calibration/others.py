"""What others ship in the place of a gate, on the same data."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gate.calibration.cells import SEED
from gate.calibration.designs import alone
from gate.calibration.populations import discordant
from gate.calibration.through import seeded
from shortlist.stats import Floats, mcnemar

RESAMPLES = 1000


def not_significant(differences: Floats, margin: float) -> bool:
    """Ships what is not significantly different: `p > .05` in McNemar's exact test. The margin plays no part."""
    return mcnemar(int(np.sum(differences > 0)), int(np.sum(differences < 0))) > 0.05


def percentile_bootstrap(differences: Floats, margin: float) -> bool:
    """Ships when the 2.5th percentile of resampled mean differences is not below minus the margin."""
    n = len(differences)
    shares = [float(np.mean(differences == value)) for value in (1.0, -1.0)]
    random = seeded(SEED, "bootstrap", n, *shares)
    counts = random.multinomial(n, [*shares, max(0.0, 1 - sum(shares))], size=RESAMPLES)
    means = (counts[:, 0] - counts[:, 1]) / n
    return bool(np.quantile(means, 0.025, method="inverted_cdf") >= -margin - 1e-9)


def ships(
    decide: Callable[[Floats, float], bool], n: int, gained: float, lost: float, margin: float, runs: int
) -> float:
    """How often a candidate is shipped."""
    drawn = discordant(gained, lost)(seeded(SEED, "others", n, gained, lost), alone(n), runs)
    assert drawn.old is not None
    return sum(decide(difference, margin) for difference in drawn.new - drawn.old) / runs
