"""Where a run stops by itself: money spent, errors made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from shortlist.cases import Outcome, Record
from shortlist.suite.model import Budget
from shortlist_providers import Usage

PriceOf = Callable[[Usage, float], Decimal | None]
"""Usage of one attempt and the machine's seconds that it is charged with -> USD; None where that is unknown."""

_COUNTS_AS_ERROR = frozenset({Outcome.ERROR, Outcome.TIMEOUT, Outcome.MALFORMED})


@dataclass(slots=True)
class _Account:
    """What one provider has cost."""

    spent: Decimal = Decimal(0)
    attempts: int = 0
    active: int = 0
    charged_until: float = 0.0
    """Up to when the machine's time has been charged; moves only while something is under way."""


class Ledger:
    """Adds up what a run has spent and got wrong, over all its sittings.

    A machine paid by the hour is charged while at least one attempt is under way: every attempt that ends pays for
    the time since the last one that ended, so that the charges add up to the busy time exactly, at any concurrency.
    """

    def __init__(self, budget: Budget, prices: Mapping[str, PriceOf]) -> None:
        self._budget = budget
        self._prices = prices
        self._accounts = {name: _Account() for name in prices}
        self._errors: Counter[str] = Counter()

    def restore(self, records: Iterable[Record]) -> None:
        """Counts what earlier sittings did."""
        by_session = sorted(records, key=lambda record: record.session)
        for _, sitting in groupby(by_session, key=lambda record: record.session):
            self._replay(list(sitting))

    def _replay(self, sitting: list[Record]) -> None:
        live = [record for record in sitting if not record.generation.cached]
        events: list[tuple[float, bool, str, Usage]] = []
        for record in live:
            for attempt in record.attempts:
                events.append((attempt.timings.sent, False, record.case.provider, attempt.usage))
                events.append((attempt.timings.last_token, True, record.case.provider, attempt.usage))
        for when, ends, provider, usage in sorted(events, key=lambda event: event[:2]):
            if ends:
                self.ended(provider, usage, when)
            else:
                self.began(provider, when)
        for record in sitting:
            self.finished(record)

    def began(self, provider: str, now: float) -> None:
        """An attempt is sent at `now` (seconds on the session's clock)."""
        account = self._accounts.get(provider)
        if account is not None:
            if account.active == 0:
                account.charged_until = now
            account.active += 1

    def ended(self, provider: str, usage: Usage, now: float) -> None:
        """An attempt is over at `now`, however it ended, and used `usage`."""
        account = self._accounts.get(provider)
        if account is None:
            return
        account.active -= 1
        cost = self._prices[provider](usage, max(0.0, now - account.charged_until))
        account.charged_until = now
        account.attempts += 1
        if cost is not None:
            account.spent += cost

    def finished(self, record: Record) -> None:
        """Counts how a case ended."""
        if record.outcome in _COUNTS_AS_ERROR:
            self._errors[record.case.provider] += 1

    @property
    def spent(self) -> Decimal:
        """USD over all providers whose price is known."""
        return sum((account.spent for account in self._accounts.values()), Decimal(0))

    def spent_by(self, provider: str) -> Decimal | None:
        """USD that one provider has cost; None where its price is unknown."""
        account = self._accounts.get(provider)
        return None if account is None else account.spent

    def money_is_up(self) -> bool:
        """Whether one more attempt might pass the budget, counting those under way at their provider's mean so far."""
        limit = self._budget.usd
        if limit is None:
            return False
        expected = self.spent
        for account in self._accounts.values():
            if account.attempts:
                expected += account.spent / account.attempts * account.active
        return expected >= limit

    def too_many_errors(self, provider: str) -> bool:
        """Whether `provider` has failed more cases than the suite allows."""
        return self._budget.errors is not None and self._errors[provider] > self._budget.errors

    def errors(self, provider: str) -> int:
        """Cases of `provider` that ended as `error`, `timeout` or `malformed`."""
        return self._errors[provider]
