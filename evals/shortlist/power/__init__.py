"""What the gate can decide with the pairs at hand, and what a run will take, before a cent is spent.

Reads the files of earlier runs where it is pointed to them; sends nothing, reads no clock.
"""

from __future__ import annotations

from shortlist.power.assumed import Assumptions, read_assumptions
from shortlist.power.expense import Expense, expenses, wall_time
from shortlist.power.foresee import foresee
from shortlist.power.judging import Hire, hires
from shortlist.power.outlook import Outlook
from shortlist.power.pilot import Pilot, read_pilots

__all__ = [
    "Assumptions",
    "Expense",
    "Hire",
    "Outlook",
    "Pilot",
    "expenses",
    "foresee",
    "hires",
    "read_assumptions",
    "read_pilots",
    "wall_time",
]
