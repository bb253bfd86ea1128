"""A realistic run by hand: three providers, four pairs, every outcome, and whatever hostile text a test asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest

from shortlist.cases import Attempt, CaseKey, Outcome, Record
from shortlist.results import (
    CaseView,
    Comparison,
    Difference,
    Manifest,
    Measure,
    MetricKind,
    MetricSummary,
    PairFacts,
    ProviderFacts,
    ProviderResult,
    RuleResult,
    RuleStatus,
    RunResults,
    Sitting,
    Summary,
    SummaryMetric,
    SummaryProvider,
    Verdict,
    VerdictWord,
)
from shortlist.scores import CaseScores, Loss, SchemaFailure, Score, ScoreStatus
from shortlist_providers.types import Failure, FailureKind, FinishReason, Generation, Timings, Usage

HOSTILE = (
    "<script>alert(1);document.title='owned'</script>"
    '"><img src=x onerror="document.title=\'owned\'">'
    "</script></style></textarea><svg/onload=alert(2)><iframe src=javascript:alert(3)></iframe>"
    "<a href='javascript:alert(4)'>x</a> {{ 7*7 }} {% raw %} 👩🏽‍💻 \u202egnp.exe\u202c \x00 \ud800 \u2028 &amp; -->"
)
TASK = "pro_output@1"
PAIRS = {"nurse-01": "nursing", "accountant-02": "accounting", "welder-03": "trades", "teacher-04": "education"}
FAILURES: dict[tuple[str, str], FailureKind] = {
    ("candidate", "welder-03"): FailureKind.TRUNCATED,
    ("candidate", "teacher-04"): FailureKind.TIMEOUT,
    ("edge", "nurse-01"): FailureKind.MALFORMED,
    ("edge", "accountant-02"): FailureKind.REFUSED,
    ("edge", "welder-03"): FailureKind.PERMANENT,
}
PROVIDERS = {
    "incumbent": ("claude", "claude-sonnet-4-6"),
    "edge": ("llama_cpp", "resumemate-14b.Q4_K_M.gguf"),
    "candidate": ("vllm", "resumemate-14b"),
}
LETTER = (
    "Dear hiring team,\n\nI have spent nine years on acute medical wards and lead a team of {n} nurses.\n\n"
    "At St Agnes I cut medication errors by 31% in a year and trained 14 newly qualified colleagues.\n\n"
    "I would be glad to talk about the post."
)


def output(provider: str, pair: str, hostile: str) -> dict[str, Any]:
    """What a provider wrote for a pair; the candidate adds the hostile text."""
    ours = provider == "candidate"
    return {
        "headline": f"Senior professional for {pair}" + (f" {hostile}" if ours else ""),
        "summary": "Registered nurse with nine years in acute care."
        if ours
        else "Nurse with nine years in acute care.",
        "bulletsByRole": [
            {
                "company": "St Agnes Hospital",
                "title": "Ward Manager",
                "startDate": "2019-03",
                "endDate": None,
                "bullets": ["Cut medication errors by 31%", "Trained 14 nurses" if ours else "Trained fourteen nurses"],
            }
        ],
        "skills": [{"category": "Clinical", "items": ["triage", "IV therapy", hostile if ours else "audit"]}],
        "coverLetter": LETTER.format(n=12 if ours else 11),
        "radar": {"technical": 78, "leadership": 85 if ours else 82},
        "matchScore": 81,
        "warnings": [],
    } | ({hostile: "a key of the model's own"} if ours else {"tone": "warm"})


def failure_of(provider: str, pair: str, hostile: str) -> Failure | None:
    """The scripted failure of a case."""
    kind = FAILURES.get((provider, pair))
    if kind is None:
        return None
    status = 400 if kind is FailureKind.PERMANENT else None
    return Failure(kind, f"{kind.value} as scripted {hostile}", status=status, received=f"<html>{hostile}</html>")


def case_view(provider: str, pair: str, hostile: str) -> CaseView:
    """One case with its record and scores."""
    key = CaseKey(TASK, pair, provider, 0)
    failure = failure_of(provider, pair, hostile)
    outcome = Outcome.of(failure)
    speed = {"incumbent": 84.2, "candidate": 21.53, "edge": 0.913}[provider]
    timings = Timings(sent=100.25, first_token=None if provider == "edge" else 101.0, last_token=100.25 + speed)
    usage = Usage(input=3512, output=4980) if provider != "edge" else Usage()
    parsed = None if failure else output(provider, pair, hostile)
    invalid = failure is None and (provider, pair) == ("candidate", "accountant-02")
    text = '{"headline": "cut' + hostile if outcome is Outcome.TRUNCATED else None if failure else f"raw {hostile}"
    generation = Generation(
        text=text,
        timings=timings,
        usage=usage,
        finish_reason=FinishReason.LENGTH if outcome is Outcome.TRUNCATED else FinishReason.STOP,
        model=PROVIDERS[provider][1],
        request_id=f"req {hostile}",
        failure=failure,
        unhonoured=("seed", f"pattern {hostile}") if provider == "edge" else (),
    )
    earlier = Failure(FailureKind.RATE_LIMITED, f"slow down {hostile}", status=429, retry_after=2.0)
    first = Attempt(Timings(98.0, None, 98.2), Usage(), earlier, 0.0)
    attempts = (
        (first, Attempt(timings, usage, failure, 2.0))
        if pair == "nurse-01"
        else (Attempt(timings, usage, failure, 0.0),)
    )
    return CaseView(
        case=key,
        domain=PAIRS[pair],
        record=Record(key, outcome, generation, attempts, queued=97.5, session=0, finished_at="2026-11-20T12:40:31Z"),
        scores=case_scores(key, outcome, invalid=invalid, hostile=hostile),
        parsed=parsed,
    )


def case_scores(key: CaseKey, outcome: Outcome, *, invalid: bool, hostile: str) -> CaseScores:
    """Scores in every status."""
    failed = outcome is not Outcome.OK
    reference = key.provider == "incumbent"
    scores = {
        "schema.pass": Score(0.0, ScoreStatus.FAILED, outcome.value) if failed else Score(0.0 if invalid else 1.0),
        "parity.score": Score(None, ScoreStatus.NOT_APPLICABLE, "the reference itself")
        if reference
        else Score(0.0, ScoreStatus.FAILED)
        if failed
        else Score(0.8437),
        "gold.score": Score(0.7712 if key.provider == "candidate" else 0.9134),
        "cost.per_generation": Score(Decimal("0.00412"))
        if key.provider == "candidate"
        else Score(None, ScoreStatus.MISSING, f"no price for this model {hostile}"),
    }
    losses = (Loss("parity.score", "bulletsByRole[St Agnes/Ward Manager].bullets", f"2021-03 ≠ 2021-05 {hostile}"),)
    return CaseScores(
        case=key,
        outcome=outcome,
        scores=scores,
        versions={"schema": "1", "parity": "2"},
        schema_failure=SchemaFailure("missing_key", "$.education", f"'education' is required {hostile}")
        if invalid
        else SchemaFailure("no_output", "$", "the case failed")
        if failed
        else None,
        losses=() if reference else losses,
    )


def metrics(provider: str, hostile: str) -> dict[str, MetricSummary]:
    """A provider's metrics, some without a value."""
    rate = {"incumbent": (1.0, 0.5101, 1.0), "candidate": (0.25, 0.0456, 0.6994), "edge": (0.25, 0.0456, 0.6994)}[
        provider
    ]
    seconds = {"incumbent": 84.2, "candidate": 21.53, "edge": 0.913}[provider]
    valid = {"incumbent": dict.fromkeys(PAIRS, 1.0), "candidate": {p: float(p == "nurse-01") for p in PAIRS}}
    found = {
        "schema.pass": MetricSummary(
            kind=MetricKind.RATE,
            unit=None,
            value=rate[0],
            low=rate[1],
            high=rate[2],
            n=4,
            values=valid.get(provider, {}),
        ),
        "gold.score": MetricSummary(
            kind=MetricKind.MEAN,
            unit=None,
            value=0.7712 if provider == "candidate" else 0.9134,
            low=0.61,
            high=0.95,
            n=4,
            values=dict.fromkeys(PAIRS, 0.7712 if provider == "candidate" else 0.9134),
        ),
        "latency.total": MetricSummary(
            kind=MetricKind.MEAN,
            unit="s",
            value=seconds,
            low=seconds * 0.8,
            high=seconds * 1.3,
            n=3,
            failed_pairs=("welder-03",) if provider == "candidate" else (),
        ),
        "throughput.output_tokens": MetricSummary(kind=MetricKind.TOTAL, unit="1/s", value=231.7, n=4),
        "usage.output": MetricSummary(kind=MetricKind.MEAN, unit="tokens", value=4980.0, low=4711.5, high=5248.5, n=4),
        "cost.per_generation": MetricSummary(
            kind=MetricKind.MEAN,
            unit="USD",
            value=Decimal("0.00412"),
            low=Decimal("0.0031"),
            high=Decimal("0.0052"),
            n=4,
        )
        if provider == "candidate"
        else MetricSummary(
            kind=MetricKind.MEAN, unit="USD", value=None, n=0, missing={f"no price for this model{hostile}": 4}
        ),
    }
    if provider != "incumbent":
        found["parity.score"] = MetricSummary(kind=MetricKind.MEAN, unit=None, value=0.4219, low=0.12, high=0.71, n=4)
    return found


