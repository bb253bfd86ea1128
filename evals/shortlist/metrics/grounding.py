"""`grounding.score` and `grounding.<kind>`: the share of an output's claims that its pair's texts bear out, in [0, 1].

The task's `grounding` names the kinds of claims and where they stand (`claims`); `support`, `figures` and
`certificates` say what bears a claim out. What the pair's gold for the task states at the same place is borne out as
well: gold knows "fret aérien" for "air freight", and what a scanner made of an employer's name. That is for whole
strings; figures and certificates inside them are looked up in the texts alone.

`grounding.score` counts every claim of each kind. A claim that is made again counts once, so that nobody dilutes a
false one by repeating a true one. Each claim that is not borne out is a loss, with its place in the output, the exact
characters, and the nearest thing that the source has.

An output that makes no claim of a kind does not apply to it: a 1.0 would let the many outputs that name no certificate
hide the one that invents one. An output without any claim does not apply to `grounding.score`, so silence is no proof
of truth; that it says too little is for `gold` and `quality` to say. A case that failed, or of whose output nothing
can be read, scores 0.0 with status `failed` in the score and in every kind; so does an output that is no object, or
has none of the task's fields.

What is not seen: a claim that puts true words together falsely (a figure that counts something else, a skill used at
another employer), and whatever stands in fields that the task does not name.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Set
from functools import cached_property
from typing import Any, Final

from shortlist.metrics.base import Case, FamilyScores, Material, Scorer, failed, not_applicable, ok
from shortlist.metrics.claims import Claim, claims_of
from shortlist.metrics.fields import field_of
from shortlist.metrics.figures import Reading, figures_of
from shortlist.metrics.paths import steps
from shortlist.metrics.support import Way, source_of
from shortlist.metrics.values import clip
from shortlist.scores import Loss, Score
from shortlist.tasks.rules import ClaimKind, ClaimRule
from shortlist_datasets import Pair

VERSION = "2"
MAX_LOSSES: Final = 20  # of one kind in one case

_WAYS: Final[dict[ClaimKind, Way]] = {
    "employers": "name",
    "institutions": "name",
    "titles": "title",
    "degrees": "degree",
    "skills": "term",
    "certifications": "term",
}
_NEAR = 60.0  # of 100: below it, two names have nothing to do with each other


class Evidence:
    """The text that claims are held against, whatever their kind."""

    def __init__(self, text: str) -> None:
        self.source = source_of(text)

    def bears_out(self, kind: ClaimKind, claim: Claim) -> bool:
        """Whether the text states what is claimed."""
        if claim.figure is not None:
            return self._states(claim)
        if kind == "dates":
            return self.source.states(claim.text)
        return self.source.bears_out(claim.text, _WAYS[kind])

    def nearest(self, claim: Claim) -> str | None:
        """The text's own words that come nearest to an unsupported claim; None when nothing is near."""
        if claim.figure is not None:
            return self._nearest_figure({value for value, _ in claim.figure.readings})
        from rapidfuzz import fuzz, process, utils  # noqa: PLC0415 - 35 ms, and a true output has no use for it

        found = process.extractOne(
            claim.text, self._phrases, scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=_NEAR
        )
        return None if found is None else found[0]

    def _states(self, claim: Claim) -> bool:
        figure = claim.figure
        if figure is None:
            return False
        if figure.date is not None:
            return self.source.states(figure.date)
        if not figure.readings.isdisjoint(self._figures):
            return True
        if figure.name is None:
            return False
        return figure.name in self.source.text or self.source.bears_out(figure.name, "name")

    def _nearest_figure(self, values: set[float]) -> str | None:
        """The figure of the text with the same value, or with the same leading digits."""
        digits = {_leading(value) for value in values}
        for (value, _), words in self._figures.items():
            if value in values:
                return words
        return next((words for (value, _), words in self._figures.items() if _leading(value) in digits), None)

    @cached_property
    def _figures(self) -> dict[Reading, str]:
        """Every reading of every figure, and how the text writes it."""
        return {
            reading: " ".join(text[figure.start : figure.end].split())
            for text in (self.source.text, *(other.text for other in self.source.others))
            for figure in figures_of(text, None)
            for reading in figure.readings
        }

    @cached_property
    def _phrases(self) -> list[str]:
        words = self.source.words
        phrases, start = [], 0
        for index in range(1, len(words.folded) + 1):
            if index == len(words.folded) or words.gaps[index] > 1:
                phrases.append(words.text[words.starts[start] : words.ends[index - 1]])
                start = index
        return phrases


