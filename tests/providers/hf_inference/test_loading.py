"""A run waits out a model that loads."""

from __future__ import annotations

from pathlib import Path

from support.commands import shortlist, write_suite
from support.hf_server import loading
from support.scripted_server import ScriptedServer, ok


def test_more_refusals_than_retries_are_waited_out_and_every_case_ends_well(tmp_path: Path) -> None:
    with ScriptedServer(lambda n, body: loading(0.05) if n <= 5 else ok('{"answer": "yes"}')) as server:
        settings = {
            "kind": "hf_inference",
            "base_url": server.base_url,
            "model": "owner/model",
            "api_key_env": "A_HF_KEY",
            "retries": 0,
            "concurrency": 1,
        }
        suite = write_suite(tmp_path, {"candidate": settings}, pairs=3)
        done = shortlist(
            "run", suite, "--format", "json", "--out", tmp_path / "run", cwd=tmp_path, environment={"A_HF_KEY": "hf_a"}
        )
        assert len(server.log) == 8
    assert done.code in (0, 1, 3), done.err
    assert done.json()["providers"]["candidate"]["outcomes"]["ok"] == 3
