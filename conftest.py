"""Keeps the checkout's root off `sys.path`: its folder `datasets/` would shadow Hugging Face's package of that name."""

import os
import sys
from pathlib import Path

from hypothesis import settings

pytest_plugins = ["support.fixtures"]

ROOT = Path(__file__).parent
sys.path[:] = [entry for entry in sys.path if entry and Path(entry).resolve() != ROOT]

# No deadlines: a slow machine is not a fault. In CI the examples are the same at every run, so that a change is judged
# by what it changed; elsewhere each run looks somewhere new.
settings.register_profile("shortlist", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("shortlist")
