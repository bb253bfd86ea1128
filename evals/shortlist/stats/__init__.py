"""Statistics: arrays in, numbers out. Nothing here knows a case, a metric or a file.

Every interval is two-sided. A rule that asks for one side alone uses the same interval, so its error is half of
`1 - confidence`. Full table of figures that these are tested against: `tests/stats`.
"""

from __future__ import annotations

from shortlist.stats.clusters import cluster_se, design_effect, fewest_clusters
from shortlist.stats.interval import Clusterings, Floats, Interval, needed_n
from shortlist.stats.means import fewest_equal, mean_interval, unseen_share
from shortlist.stats.percentiles import (
    PercentileInterval,
    fewest_for_percentile,
    needed_n_for_percentile,
    percentile_interval,
)
from shortlist.stats.rates import (
    mcnemar,
    paired_rate_interval,
    pairs_for_power,
    rate_interval,
    tango,
    tango_z,
    wilson,
)

__all__ = [
    "Clusterings",
    "Floats",
    "Interval",
    "PercentileInterval",
    "cluster_se",
    "design_effect",
    "fewest_clusters",
    "fewest_equal",
    "fewest_for_percentile",
    "mcnemar",
    "mean_interval",
    "needed_n",
    "needed_n_for_percentile",
    "paired_rate_interval",
    "pairs_for_power",
    "percentile_interval",
    "rate_interval",
    "tango",
    "tango_z",
    "unseen_share",
    "wilson",
]
