"""Where a run stops by itself: money spent, errors made."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby

from shortlist.cases import UNHEARD, Attempt, Record
from shortlist.pricing import Price, may_be_billed
from shortlist.run.completion import is_complete
from shortlist.suite.model import Budget


@dataclass(slots=True)
class _Account:
    """What one provider has cost."""

    spent: Decimal = Decimal(0)
    alone: Decimal = Decimal(0)
    """What the same attempts would have cost, had each had the machine to itself; else as `spent`."""
    priced: int = 0
    """Attempts whose cost is known."""
    unpriced: int = 0
    """Attempts that may be billed and do not say what they used, such as a time-out."""
    active: int = 0
    charged_until: float = 0.0
    """Up to when the machine's time has been charged; moves only while something is under way."""


@dataclass(slots=True)
class _Chain:
    """What one chain asks of others: requests by whom they went to."""

    finished: int = 0
    """Cases."""
    asked: Counter[str] = field(default_factory=Counter)
    asked_by_finished: Counter[str] = field(default_factory=Counter)

    def still_to_come(self, name: str, cases: int) -> Decimal:
        """Requests to `name` that `cases`, begun ones among them, are likely to make yet, going by those that ended."""
        if not self.finished:
            return Decimal(0)
        likely = Decimal(self.asked_by_finished[name] * cases) / self.finished
        return max(Decimal(0), likely - (self.asked[name] - self.asked_by_finished[name]))


def _duration(attempt: Attempt) -> float:
    return max(0.0, attempt.timings.last_token - attempt.timings.sent)


def _requests_of(record: Record) -> Iterator[tuple[str, Attempt]]:
    """Who was asked, and what came of it. A chain asks nobody itself: its requests are its steps'."""
    if record.generation.steps:
        for step in record.generation.steps:
            yield step.provider, Attempt(step.timings, step.usage, step.failure, 0.0)
        return
    for attempt in record.attempts:
        yield record.case.provider, attempt


class Ledger:
    """Adds up what a run has spent and got wrong, over all its sittings.

    A machine paid by the hour is charged while at least one attempt is under way: every attempt that ends pays for
    the time since the last one that ended, so that the charges add up to the busy time exactly, at any concurrency.
    """

    def __init__(self, budget: Budget, prices: Mapping[str, Price]) -> None:
        self._budget = budget
        self._prices = prices
        self._accounts = {name: _Account() for name in prices}
        self._chains: defaultdict[str, _Chain] = defaultdict(_Chain)
        self._under_way: Counter[str] = Counter()
        """Cases of those that have no account."""
        self._errors: Counter[str] = Counter()

    def restore(self, records: Iterable[Record]) -> None:
        """Counts what earlier sittings did."""
        by_session = sorted(records, key=lambda record: record.session)
        for _, sitting in groupby(by_session, key=lambda record: record.session):
            self._replay(list(sitting))

    def _replay(self, sitting: list[Record]) -> None:
        events: list[tuple[float, bool, str, Attempt, str | None]] = []
        for record in sitting:
            chain = record.case.provider if record.generation.steps else None
            if record.generation.cached and chain is None:
                continue
            for name, attempt in _requests_of(record):
                if record.generation.deferred:
                    self.deferred(name, attempt)
                    continue
                events.append((attempt.timings.sent, False, name, attempt, chain))
                events.append((attempt.timings.last_token, True, name, attempt, chain))
        for when, ends, provider, attempt, chain in sorted(events, key=lambda event: event[:2]):
            if ends:
                self.ended(provider, attempt, when)
            else:
                self.began(provider, when, chain=chain)
        for record in sitting:
            self.finished(record)

    def began(self, provider: str, now: float, *, chain: str | None = None) -> None:
        """An attempt is sent at `now` (seconds on the session's clock), by `chain` if that is who asks."""
        if chain is not None:
            self._chains[chain].asked[provider] += 1
        account = self._accounts.get(provider)
        if account is None:
            self._under_way[provider] += 1
            return
        if account.active == 0:
            account.charged_until = now
        account.active += 1

    def ended(self, provider: str, attempt: Attempt, now: float, *, cached: bool = False) -> None:
        """An attempt is over at `now`, however it ended; a cached one costs nothing."""
        account = self._accounts.get(provider)
        if account is None:
            self._under_way[provider] -= 1
            return
        price = self._prices[provider]
        busy = max(0.0, now - account.charged_until)
        account.active -= 1
        account.charged_until = now
        if not cached:
            self._charge(account, price, attempt, busy)

    def deferred(self, provider: str, attempt: Attempt) -> None:
        """An attempt came back from a vendor's batch: its tokens are charged, its waiting is not."""
        account = self._accounts.get(provider)
        if account is not None:
            self._charge(account, self._prices[provider], attempt, 0.0)

    def _charge(self, account: _Account, price: Price, attempt: Attempt, busy: float) -> None:
        if not (price.by_time or may_be_billed(attempt)):
            return
        cost = price.cost_of(attempt.usage, busy)
        if cost is None:
            account.unpriced += 1
        else:
            account.priced += 1
            account.spent += cost
            account.alone += price.cost_of(attempt.usage, _duration(attempt)) or cost

    def finished(self, record: Record) -> None:
        """Counts how a case ended. One that never got past its provider's door is no error: it is sent again."""
        chain = self._chains.get(record.case.provider)
        if chain is not None:
            chain.finished += 1
            chain.asked_by_finished.update(step.provider for step in record.generation.steps)
        if record.outcome in UNHEARD and is_complete(record):
            self._errors[record.case.provider] += 1

    @property
    def spent(self) -> Decimal:
        """USD over all providers whose price is known."""
        return sum((account.spent for account in self._accounts.values()), Decimal(0))

    def spent_by(self, provider: str) -> Decimal | None:
        """USD that one provider has cost; None where its price is unknown."""
        account = self._accounts.get(provider)
        return None if account is None else account.spent

    def money_is_up(self, provider: str) -> bool:
        """Whether one more attempt of `provider` is likely to pass the budget.

        It, those under way, and those that do not say what they used count as much as their provider's mean so far.
        So do the requests that chains are likely to make yet. On a machine paid by the hour they run side by side, and
        all of them together take about as long as one.
        """
        limit = self._budget.usd
        if limit is None:
            return False
        expected = self.spent
        for name, account in self._accounts.items():
            if account.priced:
                unknown = Decimal(account.active + account.unpriced + (name == provider))
                for chain, asks in self._chains.items():
                    unknown += asks.still_to_come(name, self._under_way[chain] + (chain == provider))
                if self._prices[name].by_time:
                    unknown = min(unknown, Decimal(1))
                expected += account.alone * unknown / account.priced
        return expected > limit

    def too_many_errors(self, provider: str) -> bool:
        """Whether `provider` has failed more cases than the suite allows."""
        return self._budget.errors is not None and self._errors[provider] > self._budget.errors

    def errors(self, provider: str) -> int:
        """Cases of `provider` that ended as `error`, `timeout` or `malformed`."""
        return self._errors[provider]
