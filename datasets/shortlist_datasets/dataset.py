"""A set of pairs with a name and a content hash."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from shortlist_datasets.errors import DatasetError
from shortlist_datasets.pair import Pair


@dataclass(frozen=True, slots=True)
class Dataset:
    """Pairs in the order of their file (a folder: in the order of the file names).

    `name` is the bundled name with its version, or the name of the file (without suffix) or
    folder. `path` is the file or folder that was read. `content_hash` is that of `content_hash()`.
    """

    name: str
    path: Path
    pairs: tuple[Pair, ...]
    content_hash: str

    def select(self, split: str | None) -> tuple[Pair, ...]:
        """The pairs of one split, in order; all pairs for None.

        Raises:
            DatasetError: no pair belongs to `split`; the message names the splits that exist.
        """
        if split is None:
            return self.pairs
        chosen = tuple(pair for pair in self.pairs if pair.split == split)
        if not chosen:
            raise DatasetError(f'no pair of {self.name} has the split "{split}"; {self._splits(split)}', self.path)
        return chosen

    def _splits(self, wanted: str) -> str:
        counts: dict[str, int] = {}
        for pair in self.pairs:
            if pair.split is not None:
                counts[pair.split] = counts.get(pair.split, 0) + 1
        if not counts:
            return 'its pairs name no split: leave "split" out to use all of them'
        there = ", ".join(f"{name} ({count})" for name, count in sorted(counts.items()))
        near = difflib.get_close_matches(wanted, counts, n=1)
        return f"there are: {there}" + (f'; did you mean "{near[0]}"?' if near else "")


def content_hash(pairs: Iterable[Pair]) -> str:
    """SHA-256 (hex) over canonical JSON of all pairs, sorted by id.

    Canonical: every field written out (those that say why gold is true, and what is planted, where a
    pair has them), keys sorted, no white space, UTF-8 unescaped. So the order
    of lines and keys, the spelling of keys and the layout of the file do not matter, and a change
    of any value does.
    """
    rows = [
        {
            "id": pair.id,
            "domain": pair.domain,
            "resume_text": pair.resume_text,
            "job_description_text": pair.job_description_text,
            "gold": pair.gold,
            "tags": pair.tags,
            "split": pair.split,
            **({"inferred": pair.inferred} if pair.inferred else {}),
            **({"injection": asdict(pair.injection)} if pair.injection else {}),
        }
        for pair in sorted(pairs, key=lambda pair: pair.id)
    ]
    text = json.dumps(rows, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
