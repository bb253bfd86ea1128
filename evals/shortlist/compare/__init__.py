"""Providers side by side: means, intervals, totals and paired differences, from scores alone.

Pure: no files, no clock. Nothing is dropped in silence: cases without a value are counted with the reason, pairs that
one provider lacks are listed, and runs that asked different things are refused.
"""

from __future__ import annotations

from shortlist.compare.comparison import RunScores, compare

__all__ = ["RunScores", "compare"]
