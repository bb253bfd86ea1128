"""The alias of a model version in an MLflow registry (extra `mlflow`)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from shortlist.errors import InputError, ShortlistError


class RegistryFailed(ShortlistError):
    """The registry could not be asked, or refused."""


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A version of a registered model, and the alias that is to point to it."""

    model: str
    version: str
    alias: str = "champion"
    tracking_uri: str | None = None
    """None leaves it to MLFLOW_TRACKING_URI and MLflow's own default."""


def need_mlflow() -> None:
    """Raises `InputError` where MLflow is not installed."""
    if find_spec("mlflow") is None:
        raise InputError("--mlflow-model needs MLflow: pip install 'shortlist[mlflow]'")


def set_alias(target: ModelVersion, tags: Mapping[str, str]) -> str | None:
    """Tags the version, then points the alias to it, so that the alias never leads to an untagged one.

    Returns:
        The version that the alias pointed to before, or None.

    Raises:
        RegistryFailed: there is no such model or version, or the registry cannot be reached.
    """
    # What is evaluated here is people's résumés: nothing is told to third parties unless somebody asks for it.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    # MLflow's seven retries are four minutes of silence, and here a person waits who can repeat one command.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    try:
        import mlflow  # noqa: PLC0415 - seconds, and an extra

        if target.tracking_uri is not None:
            # For the whole process: parts of MLflow ignore the client's own, and make a mlflow.db in this folder.
            mlflow.set_tracking_uri(target.tracking_uri)
        client = mlflow.MlflowClient()
        aliases: Mapping[str, object] = client.get_registered_model(target.model).aliases
        client.get_model_version(target.model, target.version)
        for name, value in tags.items():
            client.set_model_version_tag(target.model, target.version, name, value)
        client.set_registered_model_alias(target.model, target.alias, target.version)
    except Exception as failed:
        # A store may raise what its database driver or its plugin raises, and the record stands whatever it is.
        raise RegistryFailed(str(failed) or type(failed).__name__) from failed
    before = aliases.get(target.alias)
    return None if before is None else str(before)
