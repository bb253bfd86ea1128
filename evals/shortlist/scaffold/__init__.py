"""`shortlist init`: a suite, a task and pairs to begin with; later, further tasks."""

from shortlist.scaffold.write import add_task, init

__all__ = ["add_task", "init"]
