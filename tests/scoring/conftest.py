"""No deadlines for generated examples: the first one imports scipy, and a busy machine is not a fault."""

from hypothesis import settings

settings.register_profile("metrics", deadline=None)
settings.load_profile("metrics")
