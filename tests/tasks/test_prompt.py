"""Prompts: what a template may do, and what it must not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlist.errors import InputError
from shortlist.tasks.load import load_task
from shortlist.tasks.prompt import PromptRenderer
from shortlist_datasets import Pair, load_dataset
from support.suites import SCHEMA, write_task


def _pair(resume: str = "R", job: str = "J", domain: str = "d") -> Pair:
    return Pair(id="p", domain=domain, resume_text=resume, job_description_text=job, gold={}, tags=(), split=None)


def _renderer(folder: Path, **prompts: str) -> PromptRenderer:
    return PromptRenderer(load_task("./t", write_task(folder / "t", **prompts).parent))


def test_the_messages_hold_the_pair_and_the_schema(tmp_path: Path) -> None:
    system, user = _renderer(tmp_path).messages(_pair("my résumé", "the job", "nursing"))
    assert (system.role, user.role) == ("system", "user")
    assert json.loads(system.content.removeprefix("Answer by ")) == SCHEMA
    assert user.content == "nursing\nmy résumé\nthe job"


def test_nothing_is_escaped(tmp_path: Path) -> None:
    text = "R&D <b>\"quoted\"</b> 'x'"
    assert _renderer(tmp_path, user="{{ resume_text }}").messages(_pair(text))[1].content == text


@given(st.text())
def test_a_resume_is_data_and_never_a_template(text: str) -> None:
    renderer = PromptRenderer(load_task("pro_output", Path()))
    for resume in (text, f"{{{{ 7 * 7 }}}}{text}", f"{{% for x in [1] %}}{text}{{% endfor %}}", f"{{# {text}"):
        user = renderer.messages(_pair(resume))[1].content
        assert user == f"RESUME TEXT:\n{resume}\n\nJOB DESCRIPTION:\nJ"


def test_the_bundled_prompt_states_the_rules_that_are_measured() -> None:
    task = load_task("pro_output", Path())
    system, user = PromptRenderer(task).messages(load_dataset("resume_jd@1", Path()).pairs[0])
    assert json.dumps(task.schema, ensure_ascii=False, indent=2) in system.content
    for words in ("exactly four paragraphs", "up to 8", "8 to 15", "no verb begins two bullets", "No filler"):
        assert words in system.content
    assert user.content.startswith("RESUME TEXT:\nPRIYANKA RAMAN, CPA")
    assert "\n\nJOB DESCRIPTION:\nSenior Accountant" in user.content


MISTAKES = {
    "unknown variable": (
        "one\n{{ resume }}",
        ":2: unknown variable 'resume'; allowed: resume_text, job_description_text, domain, schema_json; "
        "did you mean 'resume_text'?",
    ),
    "unclosed": ("one\n\n{{ domain", ":3: not a valid template: "),
    "unknown filter": ("{{ domain | shout }}", ":1: not a valid template: No filter named 'shout'."),
    "unknown tag": ("{% shout %}", ":1: not a valid template: Encountered unknown tag 'shout'."),
    "include": ("{% include 'other' %}", ":1: a prompt is one file: include, import and extends do not work"),
}


@pytest.mark.parametrize(("source", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_broken_template_is_named_with_its_place(source: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        _renderer(tmp_path, user=source)
    assert str(caught.value).startswith(f"{tmp_path / 't/user.md.j2'}{message}")


def test_the_schema_is_no_variable_of_a_task_without_one(tmp_path: Path) -> None:
    folder = write_task(tmp_path / "t", "name: t\nversion: 1\nprompt: {user: user.md.j2}\n", user="{{ schema_json }}")
    with pytest.raises(InputError, match="unknown variable 'schema_json'; allowed: resume_text, job"):
        load_task("./t", folder.parent)


def test_a_template_without_system_message_makes_one_message(tmp_path: Path) -> None:
    folder = write_task(tmp_path / "t", "name: t\nversion: 1\nprompt: {user: user.md.j2}\n")
    assert [one.role for one in PromptRenderer(load_task("./t", folder.parent)).messages(_pair())] == ["user"]


@pytest.mark.parametrize(
    "source",
    [
        "{{ resume_text.no_such_thing }}",
        "{{ resume_text.split('|')[5] }}",
        "{{ 1 / 0 }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ range(999999999) | list }}",
    ],
)
def test_what_fails_while_filling_names_pair_prompt_and_line(source: str, tmp_path: Path) -> None:
    renderer = _renderer(tmp_path, user=f"one\n{source}")
    with pytest.raises(InputError, match=r"task small@1: the user prompt, line 2, cannot be filled with pair 'p': "):
        renderer.messages(_pair())
