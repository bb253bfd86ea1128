"""Statistics: arrays in, numbers out. Nothing here knows a case, a metric or a file.

Every interval is two-sided. A rule that asks for one side alone uses the same interval, so its error is half of
`1 - confidence`. Full table of figures that these are tested against: `tests/stats`.
"""

from __future__ import annotations

from shortlist.stats.bootstrap import bca_interval
from shortlist.stats.clusters import cluster_se, design_effect, fewest_clusters
from shortlist.stats.interval import Clusterings, Floats, Interval, needed_n
from shortlist.stats.kappa import cohens_kappa
from shortlist.stats.means import fewest_equal, mean_interval, paired_t, unseen_share
from shortlist.stats.multiple import holm
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
    tango_test,
    tango_z,
    wilson,
)
from shortlist.stats.ratios import log_ratio_interval, ratio_interval
from shortlist.stats.sequences import asymptotic_sequence, bounded_sequence, rate_sequence

__all__ = [
    "Clusterings",
    "Floats",
    "Interval",
    "PercentileInterval",
    "asymptotic_sequence",
    "bca_interval",
    "bounded_sequence",
    "cluster_se",
    "cohens_kappa",
    "design_effect",
    "fewest_clusters",
    "fewest_equal",
    "fewest_for_percentile",
    "holm",
    "log_ratio_interval",
    "mcnemar",
    "mean_interval",
    "needed_n",
    "needed_n_for_percentile",
    "paired_rate_interval",
    "paired_t",
    "pairs_for_power",
    "percentile_interval",
    "rate_interval",
    "rate_sequence",
    "ratio_interval",
    "tango",
    "tango_test",
    "tango_z",
    "unseen_share",
    "wilson",
]
