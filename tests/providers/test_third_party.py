"""Kinds that other packages add by entry point, as their users meet them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from support.commands import COMMAND, Done

PROVIDER = """\
import os
import signal
from typing import ClassVar, Literal

from shortlist_providers import Generation, Provider, ProviderConfig, Timings


class AcmeConfig(ProviderConfig):
    kind: Literal["acme"] = "acme"
    shout: bool = False


class Acme(Provider):
    Config: ClassVar[type[AcmeConfig]] = AcmeConfig

    async def generate(self, request):
        now = self.context.clock()
        return Generation("{}", Timings(now, None, now))


class Sdk(Acme):
    requires = ("acme_sdk_that_is_not_there",)


class LateConfig(AcmeConfig):
    kind: Literal["acme_late"] = "acme_late"


class Late(Acme):
    Config: ClassVar[type[LateConfig]] = LateConfig

    async def shutdown(self):
        # Ctrl-C when all cases are done and the last thing is being waited for.
        os.kill(os.getpid(), signal.SIGINT)


class NotOne:
    pass


class Bare(Provider):
    async def generate(self, request):
        raise NotImplementedError
"""
KINDS = {
    "acme": "acme_shortlist:Acme",
    "acme_late": "acme_shortlist:Late",
    "acme_sdk": "acme_shortlist:Sdk",
    "acme_missing": "acme_shortlist_missing:Acme",
    "acme_typo": "acme_shortlist:Amce",
    "acme_crash": "acme_shortlist_crash:Acme",
    "acme_no_provider": "acme_shortlist:NotOne",
    "acme_no_config": "acme_shortlist:Bare",
    "rules": "acme_shortlist:Acme",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of installed packages, which holds one with entry points of every sort."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "acme_shortlist.py").write_text(PROVIDER)
    (folder / "acme_shortlist_missing.py").write_text("import acme_sdk_that_is_not_there\n")
    (folder / "acme_shortlist_crash.py").write_text("raise RuntimeError('no licence file')\n")
    info = folder / "acme_shortlist-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-shortlist\nVersion: 0.1\n")
    points = "\n".join(f"{kind} = {target}" for kind, target in KINDS.items())
    (info / "entry_points.txt").write_text(f"[shortlist.providers]\n{points}\n")
    return folder


def shortlist(site: Path, cwd: Path, *arguments: str) -> Done:
    environment = {"PYTHONPATH": str(site), "PATH": "/usr/bin:/bin", "COLUMNS": "200"}
    done = subprocess.run(
        [COMMAND, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    return Done(done.returncode, done.stdout, done.stderr)


def suite_of(kind: str, folder: Path) -> str:
    provider = f"{{kind: {kind}, shuot: true}}" if kind == "acme" else f"{{kind: {kind}}}"
    path = folder / f"{kind}.yaml"
    path.write_text(f"name: x\ntask: pro_output@1\ndataset: resume_jd@1\nproviders:\n  a: {provider}\n")
    return str(path)


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (
            "acme",
            "unknown key 'shuot'; allowed: kind, cost, concurrency, timeout, retries, "
            "optional, shout; did you mean 'shout'?",
        ),
        (
            "acme_sdk",
            "needs the package 'acme_sdk_that_is_not_there', which is not installed; install what the package",
        ),
        ("acme_missing", "needs the package 'acme_sdk_that_is_not_there', which is not installed; install what"),
        ("acme_typo", "acme_shortlist:Amce cannot be imported (AttributeError"),
        (
            "acme_crash",
            "acme_shortlist_crash:Acme cannot be imported (RuntimeError: no licence file); mend or uninstall",
        ),
        ("acme_no_provider", "acme_shortlist:NotOne is not a subclass of shortlist_providers.Provider"),
        ("acme_no_config", "acme_shortlist:Bare has no `Config`"),
    ],
)
def test_a_kind_that_cannot_be_used_is_told_where_it_stands(site: Path, tmp_path: Path, kind: str, says: str) -> None:
    suite = suite_of(kind, tmp_path)
    done = shortlist(site, tmp_path, "validate", suite)
    assert done.code == 2, done.err
    assert f"{suite}:5: providers.a" in done.err
    assert says in done.err
    assert "shortlist[" not in done.err


def test_a_third_partys_kind_works_beside_broken_ones(site: Path, tmp_path: Path) -> None:
    done = shortlist(site, tmp_path, "init", ".")
    assert done.code == 0, done.err
    schema = json.loads((tmp_path / "suite.schema.json").read_text())
    suite = yaml.safe_load((tmp_path / "suite.yaml").read_text())
    suite["providers"]["candidate"] = {"kind": "acme", "shout": True}
    assert jsonschema_rs.is_valid(schema, suite)
    suite["providers"]["candidate"]["shout"] = "loudly"
    assert not jsonschema_rs.is_valid(schema, suite)
    suite["providers"]["candidate"]["shout"] = False
    (tmp_path / "suite.yaml").write_text(yaml.safe_dump(suite))
    done = shortlist(site, tmp_path, "run", "suite.yaml", "--format", "json", "--limit", "1")
    assert json.loads(done.out)["providers"]["candidate"]["outcomes"]["ok"] == 1, done.err


def test_the_list_of_kinds_shows_what_is_usable_and_keeps_the_built_in(site: Path, tmp_path: Path) -> None:
    done = shortlist(site, tmp_path, "providers")
    assert done.code == 0, done.err
    lines = {line.split()[0]: line for line in done.out.splitlines()}
    assert "(acme_shortlist:Acme)" in lines["acme"]
    assert "(acme_shortlist:Late)" in lines["acme_late"]
    assert "(shortlist_providers.rules:Rules)" in lines["rules"]
    assert all("not usable" in lines[kind] for kind in KINDS if kind not in ("acme", "acme_late", "rules"))


def test_ctrl_c_when_the_last_case_is_done_is_not_lost(site: Path, tmp_path: Path) -> None:
    suite = suite_of("acme_late", tmp_path)
    done = shortlist(site, tmp_path, "run", suite, "--limit", "2", "--out", "run")
    assert done.code == 130, done.err
    assert "interrupted; 2 of 2 cases are saved in run\ngo on with: shortlist run" in done.err
    assert "Traceback" not in done.err
