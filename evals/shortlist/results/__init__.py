"""The files that a finished run leaves, as types: manifest, comparison, verdict, summary.

These are contracts with the outside (DESIGN §5, §6): each has a published JSON Schema and a `schema_version`.
"""

from shortlist.results.base import RESULT_SCHEMA_VERSION, Finite, Number, ResultModel
from shortlist.results.comparison import (
    Comparison,
    Difference,
    MetricKind,
    MetricSummary,
    PairFacts,
    PairRepeats,
    ProviderResult,
)
from shortlist.results.judges import JudgeResult
from shortlist.results.manifest import (
    ContaminatedPair,
    Contamination,
    EarlyStop,
    Manifest,
    ProviderFacts,
    Recording,
    Sitting,
)
from shortlist.results.summary import Summary, SummaryMetric, SummaryProvider
from shortlist.results.verdict import Measure, RuleResult, RuleStatus, SliceResult, Verdict, VerdictWord
from shortlist.results.whole import CaseView, RunResults

__all__ = [
    "RESULT_SCHEMA_VERSION",
    "CaseView",
    "Comparison",
    "ContaminatedPair",
    "Contamination",
    "Difference",
    "EarlyStop",
    "Finite",
    "JudgeResult",
    "Manifest",
    "Measure",
    "MetricKind",
    "MetricSummary",
    "Number",
    "PairFacts",
    "PairRepeats",
    "ProviderFacts",
    "ProviderResult",
    "Recording",
    "ResultModel",
    "RuleResult",
    "RuleStatus",
    "RunResults",
    "Sitting",
    "SliceResult",
    "Summary",
    "SummaryMetric",
    "SummaryProvider",
    "Verdict",
    "VerdictWord",
]
