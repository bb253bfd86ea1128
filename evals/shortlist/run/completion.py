"""Whether a case has been dealt with, or is to be sent again."""

from __future__ import annotations

from shortlist.cases import Record
from shortlist_providers import FailureKind, FailureScope


def is_complete(record: Record) -> bool:
    """Whether a resumed run may leave this case alone.

    A case that never got past its provider's door (server down, wrong key, rate limit to the last) is not complete:
    nothing was generated, so sending it again repeats nothing.
    """
    failure = record.generation.failure
    if failure is None:
        return True
    return failure.scope is not FailureScope.PROVIDER and failure.kind is not FailureKind.RATE_LIMITED
