"""Whether held-out pairs, or near copies of them, stand in training data.

A held-out text is looked for by its word trigrams. Its score in a training line is the share of its distinct trigrams
that the line has, exactly counted: containment, and not resemblance, since a résumé is a small part of a line that also
holds a job description and an answer. A trigram that several held-out texts have (an employer's boilerplate, a phrase
of a template) counts for less: it is divided by how many have it. Where that would give more than the plain share, the
plain share is taken. A copy may be re-wrapped, reordered, or set in other markup, and a line may hold any number of
other texts: neither moves the score much. Both texts of a pair count, and so do the sentences of the résumé
alone, and the bullets of its gold, which a trained answer repeats where its prompt does not show them.

Why trigrams, and why `THRESHOLD` is 0.45: scores over 37 résumés (12 bundled, 25 real) and 32 job descriptions (12
bundled, 20 real ones of one public employer), each changed at random five times; beside them plain shares of trigrams,
4-grams and 5-grams, of the résumés and of that employer's posts:

    copies: least and median           score        3 plain      4            5
    10% of the words, singly           0.67  0.73   0.70  0.73   0.61  0.66   0.53  0.59
    10% of the words, in one block     0.83  0.89   0.86  0.90   0.85  0.89   0.84  0.89
    15% of the words, singly           0.57  0.62   0.56  0.62   0.46  0.52   0.36  0.44
    20% of the words, singly           0.45  0.51   0.45  0.52   0.34  0.41   0.25  0.33
    sections in another order          0.76  0.95   0.76  0.94   0.67  0.91   0.58  0.89
    no copies: median and most
    other résumés                      0.00  0.01   0.00  0.03   0.00  0.01   0.00  0.01
    300 kB of other texts in a line    0.01  0.03   0.03  0.06   0.01  0.02   0.00  0.01
    other posts of that employer       0.03  0.97   0.28  0.98   0.26  0.98   0.26  0.97

Longer n-grams lose copies with changed words and gain nothing against boilerplate, which comes in blocks; rarity does.
(That employer's posts above 0.45 are one post for two grades, or one text with another title: near copies.) Of 1,000
generated pairs against 200 others from the same tables, no résumé comes above 0.3, and of the 200,000 couples of job
descriptions, which are short and draw from the same few sentences, at most one comes above 0.45. Translations and
summaries are not found at all.

datasketch and rensa (MinHash, MIT and Apache-2.0) estimate resemblance: for a résumé of 400 words in a line of 1,500
that is at most 0.27, and an error of 0.04 at 128 permutations blurs it; they cannot weigh trigrams or say which words
are shared. datasketch takes 1.7 ms for a line, rensa 0.02 beside 0.3 for making trigrams as text; here a line takes 0.6
with its reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shortlist_datasets.pair import Pair
from shortlist_datasets.shingles import BREAK, WORDS_EACH, Vocabulary, Words, shown, words_of
from shortlist_datasets.training import TrainingLine, in_pieces

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

THRESHOLD = 0.45
"""Score from which on a line is said to hold a text."""
NEAR_FROM = 20
"""Distinct trigrams that a text must have before a part of them says anything; a shorter one must occur whole."""
_BULLETS_FROM = 40
"""Words of gold's bullets that are looked for by themselves: of made-up pairs, two or three bullets occur elsewhere."""
WHOLE_PART_BELOW = 6
"""A text of fewer trigrams could occur anywhere, so it must be a part of the line by itself."""
_SHOWN_WORDS = 12
_SENTENCE_FROM = 7
"""Words in a line of a résumé that belongs to a sentence, not to a heading, a list of skills or an address."""

RESUME, JOB, SENTENCES, BOTH = "resume", "job_description", "resume_sentences", "both"


@dataclass(frozen=True, slots=True)
class Overlap:
    """A held-out text that a training line holds."""

    pair: str
    side: str
    """`resume`, `job_description`, `both`, or `resume_sentences` (its sentences or its gold's bullets alone)."""
    score: float
    """How much of the text the line holds, 0 to 1 (see above); of both texts, the smaller."""
    exact: bool
    """Whether the text occurs word for word, from its first word to its last."""
    part: str
    """The part of the line that holds most of it; see `training.Part`."""
    words: str
    """The beginning of the longest passage that they share, in the form in which words are compared."""


