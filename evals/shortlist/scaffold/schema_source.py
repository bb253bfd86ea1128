"""Where a task's JSON Schema comes from: a file, or a pydantic model of the user's own."""

from __future__ import annotations

import importlib
import json
import re
import sys
from pathlib import Path

from pydantic import BaseModel

from shortlist.documents.yaml_text import read_text
from shortlist.errors import InputError

_MODEL = re.compile(r"(?P<module>[A-Za-z_][\w.]*):(?P<name>[A-Za-z_]\w*)")


def schema_text(source: str) -> str:
    """The JSON Schema that `source` names, as text.

    `source` is a file's path, or `module:Model` for a pydantic model, which is imported from the current folder or
    from what is installed; its schema is that of what it writes, by alias (`model_json_schema`).

    Raises:
        InputError: there is no such file, or no such model.
    """
    model = None if Path(source).exists() else _MODEL.fullmatch(source)
    return read_text(Path(source)) if model is None else _exported(source, model["module"], model["name"])


def _exported(source: str, module_name: str, name: str) -> str:
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        module = importlib.import_module(module_name)
    except Exception as error:  # whatever the user's own module does at import
        raise InputError(
            f"--schema {source}: {module_name} cannot be imported: {type(error).__name__}: {error}"
        ) from error
    finally:
        sys.path.remove(here)
    model = getattr(module, name, None)
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise InputError(f"--schema {source}: {module_name} has no pydantic model called {name!r}")
    return json.dumps(model.model_json_schema(mode="serialization"), ensure_ascii=False, indent=2) + "\n"
