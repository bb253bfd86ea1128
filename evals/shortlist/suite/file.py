"""The suite file's shape (DESIGN §3): the models at the edge. `model.py` has what the rest of Shortlist sees."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from shortlist.errors import nearest
from shortlist.metric_names import FAMILIES


def _no_flag(value: Any) -> Any:
    """`true` is no number, though Python counts with it."""
    if isinstance(value, bool):
        raise ValueError(f"must be a number; got {str(value).lower()}")
    return value


def _family(value: str) -> str:
    if value not in FAMILIES:
        raise ValueError(f"unknown metric family {value!r}; allowed: {', '.join(FAMILIES)}{nearest(value, FAMILIES)}")
    return value


def _distinct(values: list[str]) -> list[str]:
    repeated = sorted({value for value in values if values.count(value) > 1})
    if repeated:
        raise ValueError(f"{', '.join(repeated)} is listed twice")
    return values


_NO_FLAG = BeforeValidator(_no_flag)  # stands last in each list: limits after it would not reach the JSON Schema
Bound = Annotated[int | float | str, _NO_FLAG]
Text = Annotated[str, Field(min_length=1)]
Family = Annotated[str, AfterValidator(_family), Field(json_schema_extra={"enum": list(FAMILIES)})]

PROVIDER_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"
ProviderName = Annotated[str, Field(pattern=PROVIDER_NAME)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class SamplingSection(_Section):
    """How every provider is asked to sample. What a backend cannot honour is recorded, never dropped in silence."""

    temperature: Annotated[float, Field(ge=0, le=2, allow_inf_nan=False), _NO_FLAG] | None = None
    """0 is greedy; left out, the backend's default."""
    top_p: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False), _NO_FLAG] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=1_000_000), _NO_FLAG] = 8192
    """Most tokens of one output."""
    stop: list[Text] = Field(default_factory=list)


class ReferencesSection(_Section):
    """What the fields of the other providers are compared with."""

    parity: Text | None = None
    """A provider of this suite, or `gold`; left out, the gate's incumbent, and without one gold."""


class BudgetSection(_Section):
    """Where a run stops by itself."""

    usd: Annotated[Decimal, Field(gt=0), _NO_FLAG] | None = None
    """For the whole run, over all providers and sittings."""
    errors: Annotated[int, Field(ge=1), _NO_FLAG] | None = None
    """Cases of one provider that may end as error, timeout or malformed before it is stopped."""


class GradesSection(_Section):
    """The scale on which a judge grades outputs: whole numbers. What each means, the rubric says."""

    lowest: Annotated[int, Field(ge=-1000, le=1000), _NO_FLAG] = 1
    """The worst grade."""
    highest: Annotated[int, Field(ge=-1000, le=1000), _NO_FLAG] = 5
    """The best grade."""


class JudgeSection(_Section):
    """A model that grades outputs by a rubric. Its grades are the metric judge.<name>, from 0 (worst) to 1 (best)."""

    by: dict[str, Any]
    """The configuration of the model that judges: a provider of any kind that reads a prompt."""
    rubric: Text | None = None
    """What it judges by. Say this or rubric_file."""
    rubric_file: Text | None = None
    """A text file that holds the rubric."""
    show: Text | None = None
    """The path of the field that it is shown; left out, the whole output."""
    against: Text | None = None
    """A provider of this suite: each output is set beside that provider's for the same pair, in both orders, and the
    score is the share of wins. Left out, each output is graded alone."""
    grades: GradesSection | None = None
    """The scale, without against; left out, 1 to 5."""
    samples: Annotated[int, Field(ge=1, le=100), _NO_FLAG] = 3
    """How often it is asked about each output, in each order where two are shown."""
    sampling: SamplingSection = SamplingSection()
    """How it samples; without a temperature the backend's default. At temperature 0 several samples say the same."""
    labels: Text | None = None
    """A JSONL file of outputs with a person's grade, on which the judge's agreement with people is measured."""


