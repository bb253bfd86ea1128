"""Judges: models that grade outputs by a rubric. What they are asked, and what their answers come to; sends nothing."""

from shortlist.judges.answers import Answer, Graded, read_answer
from shortlist.judges.grader import Asked, Grader, runner_name
from shortlist.judges.prompt import answer_schema, judge_messages

__all__ = [
    "Answer",
    "Asked",
    "Graded",
    "Grader",
    "answer_schema",
    "judge_messages",
    "read_answer",
    "runner_name",
]
