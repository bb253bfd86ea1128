"""`shortlist init`: a suite, a task and pairs to begin with."""

from shortlist.scaffold.write import init

__all__ = ["init"]