def comparison(cases: tuple[CaseView, ...], hostile: str) -> Comparison:
    """What compare would make of it."""
    providers = {}
    for name, (kind, model) in PROVIDERS.items():
        mine = [view for view in cases if view.case.provider == name]
        categories = [v.scores.schema_failure.category for v in mine if v.scores.schema_failure]
        providers[name] = ProviderResult(
            kind=kind,
            model=f"{model}{hostile}",
            cases=len(mine),
            outcomes={o: sum(v.record.outcome is o for v in mine) for o in Outcome},
            failures={c: categories.count(c) for c in categories},
            metrics=metrics(name, hostile),
        )
    return Comparison(
        run_id="20261120-quick-7f3a",
        signature="sig-0123456789abcdef",
        confidence=Decimal("0.95"),
        candidate="candidate",
        incumbent="incumbent",
        pairs=tuple(
            PairFacts(id=p, domain=f"{d}{hostile}", tags=("senior", hostile), resume_cluster=f"r{p}", job_cluster="j1")
            for p, d in PAIRS.items()
        ),
        providers=providers,
        differences=(
            Difference(
                metric="schema.pass",
                value=-0.75,
                low=-0.954,
                high=-0.108,
                n=4,
                candidate_only_right=0,
                incumbent_only_right=3,
                better=False,
            ),
            Difference(metric="latency.total", value=-62.67, low=-80.1, high=-40.2, n=3, better=True),
            Difference(metric="gold.score", value=-0.1422, low=-0.3, high=0.021, n=4),
            Difference(metric="cost.per_generation", value=None, n=0),
        ),
        unmatched={"edge": (f"plumber-09{hostile}",)},
    )


