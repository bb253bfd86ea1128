"""Field comparison: a record against a reference under a task's field rules, field by field and explained.

Every score is in [0, 1], exactly 1.0 when the two are equal, and below 1.0 when there is a loss. Missing, null and
empty are three different things: each agrees with itself alone. The order of list items never matters. The kinds of
comparison are in `shortlist.metrics.comparators`, which says which of them are not symmetric; here is what looks
inside objects:

object
    The weighted mean of its fields' scores.
objects
    Two lists of objects are first paired by `key`. Objects whose keys agree fully are paired first. The rest are
    paired so that the likeness of the paired keys (the mean over the key's fields) is greatest in sum; two objects
    can be paired when more than half of their key agrees, or half of it where one key field agrees fully. Among
    equal keys (two terms at one employer) the pairing with the better agreement of all fields wins. The score is
    2·Σ(score of a pair)/(length + length), an F1 in which a pair counts as much as it agrees, so that an object lost
    and an object invented cost the same. With `unpaired: missing` it is Σ(score of a pair)/(length of the reference),
    a recall: an object that the reference does not have costs nothing, and its loss is not listed. One whose key is
    wholly that of a paired one is no lesser statement, so the pair is worth what the worse of them is: who says both
    true and false of a keyword has not said what is right. With `unpaired: none` it is the mean over the pairs, and an
    object that repeats a paired one's key is one more, beside the one that it agrees with best. Without a pair it is
    0.0, or 1.0 where the reference is empty. Neither is symmetric.

A loss reads `bulletsByRole[Acme/Engineer].endDate: 2021-03 ≠ 2021-05`: first what the output says, then the reference.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, nextafter
from typing import Any, Final

from shortlist.metrics.assignment import assign
from shortlist.metrics.comparators import LEAVES, frozen, identity, whole_text
from shortlist.metrics.paths import join
from shortlist.metrics.values import ABSENT, clip, same, show
from shortlist.tasks.rules import CheckRule, FieldRule

MAX_LOSSES: Final = 100
"""Losses that are kept of one record; the rest are counted in a last one."""

MATCH_FLOOR: Final = 0.5
"""How much of their keys must agree for two objects to be one."""

_TIE_BREAK = 1e-4  # weight of all fields of all pairs beside the keys' likeness when there is a choice
_ALMOST = nextafter(1.0, 0.0)
_KEY_TEXT = FieldRule(compare="text")  # how a key field compares that has no rule of its own


@dataclass(frozen=True, slots=True)
class FieldLoss:
    """Where and why a record does not agree with its reference."""

    field: str
    """The task's field or check, e.g. `bulletsByRole`."""
    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A record against a reference."""

    score: float | None
    """Weighted mean of `fields`; None when there are none."""
    fields: Mapping[str, float]
    losses: tuple[FieldLoss, ...]


def compare_records(
    rules: Mapping[str, FieldRule], value: Any, reference: Any, *, stated_only: bool = False
) -> Compared:
    """Compares an output with a reference, both parsed JSON.

    Args:
        rules: How each field compares; a check looks at the field that it names.
        value: The output; one that is not an object has none of the fields.
        reference: What it should say, an object.
        stated_only: Ask only for what the reference states: its fields and, inside `object` and `objects`, the keys
            that its objects have. For gold, which knows a part of the truth.
    """
    comparison = _Comparison(stated_only)
    scores: dict[str, float] = {}
    for name, rule in rules.items():
        if not is_asked(name, rule, reference, stated_only=stated_only):
            continue
        where = field_of(name, rule)
        comparison.field = name
        scores[name] = comparison.compare(rule, _get(value, where), _get(reference, where), join("", where))
    return Compared(_mean(rules, scores), scores, comparison.taken())


def field_of(name: str, rule: FieldRule) -> str:
    """The property of the output that a task's field, or check, of this name looks at."""
    return rule.field if isinstance(rule, CheckRule) else name


def is_asked(name: str, rule: FieldRule, reference: Any, *, stated_only: bool) -> bool:
    """Whether a field, or check, is compared: all are, but with `stated_only` those that need a statement."""
    if isinstance(rule, CheckRule) and rule.absolute:
        return True
    return not stated_only or _get(reference, field_of(name, rule)) is not ABSENT


def _get(record: Any, name: str) -> Any:
    return record.get(name, ABSENT) if isinstance(record, dict | Mapping) else ABSENT  # dict first: much the quicker


def _mean(rules: Mapping[str, FieldRule], scores: Mapping[str, float]) -> float | None:
    """Weighted mean over the fields that have a score: exactly 1.0 when all are, in any order of the fields."""
    if not scores:
        return None
    if all(score == 1.0 for score in scores.values()):
        return 1.0
    weight = fsum(rules[name].weight for name in scores)
    return _below_one(fsum(rules[name].weight * score for name, score in scores.items()) / weight)


