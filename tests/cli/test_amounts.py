from __future__ import annotations

from decimal import Decimal

import pytest

from shortlist.cli.output import amount


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (1.0, None, "100.0%"),
        (0.9997, None, "99.97%"),
        (0.99999, None, "99.999%"),
        (0.0, None, "0.0%"),
        (0.0003, None, "0.03%"),
        (0.5, None, "50.0%"),
        (Decimal("0.0041"), "USD", "$0.0041"),
        (0.0123, "s", "12.3 ms"),
        (30.0, "s", "30 s"),
        (0.9998, "s", "0.9998 s"),
        (0.9994, "s", "999 ms"),
        (1419.0, "1/s", "1419/s"),
        (34_712.3, "1/s", "34,712/s"),
        (9999.6, "tokens", "10,000 tokens"),
        (Decimal("1234.56"), "USD", "$1,235"),
    ],
)
def test_figures_are_short_and_nearly_all_is_not_all(value: float | Decimal, unit: str | None, shown: str) -> None:
    assert amount(value, unit) == shown
