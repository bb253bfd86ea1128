"""May the candidate be promoted? Every rule passes, fails or is undecided; all together are the verdict.

Pure: no files, no clock, no exit codes.
"""

from __future__ import annotations

from shortlist.gate.verdict import gate

__all__ = ["gate"]
