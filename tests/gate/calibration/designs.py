"""Who shares a résumé or a job description with whom, and draws that are alike where something is shared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import cycle, islice

import numpy as np
from numpy.typing import NDArray

from shortlist.results import PairFacts
from shortlist.stats import Floats

Labels = NDArray[np.int64]

DOMAINS = 5
UNEQUAL = (1, 1, 2, 3, 5, 8)
"""Jobs of one résumé after another, again and again."""


@dataclass(frozen=True, slots=True)
class Noise:
    """How much of a draw's variance pairs of one résumé, and of one job description, have in common."""

    resume: float = 0.0
    job: float = 0.0


@dataclass(frozen=True, eq=False)
class Design:
    """n pairs."""

    resumes: Labels
    jobs: Labels
    noise: Noise = Noise()

    @property
    def n(self) -> int:
        return len(self.resumes)

    @cached_property
    def facts(self) -> tuple[PairFacts, ...]:
        """As a comparison has them; domains take turns."""
        return tuple(
            PairFacts(id=f"p{i:05}", domain=f"d{i % DOMAINS}", resume_cluster=f"r{resume}", job_cluster=f"j{job}")
            for i, (resume, job) in enumerate(zip(self.resumes, self.jobs, strict=True))
        )

    @cached_property
    def ids(self) -> tuple[str, ...]:
        return tuple(pair.id for pair in self.facts)

    def first(self, taken: int) -> Design:
        """Its first pairs."""
        return self._firsts.setdefault(taken, Design(self.resumes[:taken], self.jobs[:taken], self.noise))

    @cached_property
    def _firsts(self) -> dict[int, Design]:
        return {}

    def normal(self, random: np.random.Generator, runs: int) -> Floats:
        """Standard normal, shape (runs, n), correlated within résumés and within job descriptions."""
        own = 1 - self.noise.resume - self.noise.job
        drawn: Floats = np.sqrt(own) * random.standard_normal((runs, self.n))
        for share, labels in ((self.noise.resume, self.resumes), (self.noise.job, self.jobs)):
            if share:
                drawn += np.sqrt(share) * random.standard_normal((runs, int(labels.max()) + 1))[:, labels]
        return drawn


@lru_cache(maxsize=32)
def alone(n: int) -> Design:
    """Every pair has a résumé and a job description of its own."""
    return Design(np.arange(n), np.arange(n))


@lru_cache(maxsize=32)
def five_jobs(n: int, icc: float) -> Design:
    """Every résumé meets five job descriptions of its own."""
    return Design(np.arange(n) // 5, np.arange(n), Noise(resume=icc))


@lru_cache(maxsize=32)
def unequal(n: int, icc: float) -> Design:
    """Résumés meet one to eight job descriptions of their own."""
    sizes = list(islice(cycle(UNEQUAL), n))
    return Design(np.repeat(np.arange(n), sizes)[:n], np.arange(n), Noise(resume=icc))


@lru_cache(maxsize=32)
def crossed(n: int, icc: float) -> Design:
    """Each of ten job descriptions (five below 100 pairs) meets each résumé; both leave as strong a trace."""
    jobs = 10 if n >= 100 else 5
    return Design(np.arange(n) // jobs, np.arange(n) % jobs, Noise(resume=icc, job=icc))


@lru_cache(maxsize=32)
def crossed_evenly(n: int, icc: float) -> Design:
    """As many résumés as job descriptions, as near as n allows, each meeting each."""
    jobs = max(2, int(np.sqrt(n)))
    return Design(np.arange(n) // jobs, np.arange(n) % jobs, Noise(resume=icc, job=icc))