class TextIndex:
    """Texts, each the words of `words_of`, that are looked for in others."""

    def __init__(self, texts: Sequence[Words], parts_of_others: Sequence[int] = ()) -> None:
        """`parts_of_others` are the positions of texts that do not make their trigrams any less rare."""
        import numpy as np  # noqa: PLC0415 - a tenth of a second, which listing names does without

        self.texts = texts
        self.vocabulary = Vocabulary(texts)
        self.of_text = [np.unique(self.vocabulary.shingles(words)) for words in texts]
        self.sizes = np.array([len(keys) for keys in self.of_text], dtype=np.int64)
        every = np.concatenate([*self.of_text, np.zeros(0, dtype=np.uint64)])
        owner = np.repeat(np.arange(len(texts)), self.sizes)
        order = np.argsort(every, kind="stable")
        self._owner = owner[order]
        self._keys, self._first, self._count = np.unique(every[order], return_index=True, return_counts=True)
        own = np.ones(len(texts), dtype=np.int64)
        own[list(parts_of_others)] = 0
        texts_with = np.add.reduceat(own[self._owner], self._first) if len(self._keys) else self._count
        self._rarity = np.repeat(1 / np.maximum(texts_with, 1), self._count)  # one for each owner
        self._totals = np.bincount(self._owner, self._rarity, minlength=len(texts))
        self._maybe = np.zeros(1 << _FILTER_BITS, dtype=np.bool_)
        self._maybe[self._keys >> np.uint64(64 - _FILTER_BITS)] = True

    def shingles(self, words: Words) -> NDArray[np.uint64]:
        """The distinct shingles of a text, those that no text of the index has mostly left out."""
        import numpy as np  # noqa: PLC0415 - as above

        keys = self.vocabulary.shingles(words)
        return np.unique(keys[self._maybe[keys >> np.uint64(64 - _FILTER_BITS)]])

    def scores(self, keys: NDArray[np.uint64]) -> NDArray[np.float64]:
        """For each text of the index, how much of it is among `keys` (distinct), 0 to 1; 0 for empty texts.

        The share of its distinct shingles, and the same with each shingle divided by the number of the index's texts
        that have it: the smaller of the two.
        """
        import numpy as np  # noqa: PLC0415 - as above

        if not len(self._keys) or not len(keys):
            return np.zeros(len(self.texts))
        at = np.searchsorted(self._keys, keys)
        at[at == len(self._keys)] = 0
        at = at[self._keys[at] == keys]
        starts, counts = self._first[at], self._count[at]
        postings = np.repeat(starts, counts) + np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        owners = self._owner[postings]
        found = np.bincount(owners, minlength=len(self.texts)) / np.maximum(self.sizes, 1)
        rare = np.bincount(owners, self._rarity[postings], minlength=len(self.texts))
        # Rounded, since a sum of thirds in another order is not quite the same, and all of a text is 1.
        share: NDArray[np.float64] = np.minimum(found, (rare / np.maximum(self._totals, 1e-9)).round(9))
        return share


_FILTER_BITS = 20