class RuleSection(_Section):
    """One condition: a metric with exactly one bound: at_least, at_most, no_worse_by, better_by or a ratio."""

    metric: Text
    """E.g. schema.pass, gold.score, quality.<rule>, latency.total, cost.per_generation."""
    at_least: Bound | None = None
    at_most: Bound | None = None
    """Durations may be written 500ms, 30s, 2m, 1h."""
    no_worse_by: Bound | None = None
    """How much worse than the incumbent the candidate may be, in the metric's unit."""
    better_by: Bound | None = None
    """By how much more than this the candidate must be better than the incumbent, in the metric's unit; 0: at all."""
    at_most_ratio: Annotated[Decimal, Field(gt=0), _NO_FLAG] | None = None
    """Most that the candidate's mean may be of the incumbent's: 0.2 of its cost."""
    at_least_ratio: Annotated[Decimal, Field(gt=0), _NO_FLAG] | None = None
    """Least that it must be: 2 times its throughput."""
    percentile: Annotated[Decimal, Field(gt=0, lt=100), _NO_FLAG] | None = None
    """With at_least or at_most: judges this percentile instead of the mean."""
    domain: Text | None = None
    """Only the pairs of this domain."""
    tag: Text | None = None
    """Only the pairs that carry this tag."""
    each: Literal["domain", "tag", "field"] | None = None
    """Judges every domain, every tag, or every field of gold.score or parity.score by itself: passes when each passes,
    fails when one is shown to break the bound, Holm-corrected for their number."""
    alert: bool = False
    """Passes unless the bound is shown to be broken. That proves nothing, so a gate needs other rules too."""


class GateSection(_Section):
    """All rules, and who is judged."""

    candidate: Text
    """The provider that asks for promotion."""
    incumbent: Text | None = None
    """The provider in production."""
    confidence: Annotated[Decimal, Field(gt=Decimal("0.5"), lt=1), _NO_FLAG] = Decimal("0.95")
    """Of every interval; a rule decides only when its whole interval is on one side."""
    rules: Annotated[list[RuleSection], Field(min_length=1)]
    early_stop: bool = False
    """Runs the pairs in a seeded random order, looks at the verdict as it goes, and stops once it is decided. The
    promised error rate holds; a fifth of it pays for the looks."""
    incumbent_max_age_days: Annotated[Decimal, Field(gt=0), _NO_FLAG] = Decimal(90)
    """Oldest recorded run (kind: replay) that may stand in for the incumbent."""
    judges_alone: bool = False
    """Allows a gate that rests on judges' grades alone."""


class SuiteFile(_Section):
    """A suite: what is asked of which providers, and what they must reach."""

    name: ProviderName
    task: Text
    """A bundled task (`pro_output@1`; without @ its newest version) or the path of a task's folder."""
    dataset: Text
    """A bundled dataset, or the path of a JSONL file or of a folder with one JSON file per pair."""
    split: Text | None = None
    """Left out, every pair of the dataset."""
    training_data: list[Text] = Field(default_factory=list)
    """Files, folders or globs of fine-tuning data, relative to the suite. A run is refused when they hold one of its
    pairs, or a near copy of one."""
    repeats: Annotated[int, Field(ge=1, le=1000), _NO_FLAG] = 1
    """Generations per pair and provider; they are averaged within a pair."""
    seed: Annotated[int, Field(ge=0, lt=2**31), _NO_FLAG] = 0
    sampling: SamplingSection = SamplingSection()
    providers: Annotated[dict[ProviderName, dict[str, Any]], Field(min_length=1)]
    """Name -> configuration; each kind has its own keys."""
    one_at_a_time: bool = False
    """Opens, works through and closes the providers one after another, for backends that share a machine: side by side
    they would slow each other down, and be measured so."""
    metrics: Annotated[list[Family], AfterValidator(_distinct), Field(min_length=1)] = list(FAMILIES)
    """Metric families; left out, all of them."""
    references: ReferencesSection = ReferencesSection()
    judges: dict[ProviderName, JudgeSection] = Field(default_factory=dict)
    """Name -> a model that grades outputs."""
    budget: BudgetSection = BudgetSection()
    gate: GateSection | None = None