def _leading(value: float) -> str:
    return f"{value:.12g}".replace(".", "").strip("0")


def scorer(material: Material) -> Scorer:
    """Judges cases by the claims that the task's rules find in them."""
    rules = material.task.grounding
    fields = {field_of(name, rule) for name, rule in material.task.fields.items()}
    fields |= {steps(path)[0] for rule in rules.values() for path in rule.fields}
    known: dict[tuple[str, bool], Evidence] = {}

    def evidence(pair: Pair, rule: ClaimRule) -> Evidence:
        both = rule.source == "pair"
        found = known.get((pair.id, both))
        if found is None:
            text = f"{pair.resume_text}\n\n{pair.job_description_text}" if both else pair.resume_text
            found = known[pair.id, both] = Evidence(text)
        return found

    def judge(case: Case) -> FamilyScores:
        if not rules:
            return FamilyScores({"grounding.score": not_applicable("the task does not say where claims stand")})
        unusable = case.unusable or _nothing_of(fields, case.value)
        if unusable is not None:
            return FamilyScores({name: failed(unusable) for name in _metrics(rules)})
        pair = material.pairs[case.record.case.pair]
        scores: dict[str, Score] = {}
        losses: list[Loss] = []
        claimed = supported = 0
        for kind, rule in rules.items():
            held_against = evidence(pair, rule)
            gold = _gold_of(kind, rule, material.gold(pair.id))
            claims = list(claims_of(kind, rule, case.value))
            doubtful = [claim for claim in claims if claim.said not in gold and not held_against.bears_out(kind, claim)]
            said, doubted = ({claim.said for claim in some} for some in (claims, doubtful))
            scores[f"grounding.{kind}"] = _share(len(said) - len(doubted), len(said), f"no {kind}")
            losses += _losses(kind, rule, doubtful, held_against)
            claimed += len(said)
            supported += len(said) - len(doubted)
        scores["grounding.score"] = _share(supported, claimed, "nothing that is looked up")
        return FamilyScores(scores, tuple(losses))

    return judge


def _nothing_of(fields: Set[str], output: Any) -> str | None:
    """Why the output is none of the task's; None where it has any of the fields."""
    if not isinstance(output, dict):
        return "the output is no object"
    return "the output has none of the task's fields" if fields.isdisjoint(output) else None


def _gold_of(kind: ClaimKind, rule: ClaimRule, gold: Any) -> Collection[Hashable]:
    """What gold states where claims of a kind stand; nothing of kinds that stand inside a text."""
    return () if kind in ("numbers", "certifications") else {claim.said for claim in claims_of(kind, rule, gold)}


def _metrics(rules: Mapping[ClaimKind, ClaimRule]) -> Iterator[str]:
    yield from (f"grounding.{kind}" for kind in rules)
    yield "grounding.score"


def _share(supported: int, claimed: int, nothing: str) -> Score:
    return ok(supported / claimed) if claimed else not_applicable(f"the output claims {nothing}")


def _losses(kind: ClaimKind, rule: ClaimRule, claims: list[Claim], evidence: Evidence) -> Iterator[Loss]:
    texts = "the résumé" if rule.source == "resume" else "the résumé or the job description"
    for claim in claims[:MAX_LOSSES]:
        near = evidence.nearest(claim)
        hint = "" if near is None else f"; nearest: {clip(near)!r}"
        yield Loss(f"grounding.{kind}", claim.place, f"{clip(claim.text)!r} does not stand in {texts}{hint}")