RULES = (
    RuleResult(
        metric="schema.pass",
        condition="at least 0.9",
        status=RuleStatus.FAIL,
        value=0.25,
        low=0.0456,
        high=0.6994,
        bound=Decimal("0.9"),
        measures=Measure.VALUE,
        limit=Decimal("0.9"),
        passes_above=True,
        n=4,
        needed_n=None,
        why="At most 0.700 of outputs can be valid, below 0.9.",
    ),
    RuleResult(
        metric="gold.score",
        condition="no worse by 0.03 than incumbent",
        status=RuleStatus.UNDECIDED,
        value=-0.1422,
        low=-0.3,
        high=0.021,
        bound=Decimal("0.03"),
        measures=Measure.DIFFERENCE,
        limit=-0.03,
        passes_above=True,
        n=4,
        needed_n=173,
        why="The interval holds the margin; 173 pairs would decide.",
    ),
    RuleResult(
        metric="latency.total",
        condition="p95 at most 30 s",
        status=RuleStatus.UNDECIDED,
        value=27.4,
        low=21.0,
        high=None,
        bound=Decimal(30),
        measures=Measure.VALUE,
        limit=Decimal(30),
        unit="s",
        passes_above=False,
        n=4,
        needed_n=59,
        why="Four pairs give no upper bound for a 95th percentile.",
    ),
    RuleResult(
        metric="cost.per_generation",
        condition="at most 0.01",
        status=RuleStatus.PASS,
        value=Decimal("0.00412"),
        low=Decimal("0.0031"),
        high=Decimal("0.0052"),
        bound=Decimal("0.01"),
        measures=Measure.VALUE,
        limit=Decimal("0.01"),
        unit="USD",
        passes_above=False,
        n=4,
        needed_n=None,
        why="The whole interval is below $0.01.",
    ),
    RuleResult(
        metric="quality.cover_letter_paragraphs",
        condition="at least 0.95",
        status=RuleStatus.UNDECIDED,
        value=None,
        low=None,
        high=None,
        bound=Decimal("0.95"),
        measures=Measure.VALUE,
        limit=Decimal("0.95"),
        passes_above=True,
        n=0,
        needed_n=None,
        why="No case has a value.",
    ),
)