def _share(scores: Sequence[float], places: int, each: int = 1) -> float:
    """The sum of the scores over the places that could score, when each score fills `each` of them."""
    if each * len(scores) == places and all(score == 1.0 for score in scores):
        return 1.0
    return _below_one(each * fsum(scores) / places)


def _below_one(score: float) -> float:
    """Rounding must not hide that something was lost."""
    return min(score, _ALMOST)


class _Comparison:
    """One pass over two records, gathering losses on the way."""

    def __init__(self, stated_only: bool) -> None:
        self.stated_only = stated_only
        self.field = ""
        self._losses: list[FieldLoss] = []
        self._dropped = 0
        self._silent = 0

    def taken(self) -> tuple[FieldLoss, ...]:
        """The losses, with a last one that says how many more there were."""
        if self._dropped:
            self._losses.append(FieldLoss(self.field, "$", f"and {self._dropped} more losses"))
        return tuple(self._losses)

    def compare(self, rule: FieldRule, value: Any, reference: Any, path: str) -> float:
        """The score of one field."""
        if rule.equals is not None:  # whatever the reference says, or does not
            return self._leaf(rule, value, reference, path)
        if same(value, reference):
            return 1.0
        if value is ABSENT or value is None or reference is ABSENT or reference is None:
            return self._differ(value, reference, path)
        if rule.compare == "object":
            return self._object(rule, value, reference, path)
        if rule.compare == "objects":
            return self._objects(rule, value, reference, path)
        if rule.compare == "mentions" and isinstance(value, list) and isinstance(reference, list):
            reference = reference if self.stated_only else whole_text(reference)  # terms are gold's; here are two texts
        return self._leaf(rule, value, reference, path)

    def _leaf(self, rule: FieldRule, value: Any, reference: Any, path: str) -> float:
        agreement = LEAVES[rule.compare](rule, value, reference)
        if agreement.why is not None and not self._silent:
            self._lose(path, agreement.why())
        return agreement.score

    def _object(self, rule: FieldRule, value: Any, reference: Any, path: str) -> float:
        if not isinstance(value, dict) or not isinstance(reference, dict):
            return self._differ(value, reference, path)
        asked = [name for name in rule.fields if not self.stated_only or name in reference]
        scores = {
            name: self.compare(rule.fields[name], _get(value, name), _get(reference, name), join(path, name))
            for name in asked
        }
        mean = _mean(rule.fields, scores)
        return 1.0 if mean is None else mean  # the reference states nothing to disagree with

    def _objects(self, rule: FieldRule, value: Any, reference: Any, path: str) -> float:
        if not isinstance(value, list) or not isinstance(reference, list):
            return self._differ(value, reference, path)
        pairs = self._pair_up(rule, value, reference)
        if rule.unpaired != "both":
            pairs += self._said_again(rule, value, reference, pairs)
        if rule.unpaired == "none" and not pairs and reference:
            return self._lose(path, "nothing in common with the reference")
        labels = [] if self._silent else _labels(rule, reference)
        scores = [
            self._item(rule, value[mine], reference[its], f"{path}[{labels[its]}]" if labels else "")
            for mine, its in pairs
        ]
        if rule.unpaired == "none":
            return _share(scores, len(scores))
        if not self._silent:
            self._lose_unpaired(labels, {its for _, its in pairs}, path, "missing from the output")
            if rule.unpaired == "both":
                self._lose_unpaired(_labels(rule, value), {mine for mine, _ in pairs}, path, "not in the reference")
        if rule.unpaired == "missing":
            worst: dict[int, float] = {}
            for (_, its), score in zip(pairs, scores, strict=True):
                worst[its] = min(score, worst.get(its, 1.0))
            return _share(list(worst.values()), len(reference))
        return _share(scores, len(value) + len(reference), each=2)  # a pair stands for two items

    def _lose_unpaired(self, labels: Sequence[str], paired: Container[int], path: str, why: str) -> None:
        for index, label in enumerate(labels):
            if index not in paired:
                self._lose(f"{path}[{label}]", why)

    def _said_again(
        self, rule: FieldRule, value: Sequence[Any], reference: Sequence[Any], pairs: Sequence[tuple[int, int]]
    ) -> list[tuple[int, int]]:
        """For each item left over, the item of the other side with the same key that it agrees with best, if any.

        With `unpaired: missing` only for items of the value: one of the reference is lost.
        """
        mine = set(range(len(value))) - {m for m, _ in pairs}
        its = set(range(len(reference))) - {i for _, i in pairs} if rule.unpaired == "none" else set()
        again = []
        for on_my_side, on_its_side in _by_key(rule, value, reference).values() if mine or its else ():
            agreement = {
                (m, i): self._content(rule, value[m], reference[i])
                for m in on_my_side
                for i in on_its_side
                if m in mine or i in its
            }
            for side, left_over in enumerate((mine, its)):
                for index in left_over:
                    candidates = [pair for pair in agreement if pair[side] == index]
                    again += [max(candidates, key=agreement.__getitem__)] if candidates else []
        return sorted(again)

    def _item(self, rule: FieldRule, value: Any, reference: Any, path: str) -> float:
        """One pair of a list of objects; an item that is no object was paired with its equal."""
        return self._object(rule, value, reference, path) if isinstance(reference, dict) else 1.0

    def _pair_up(self, rule: FieldRule, value: Sequence[Any], reference: Sequence[Any]) -> list[tuple[int, int]]:
        """Which item of `value` is which of `reference`, as pairs of indices."""
        groups = _by_key(rule, value, reference)
        pairs: list[tuple[int, int]] = []
        mine: list[tuple[int, Hashable]] = []
        its: list[tuple[int, Hashable]] = []
        for key, (on_my_side, on_its_side) in groups.items():
            if len(on_my_side) == len(on_its_side) == 1:
                pairs.append((on_my_side[0], on_its_side[0]))
            else:
                mine.extend((index, key) for index in on_my_side)
                its.extend((index, key) for index in on_its_side)
        if mine and its:
            # A pair of equal keys outweighs all others together; then likeness counts, and last what the objects say.
            equal = 1.0 + min(len(mine), len(its))
            tie_break = _TIE_BREAK / min(len(mine), len(its))
            likeness = [
                [equal if k == key else self._key_likeness(rule, value[m], reference[i]) for i, key in its]
                for m, k in mine
            ]
            if sum(weight > 0 for row in likeness for weight in row) > 1:
                for row, (m, _) in zip(likeness, mine, strict=True):
                    for column, (i, _) in enumerate(its):
                        if row[column] > 0:
                            row[column] += tie_break * self._content(rule, value[m], reference[i])
            pairs += [(mine[row][0], its[column][0]) for row, column in assign(likeness)]
        return sorted(pairs, key=lambda pair: pair[1])

    def _key_likeness(self, rule: FieldRule, value: Any, reference: Any) -> float:
        """How much of two objects' keys agrees; 0.0 when that is too little to be one object."""
        if not isinstance(value, dict) or not isinstance(reference, dict):
            return 0.0  # what is no object is paired with its equal only
        asked = [name for name in rule.key if not self.stated_only or name in reference]
        if not asked:
            return 0.0
        self._silent += 1
        scores = [
            self.compare(rule.fields.get(name, _KEY_TEXT), _get(value, name), _get(reference, name), "")
            for name in asked
        ]
        self._silent -= 1
        likeness = fsum(scores) / len(scores)
        return likeness if likeness > MATCH_FLOOR or (likeness == MATCH_FLOOR and 1.0 in scores) else 0.0

    def _content(self, rule: FieldRule, value: Any, reference: Any) -> float:
        """The score that two objects would have as a pair."""
        self._silent += 1
        score = self._item(rule, value, reference, "")
        self._silent -= 1
        return score

    def _differ(self, value: Any, reference: Any, path: str) -> float:
        return 0.0 if self._silent else self._lose(path, f"{show(value)} ≠ {show(reference)}")

    def _lose(self, path: str, why: str) -> float:
        if not self._silent:
            if len(self._losses) < MAX_LOSSES:
                self._losses.append(FieldLoss(self.field, path, why))
            else:
                self._dropped += 1
        return 0.0


def _by_key(
    rule: FieldRule, value: Sequence[Any], reference: Sequence[Any]
) -> dict[Hashable, tuple[list[int], list[int]]]:
    """The indices of the items of either side, by their keys."""
    groups: dict[Hashable, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for side, items in enumerate((value, reference)):
        for index, item in enumerate(items):
            groups[_key(rule, item)][side].append(index)
    return groups


def _key(rule: FieldRule, item: Any) -> Hashable:
    """Equal for two items whose keys agree fully; an item that is no object is its own key."""
    if not isinstance(item, dict):
        return ("item", frozen(item))
    return tuple(identity(rule.fields.get(name, _KEY_TEXT), item.get(name, ABSENT)) for name in rule.key)


def _labels(rule: FieldRule, items: Iterable[Any]) -> list[str]:
    """What to call each item: its key's values, and `#2` for the second of a name."""
    seen: Counter[str] = Counter()
    labels = []
    for item in items:
        keys = [item.get(name, ABSENT) for name in rule.key] if isinstance(item, dict) else [item]
        label = "/".join(clip(show(key), 40) for key in keys)
        seen[label] += 1
        labels.append(label if seen[label] == 1 else f"{label} #{seen[label]}")
    return labels
