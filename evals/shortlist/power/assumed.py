"""What a plan assumes where nothing has been measured yet, and what the user says instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shortlist.errors import InputError, nearest
from shortlist.metric_names import MetricSpec, spec_of
from shortlist.suite.model import Gate
from shortlist.suite.quantities import bound

DEFAULTS: Mapping[str, float] = {
    "rate": 0.97,
    "score": 0.9,
    "discordance": 0.1,
    "sd": 0.15,
    "variation": 0.5,
    "icc": 0.3,
}
"""By name. `WORDS` says what each is."""

WORDS: Mapping[str, str] = {
    "rate": "true share of pairs right (where the bound is higher: halfway from it to 1)",
    "score": "true mean score (likewise)",
    "discordance": "share of pairs in which only one of the two is right",
    "sd": "standard deviation of scores, and of score differences, between pairs",
    "variation": "standard deviation over mean of times, tokens and costs",
    "icc": "correlation of pairs that share a résumé or a job description",
}

_MOST = {"variation": 10.0, "sd": 0.5}


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Figures by name: the general ones, and those that the user gave for one metric."""

    general: Mapping[str, float]
    said: frozenset[str] = frozenset()
    """Names of general figures that the user gave."""
    metrics: Mapping[str, float] | None = None
    """Metric -> the candidate's true mean, or rate, in its unit."""
    differences: Mapping[str, float] | None = None
    """Metric -> the true difference candidate minus incumbent, in its unit."""
    ratios: Mapping[str, float] | None = None
    """Metric -> the true ratio of the candidate's mean to the incumbent's."""

    def level(self, metric: str) -> float | None:
        """What the user says of the candidate's true mean."""
        return (self.metrics or {}).get(metric)

    def source(self, name: str) -> str:
        """Where a general figure comes from."""
        return "--assume" if name in self.said else "default"


def read_assumptions(texts: Sequence[str], gate: Gate | None) -> Assumptions:
    """The defaults, with what `--assume NAME=FIGURE` says instead.

    A name is a general one, a metric of the gate's rules (its true mean), or such a metric with `.difference` or
    `.ratio` after it (the true comparison with the incumbent).

    Raises:
        InputError: a name is unknown, or a figure is impossible.
    """
    metrics = list(dict.fromkeys(rule.metric for rule in gate.rules)) if gate else []
    allowed = [*DEFAULTS, *metrics]
    paired = {rule.metric for rule in gate.rules if rule.is_paired} if gate else set()
    for metric in metrics:
        if metric in paired:
            allowed += [f"{metric}.difference"] + ([f"{metric}.ratio"] if spec_of(metric).unit is not None else [])
    general, said = dict(DEFAULTS), set()
    levels: dict[str, float] = {}
    differences: dict[str, float] = {}
    ratios: dict[str, float] = {}
    for text in texts:
        name, is_there, figure = (part.strip() for part in text.partition("="))
        if not is_there:
            raise InputError(f"--assume {text!r}: write a name and a figure, e.g. --assume discordance=0.05")
        if name not in allowed:
            raise InputError(
                f"--assume {text!r}: nothing is called {name!r}; allowed: {', '.join(allowed)}{nearest(name, allowed)}"
            )
        if name in DEFAULTS:
            general[name] = _number(text, figure, None, (0.0, _MOST.get(name, 1.0)))
            said.add(name)
        elif name in metrics:
            spec = spec_of(name)
            levels[name] = _number(text, figure, spec, _span(spec))
        elif name.endswith(".ratio"):
            ratios[name.removesuffix(".ratio")] = _number(text, figure, None, (1e-9, 1e9))
        else:
            metric = name.removesuffix(".difference")
            spec = spec_of(metric)
            differences[metric] = _number(text, figure, spec, (-1.0, 1.0) if spec.unit is None else (-1e15, 1e15))
    return Assumptions(general, frozenset(said), levels, differences, ratios)


def _span(spec: MetricSpec) -> tuple[float, float]:
    return (0.0, 1.0) if spec.unit is None else (1e-12, 1e15)


def _number(text: str, figure: str, spec: MetricSpec | None, span: tuple[float, float]) -> float:
    try:
        number = float(bound(figure, spec.unit if spec else None))
    except ValueError as error:
        raise InputError(f"--assume {text!r}: {error}") from None
    low, high = span
    if not low <= number <= high:
        limits = "must be above 0" if low > 0 else f"must lie between {low:g} and {high:g}"
        raise InputError(f"--assume {text!r}: {figure} {limits}")
    return number