def manifest(hostile: str) -> Manifest:
    """Where it comes from."""
    return Manifest(
        run_id="20261120-quick-7f3a",
        suite="promote-resumemate-14b",
        suite_path="evals/promote.yaml",
        suite_source={
            "name": "promote-resumemate-14b",
            "providers": {"incumbent": {"kind": "claude"}},
            "note": hostile,
        },
        signature="sig-0123456789abcdef",
        gate_hash="gate-77aa",
        task=TASK,
        task_hash="task-11bb",
        dataset="resume_jd@1",
        dataset_path="datasets/resume_jd@1",
        dataset_hash="data-22cc",
        split="heldout",
        seed=20261120,
        repeats=1,
        limit=None,
        selected=tuple(PROVIDERS),
        providers={
            name: ProviderFacts(
                kind=kind,
                model=model,
                hash=f"hash-{name}",
                planned=4,
                healthy=True,
                detail=f"up {hostile}",
                facts={"version": "0.11.2", "said": hostile},
                capabilities={"streaming": True, "seeds": False},
            )
            for name, (kind, model) in PROVIDERS.items()
        },
        sittings=(
            Sitting(
                started_at="2026-11-20T12:31:07Z",
                shortlist="0.1.0",
                python="3.11.7",
                platform="Linux-6.1-x86_64",
                machine="16 cores, H200",
                cpus=16,
                git_commit="8c2f41d",
                git_dirty=True,
                packages={"pydantic": "2.12.4", "aiohttp": "3.12.1"},
            ),
        ),
    )


def make_results(hostile: str = "", verdict: VerdictWord | None = VerdictWord.REJECT) -> RunResults:
    """The whole run; `hostile` goes wherever a model, a server or a user's file could put text."""
    cases = tuple(case_view(provider, pair, hostile) for pair in PAIRS for provider in PROVIDERS)
    compared = comparison(cases, hostile)
    why = f"schema.pass fails: at most 0.700 of outputs can be valid, below 0.9.{hostile}"
    found = manifest(hostile)
    return RunResults(
        manifest=found,
        comparison=compared,
        verdict=Verdict(
            run_id=found.run_id, gate_hash="gate-77aa", verdict=verdict, rules=RULES if verdict else (), why=why
        ),
        summary=Summary(
            run_id=found.run_id,
            path="reports/runs/20261120-quick-7f3a",
            suite=found.suite,
            signature=found.signature,
            complete=verdict is not None,
            incomplete_why=None if verdict else "edge is out of reach: connection refused",
            verdict=verdict,
            why=why,
            rules=RULES if verdict else (),
            providers={
                name: summary_provider(provider, planned=4 if verdict else 5)
                for name, provider in compared.providers.items()
            },
        ),
        cases=cases,
        gold=gold(),
    )


def summary_provider(provider: ProviderResult, planned: int) -> SummaryProvider:
    """A provider as `summary.json` has it."""
    return SummaryProvider(
        kind=provider.kind,
        model=provider.model,
        planned=planned,
        cases=provider.cases,
        outcomes=provider.outcomes,
        metrics={
            name: SummaryMetric(value=m.value, n=m.n, low=m.low, high=m.high, unit=m.unit)
            for name, m in provider.metrics.items()
        },
    )


def gold() -> Mapping[str, Any]:
    """Known for one pair."""
    return {"nurse-01": {"headline": "Ward manager, acute care", "skills": ["triage"], "matchScore": 80}}


@pytest.fixture
def results() -> RunResults:
    return make_results(HOSTILE)


@pytest.fixture
def make() -> Callable[..., RunResults]:
    return make_results