class HeldOut:
    """The texts of held-out pairs, to be looked for in training lines."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        import numpy as np  # noqa: PLC0415 - as above

        owners: dict[tuple[bytes, ...], list[tuple[str, str]]] = {}
        for pair in pairs:
            resume = tuple(words_of(pair.resume_text))
            owners.setdefault(resume, []).append((pair.id, RESUME))
            owners.setdefault(tuple(words_of(pair.job_description_text)), []).append((pair.id, JOB))
            sentences = tuple(words_of(sentences_of(pair.resume_text)))
            bullets = tuple(words_of("\n".join(bullets_of(pair.gold))))
            for part in dict.fromkeys((sentences, bullets)):
                if part != resume and (part is not bullets or len(part) >= _BULLETS_FROM):
                    owners.setdefault(part, []).append((pair.id, SENTENCES))
        owners.pop((), None)
        self._owners = list(owners.values())
        sentences_only = [number for number, of in enumerate(self._owners) if all(side == SENTENCES for _, side in of)]
        self._index = TextIndex(list(owners), sentences_only)
        self._near = self._index.sizes >= NEAR_FROM
        self._tiny = {words: number for number, words in enumerate(owners) if self._is_tiny(number)}
        self._least = np.where(self._near, THRESHOLD, 1.0)

    def find(self, line: TrainingLine) -> list[Overlap]:
        """The held-out texts that the line holds, one entry a pair."""
        scores = self._index.scores(self._index.shingles(words_of(BREAK.join(part.text for part in line.parts))))
        numbers = [int(number) for number in (scores >= self._least).nonzero()[0]]
        if not numbers and not self._tiny:
            return []
        parts = [(part.name, words_of(part.text)) for part in in_pieces(line.parts)]
        found = [one for number in numbers if (one := self._found(number, float(scores[number]), parts)) is not None]
        for name, words in parts:
            number = self._tiny.get(tuple(words)) if len(words) < WORDS_EACH + WHOLE_PART_BELOW else None
            if number is not None:
                found.append(_Found(number, 1.0, True, name, shown(words)))
        by_pair: dict[str, dict[str, _Found]] = {}
        for one in found:
            for pair, side in self._owners[one.text]:
                sides = by_pair.setdefault(pair, {})
                if side not in sides or sides[side].score < one.score:
                    sides[side] = one
        return [_overlap(pair, sides) for pair, sides in by_pair.items()]

    def _is_tiny(self, number: int) -> bool:
        return bool(self._index.sizes[number] < WHOLE_PART_BELOW)

    def _found(self, number: int, score: float, parts: Sequence[tuple[str, list[bytes]]]) -> _Found | None:
        """What there is to say of a text whose score is high enough; None for a short one that is only scattered."""
        if self._is_tiny(number):
            return None
        words = self._index.texts[number]
        holding = [float(self._index.scores(self._index.shingles(inner))[number]) for _, inner in parts]
        best = max(range(len(parts)), key=holding.__getitem__)
        exact = any(share == 1.0 and _occurs(words, inner) for share, (_, inner) in zip(holding, parts, strict=True))
        if not exact and not self._near[number]:
            return None
        shared = _longest_shared(self._index, words, parts[best][1])
        return _Found(number, score, exact, parts[best][0], shared)


@dataclass(frozen=True, slots=True)
class _Found:
    text: int
    score: float
    exact: bool
    part: str
    words: str


def _overlap(pair: str, sides: dict[str, _Found]) -> Overlap:
    if RESUME in sides and JOB in sides:
        resume, job = sides[RESUME], sides[JOB]
        part = resume.part if resume.part == job.part else f"{resume.part}, {job.part}"
        return Overlap(pair, BOTH, min(resume.score, job.score), resume.exact and job.exact, part, resume.words)
    side = next(name for name in (RESUME, JOB, SENTENCES) if name in sides)
    one = sides[side]
    return Overlap(pair, side, one.score, one.exact, one.part, one.words)


def _occurs(words: Words, inner: Words) -> bool:
    return b" %b " % b" ".join(words) in b" %b " % b" ".join(inner)


def _longest_shared(index: TextIndex, words: Words, inner: Words) -> str:
    """The beginning of the longest run of the text's words of which every shingle is in `inner`."""
    import numpy as np  # noqa: PLC0415 - as above

    keys = index.vocabulary.shingles(words)  # every word of an indexed text is known, so there is one for each place
    there = np.isin(keys, index.vocabulary.shingles(inner))
    best, length, run = 0, 0, 0
    for place, is_there in enumerate(there):
        run = run + 1 if is_there else 0
        if run > length:
            best, length = place - run + 1, run
    end = best + min(length + WORDS_EACH - 1, _SHOWN_WORDS)
    return shown(words[best:end]) + (" …" if length + WORDS_EACH - 1 > _SHOWN_WORDS else "")


def bullets_of(gold: Mapping[str, Any]) -> list[str]:
    """The bullets that the gold of any task repeats: an answer trained on has these, and not the rest of a résumé."""
    found = [part.get("bulletsByRole") for part in gold.values() if isinstance(part, dict)]
    roles = [role for of in found if isinstance(of, list) for role in of if isinstance(role, dict)]
    bullets = [bullet for role in roles for bullet in role.get("bullets") or () if isinstance(bullet, str)]
    return list(dict.fromkeys(bullets))


def sentences_of(resume: str) -> str:
    """The lines of a résumé that belong to sentences: those of many words, and what wraps around them."""
    kept: list[str] = []
    follows = False
    for line in resume.splitlines():
        words = words_of(line)
        stripped = line.lstrip()
        # What begins in lower case goes on with the sentence of the line before.
        follows = len(words) >= _SENTENCE_FROM or (follows and stripped[:1].islower())
        if follows:
            kept.append(line)
    return "\n".join(kept)


@dataclass(frozen=True, slots=True)
class Contaminated:
    """A training line, and a held-out pair of which it holds a text."""

    line: TrainingLine
    overlap: Overlap


def contamination(pairs: Iterable[Pair], lines: Iterable[TrainingLine]) -> Iterator[Contaminated]:
    """Every held-out text that a training line holds, line by line. Lines are read once and not kept."""
    held_out = HeldOut(pairs)
    for line in lines:
        for overlap in held_out.find(line):
            yield Contaminated(line, overlap)
