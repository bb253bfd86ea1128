"""The alias in a real MLflow registry: its file store and its database, on this machine."""

from __future__ import annotations

import os
import shlex
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from promotion.promoting import Kinds, Place
from support.commands import Done

if TYPE_CHECKING:
    from mlflow import MlflowClient

# MLflow's file store is off unless it is asked for; nothing here may tell anybody anything.
ENVIRONMENT = {"MLFLOW_ALLOW_FILE_STORE": "true", "MLFLOW_DISABLE_TELEMETRY": "true"}
VERSIONS = ("1", "2")


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")  # MLflow makes a database where it stands, whatever store it is given
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@contextmanager
def registry(uri: str) -> Iterator[MlflowClient]:
    import warnings  # noqa: PLC0415 - with what it guards

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of MLflow and its database layer, among themselves
        from mlflow import MlflowClient  # noqa: PLC0415 - seconds

        yield MlflowClient(tracking_uri=uri, registry_uri=uri)


@pytest.fixture(params=["file", "sqlite"])
def uri(request: pytest.FixtureRequest, quiet: None, tmp_path: Path) -> str:
    """A registry with two versions of the model `resume`."""
    where = (tmp_path / "store").as_uri() if request.param == "file" else f"sqlite:///{tmp_path}/store.db"
    with registry(where) as client:
        client.create_registered_model("resume")
        for _ in VERSIONS:
            client.create_model_version("resume", source=str(tmp_path))
    return where


def promote(place: Place, uri: str, version: str, *options: str) -> Done:
    chosen = ("--mlflow-model", "resume", "--mlflow-version", version, "--tracking-uri", uri, *options)
    return place.promote(*chosen, environment=ENVIRONMENT)


def test_the_alias_goes_to_the_version_and_moves_with_the_next_promotion(ended: Kinds, uri: str) -> None:
    place = ended("promote")
    first = promote(place, uri, "1", "--format", "json")
    assert first.code == 0, first.err
    said = first.json()
    assert said["alias"] == {"model": "resume", "alias": "champion", "version": "1", "before": None}
    with registry(uri) as client:
        version = client.get_model_version_by_alias("resume", "champion")
        assert str(version.version) == "1"
        assert version.tags == {
            "shortlist.record": said["sha256"],
            "shortlist.run_id": said["run_id"],
            "shortlist.verdict": "PROMOTE",
            "shortlist.forced": "no",
        }
    assert {file.name for file in place.folder.iterdir()} <= {
        "run",
        "reports",
        "home",
        "store",
        "store.db",
        "elsewhere",
    }
    second = promote(place, uri, "2")
    assert second.code == 0, second.err
    assert "alias:   champion of resume is version 2 (was version 1)" in second.out
    with registry(uri) as client:
        assert str(client.get_model_version_by_alias("resume", "champion").version) == "2"


def test_a_forced_promotion_tags_its_reason_under_another_alias(ended: Kinds, uri: str) -> None:
    place = ended("reject")
    assert promote(place, uri, "1").code == 1
    with registry(uri) as client:
        assert client.get_registered_model("resume").aliases == {}
    assert promote(place, uri, "1", "--force", "--reason", "a trial", "--alias", "canary").code == 0
    with registry(uri) as client:
        assert {name: str(at) for name, at in client.get_registered_model("resume").aliases.items()} == {"canary": "1"}
        tags = client.get_model_version("resume", "1").tags
        assert (tags["shortlist.verdict"], tags["shortlist.forced"]) == ("REJECT", "a trial")


def test_when_the_registry_fails_the_record_stands_and_the_printed_command_goes_on(ended: Kinds, uri: str) -> None:
    place = ended("promote")
    failed = promote(place, uri, "3")
    assert (failed.code, failed.out) == (4, ""), failed.err
    assert "the alias was not set: " in failed.err
    assert f"the record stands: {place.record.relative_to(place.folder)}" in failed.err
    assert place.verify()["code"] == 0
    with registry(uri) as client:
        assert client.get_registered_model("resume").aliases == {}
        client.create_model_version("resume", source=str(place.folder))
    printed = next(line for line in failed.err.splitlines() if line.startswith("set the alias with: "))
    command = printed.removeprefix("set the alias with: ").removesuffix(" (with the same --tracking-uri)")
    again = place.shortlist(*shlex.split(command)[1:], "--tracking-uri", uri, environment=ENVIRONMENT)
    assert again.code == 0, again.err
    assert len(place.records) == 1
    with registry(uri) as client:
        assert str(client.get_model_version_by_alias("resume", "champion").version) == "3"
        assert client.get_model_version("resume", "3").tags["shortlist.record"] == place.record.stem


def test_a_record_that_does_not_hold_gets_no_alias(promoted: Place, uri: str) -> None:
    promoted.record.write_bytes(promoted.record.read_bytes() + b" ")
    options = ("--mlflow-model", "resume", "--mlflow-version", "1", "--tracking-uri", uri)
    done = promoted.shortlist("promote", promoted.record, *options, environment=ENVIRONMENT)
    assert (done.code, done.out) == (1, "")
    assert "FAILS     content" in done.err
    with registry(uri) as client:
        assert client.get_registered_model("resume").aliases == {}


def test_a_server_out_of_reach_leads_to_4(ended: Kinds) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    place = ended("promote")
    chosen = ("--mlflow-model", "resume", "--mlflow-version", "1", "--tracking-uri", url)
    done = place.promote(*chosen, environment={**ENVIRONMENT, "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"})
    assert done.code == 4
    assert "the alias was not set: " in done.err
    assert "Traceback" not in done.err
    assert place.verify()["code"] == 0


def test_without_mlflow_nothing_is_written(ended: Kinds) -> None:
    place = ended("promote")
    (place.folder / "absent").mkdir()
    (place.folder / "absent" / "sitecustomize.py").write_text("import sys\nsys.modules['mlflow'] = None\n")
    paths = [str(place.folder / "absent"), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {"PYTHONPATH": os.pathsep.join(paths)}
    done = place.promote("--mlflow-model", "resume", "--mlflow-version", "1", environment=environment)
    assert (done.code, done.out) == (2, "")
    assert "pip install 'shortlist[mlflow]'" in done.err
    assert place.records == []


def test_a_record_needs_an_alias_to_be_promoted_again(promoted: Place) -> None:
    done = promoted.shortlist("promote", promoted.record)
    assert done.code == 2
    assert "is a file: a record can be given an alias (--mlflow-model), and a run promoted" in done.err
