"""Keeps the checkout's root off `sys.path`: its folder `datasets/` would shadow Hugging Face's package of that name."""

import sys
from pathlib import Path

ROOT = Path(__file__).parent
sys.path[:] = [entry for entry in sys.path if entry and Path(entry).resolve() != ROOT]
