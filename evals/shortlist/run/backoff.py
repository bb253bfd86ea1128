"""How long to wait before asking again."""

from __future__ import annotations

import random

from shortlist_providers import Failure

FIRST_WAIT = 0.5
"""Seconds; doubles with every further attempt."""
LONGEST_WAIT = 30.0
"""Seconds between two attempts, unless the server asks for more."""
LONGEST_RETRY_AFTER = 600.0
"""Seconds: a server that asks for more is not waited for."""
MOST_RATE_LIMITED = 8
"""Refusals in a row that a case, or a whole pool, takes before it is given up: a minute, or what the server asks."""


def wait_after_transient(failure: Failure, failures: int, retries: int, generator: random.Random) -> float | None:
    """Seconds until a case may be tried again after its `failures`-th transient failure; None when it is over."""
    return None if failures > retries else _wait(failure, failures, generator)


def wait_after_rate_limit(
    failure: Failure, case_refusals: int, pool_refusals: int, generator: random.Random
) -> float | None:
    """Seconds until the pool may send again after a rate limit; None when the case is over.

    The wait grows with the refusals of the whole pool, since they say how far it asks too much. Being told to slow
    down says nothing about the case and uses up none of its retries.
    """
    if max(case_refusals, pool_refusals) >= MOST_RATE_LIMITED:
        return None
    return _wait(failure, pool_refusals, generator)


def _wait(failure: Failure, tries: int, generator: random.Random) -> float | None:
    """What the server asked for, or exponential backoff with half jitter (Brooker, 2015); None if that is too long."""
    if failure.retry_after is not None:
        return failure.retry_after if failure.retry_after <= LONGEST_RETRY_AFTER else None
    ceiling = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** max(0, tries - 1))
    return ceiling / 2 + generator.random() * ceiling / 2
