"""Prompt templates: Jinja in a sandbox, compiled once, filled with a pair."""

from __future__ import annotations

import json
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, nodes
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment

from shortlist.errors import InputError, Problem, nearest
from shortlist.tasks.model import Task
from shortlist_datasets import Pair
from shortlist_providers import Message

_PAIR_VARIABLES = ("resume_text", "job_description_text", "domain")

# A prompt is plain text for a model: escaping for HTML would turn "R&D" into "R&amp;D". What a pair says is passed in
# as a value and never compiled, so a résumé that holds "{{ … }}" stays what it is.
_ENVIRONMENT = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined,
    autoescape=False,
    trim_blocks=True,
    lstrip_blocks=True,
)


class PromptRenderer:
    """Makes a task's messages. Building it compiles the templates; rendering a pair takes microseconds."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._schema_json = None if task.schema is None else json.dumps(task.schema, ensure_ascii=False, indent=2)
        self._templates = [
            (role, _ENVIRONMENT.from_string(source))
            for role, source in (("system", task.system), ("user", task.user))
            if source is not None
        ]

    def messages(self, pair: Pair) -> tuple[Message, ...]:
        """The messages that ask for this pair: the system message where the task has one, then the user's.

        Raises:
            InputError: a template cannot be filled with this pair.
        """
        values: dict[str, str] = {name: getattr(pair, name) for name in _PAIR_VARIABLES}
        if self._schema_json is not None:
            values["schema_json"] = self._schema_json
        return tuple(Message(role, self._render(role, template, values, pair)) for role, template in self._templates)

    def _render(self, role: str, template: Template, values: Mapping[str, str], pair: Pair) -> str:
        try:
            return template.render(values)
        except Exception as error:
            # Anything a template does can fail (its filters, its arithmetic), and all of it is bad input.
            raise InputError(
                f"task {self._task.ref}: the {role} prompt{_line_in(error)} cannot be filled with pair "
                f"{pair.id!r}: {error}"
            ) from error


def allowed_variables(has_schema: bool) -> tuple[str, ...]:
    """What a template may name."""
    return (*_PAIR_VARIABLES, "schema_json") if has_schema else _PAIR_VARIABLES


def template_problems(source: str, file: Path, has_schema: bool) -> list[Problem]:
    """What is wrong with a template: its syntax, or a variable that nobody fills."""
    try:
        tree = _ENVIRONMENT.parse(source)
        _ENVIRONMENT.from_string(source)
    except TemplateSyntaxError as error:
        return [Problem(f"not a valid template: {error.message}", file, error.lineno)]
    except (TemplateError, RecursionError) as error:
        return [Problem(f"not a valid template: {error}", file)]
    allowed = allowed_variables(has_schema)
    problems = [
        Problem(
            f"unknown variable {name!r}; allowed: {', '.join(allowed)}{nearest(name, allowed)}",
            file,
            min((node.lineno for node in tree.find_all(nodes.Name) if node.name == name), default=None),
        )
        for name in sorted(find_undeclared_variables(tree) - {*allowed})
    ]
    for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        problems.append(Problem("a prompt is one file: include, import and extends do not work", file, node.lineno))
    return problems


def _line_in(error: Exception) -> str:
    lines: list[Any] = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == "<template>"]
    return f", line {lines[-1]}," if lines else ""
