"""Settings of every test."""

import os

from hypothesis import settings

# No deadlines: a slow machine is not a fault. In CI the examples are the same at every run, so that a change is judged
# by what it changed; elsewhere each run looks somewhere new.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")
