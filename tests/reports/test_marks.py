"""Word marks: each side keeps its text, and only what differs is marked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shortlist_reports.marks import MAX_TOKENS, Segment, word_marks

WORDS = st.lists(st.sampled_from(["led", "a", "team", "of", "12", "nurses", "\n", "and", "trained"]), max_size=25).map(
    " ".join
)


@given(old=WORDS, new=WORDS)
def test_both_texts_come_back_whole(old: str, new: str) -> None:
    marks = word_marks(old, new)
    if marks is not None:
        assert "".join(segment.text for segment in marks[0]) == old
        assert "".join(segment.text for segment in marks[1]) == new


@given(text=WORDS)
def test_equal_texts_have_no_mark(text: str) -> None:
    marks = word_marks(text, text)
    assert marks is None or not any(segment.changed for side in marks for segment in side)


def test_one_changed_word_is_the_only_mark() -> None:
    marks = word_marks("I lead a team of 11 nurses.", "I lead a team of 12 nurses.")
    assert marks is not None
    assert [[s.text for s in side if s.changed] for side in marks] == [["11"], ["12"]]


def test_a_lone_short_word_between_changes_is_marked_with_them() -> None:
    marks = word_marks("I ran wards and budgets daily", "I led teams and audits daily")
    assert marks is not None
    assert [s.text for s in marks[1] if s.changed] == ["led teams and audits"]


def test_texts_with_hardly_a_word_in_common_are_not_marked_word_by_word() -> None:
    assert word_marks("alpha beta gamma delta " * 10, "one two three four five " * 10) is None


def test_texts_beyond_the_limit_are_not_marked_word_by_word() -> None:
    assert word_marks("a " * MAX_TOKENS, "a " * MAX_TOKENS + "b") is None


def test_the_indent_of_new_lines_is_not_marked() -> None:
    marks = word_marks("bullets:\n  - Ran the ward", "bullets:\n  - Ran the ward\n  - Trained nurses\n  - Cut errors")
    assert marks is not None
    assert [s.text for s in marks[1] if s.changed] == ["- Trained nurses", "- Cut errors"]


def test_an_empty_list_against_a_full_one_is_all_new() -> None:
    marks = word_marks(
        "[]", "- institution: Ashgrove State University\n  degree: Bachelor of Science\n  field: Accounting"
    )
    assert marks is not None
    assert marks[0] == (Segment("[]", True),)
    assert all(s.changed or s.text.isspace() for s in marks[1])
