"""Where the gate errs more often than it promises: every cell by name, with its figure.

Written by `python -m gate.calibration --write`, printed in docs/calibration.md. The tests hold every cell to its
figure here, so that it cannot get worse without a word; a cell that is not here is held to `ALPHA`.
"""

from __future__ import annotations

from collections.abc import Mapping

PROMOTES: Mapping[tuple[str, str, int], float] = {
    ("Yes or no, two models", "better_by 0, 10% discordant", 200): 0.026035,
    ("Seconds and money, one model", "at_most, sigma 1", 20): 0.042000,
    ("Seconds and money, two models", "no_worse_by 10%, heavier tail than the incumbent", 20): 0.057500,
    ("Seconds and money, two models", "no_worse_by 10%, heavier tail than the incumbent", 50): 0.039000,
    ("Shared résumés or job descriptions", "seconds at_most, 1 to 8 jobs a résumé, ICC 0.5", 50): 0.040500,
}
"""Group, row and n -> share of candidates on the bound that are promoted."""
REJECTS: Mapping[tuple[str, str, int], float] = {
    ("Yes or no, one model", "at_least 0.90", 20): 0.043174,
    ("Yes or no, one model", "at_least 0.90", 100): 0.039891,
    ("Yes or no, one model", "at_least 0.90", 200): 0.027092,
    ("Yes or no, one model", "at_least 0.90", 1000): 0.027800,
    ("Yes or no, one model", "at_least 0.95", 20): 0.075484,
    ("Yes or no, one model", "at_least 0.95", 50): 0.037776,
    ("Yes or no, one model", "at_least 0.95", 100): 0.028188,
    ("Yes or no, one model", "at_least 0.95", 500): 0.030260,
    ("Yes or no, one model", "at_least 0.95", 1000): 0.028400,
    ("Yes or no, one model", "at_least 0.98", 20): 0.059899,
    ("Yes or no, one model", "at_least 0.98", 50): 0.078428,
    ("Yes or no, one model", "at_least 0.98", 100): 0.050830,
    ("Yes or no, one model", "at_least 0.98", 200): 0.049335,
    ("Yes or no, one model", "at_least 0.98", 1000): 0.032900,
    ("Yes or no, one model", "at_least 0.98", 2000): 0.026800,
    ("Yes or no, two models", "no_worse_by 0.03, 3% discordant", 100): 0.031228,
    ("Yes or no, two models", "no_worse_by 0.03, 3% discordant", 200): 0.040128,
    ("Yes or no, two models", "no_worse_by 0.03, 3% discordant", 500): 0.030606,
    ("Yes or no, two models", "no_worse_by 0.03, 3% discordant", 1000): 0.030200,
    ("Yes or no, two models", "no_worse_by 0.03, 3% discordant", 2000): 0.031900,
    ("Yes or no, two models", "no_worse_by 0.03, 5% discordant", 100): 0.043124,
    ("Yes or no, two models", "no_worse_by 0.03, 5% discordant", 200): 0.036116,
    ("Yes or no, two models", "no_worse_by 0.03, 5% discordant", 500): 0.027354,
    ("Yes or no, two models", "no_worse_by 0.03, 5% discordant", 1000): 0.026800,
    ("Yes or no, two models", "no_worse_by 0.03, 5% discordant", 2000): 0.026700,
    ("Yes or no, two models", "no_worse_by 0.03, 10% discordant", 100): 0.035238,
    ("Yes or no, two models", "no_worse_by 0.03, 10% discordant", 200): 0.026585,
    ("Yes or no, two models", "no_worse_by 0.03, 10% discordant", 500): 0.026481,
    ("Yes or no, two models", "no_worse_by 0.03, 20% discordant", 100): 0.026183,
    ("Yes or no, two models", "no_worse_by 0.05, 5% discordant", 100): 0.028188,
    ("Yes or no, two models", "no_worse_by 0.05, 5% discordant", 500): 0.030260,
    ("Yes or no, two models", "no_worse_by 0.05, 5% discordant", 1000): 0.028400,
    ("Yes or no, two models", "no_worse_by 0.05, 10% discordant", 100): 0.029621,
    ("Yes or no, two models", "no_worse_by 0.05, 10% discordant", 200): 0.026761,
    ("Yes or no, two models", "no_worse_by 0.05, 10% discordant", 1000): 0.026100,
    ("Yes or no, two models", "better_by 0, 10% discordant", 200): 0.026035,
    ("Seconds and money, two models", "no_worse_by 10%, lighter tail than the incumbent", 20): 0.062500,
}
"""Group, row and n -> share of candidates on the bound that are rejected."""
