"""`shortlist promote`: what it writes, and what it refuses."""

from __future__ import annotations

import base64
import hashlib
import json
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_ssh_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.signer import Key  # type: ignore[attr-defined] # public, but not marked as re-exported

from promotion.promoting import PAIRS, Kinds, Place, change, copy_of
from shortlist.promotion.evidence import evidence_of, objections_to
from shortlist.promotion.keys import make_key, read_private_key
from shortlist.promotion.records import Occasion, state, write_record
from shortlist.published import promotion_schema
from shortlist.runfolder import RunFolder
from support.commands import finish, start


def payload_of(record: Path) -> Any:
    return json.loads(base64.b64decode(json.loads(record.read_bytes())["payload"]))


def test_a_promotion_leaves_a_record_that_says_everything(ended: Kinds) -> None:
    place = ended("promote")
    done = place.promote("--who", "Anna", "--format", "json")
    assert done.code == 0, done.err
    said = done.json()
    record = place.folder / said["record"]
    assert record == place.record
    assert record.stem == said["sha256"] == hashlib.sha256(record.read_bytes()).hexdigest()
    assert (said["verdict"], said["forced"], said["who"], said["alias"]) == ("PROMOTE", None, "Anna", None)

    statement = payload_of(record)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "urn:shortlist:promotion:v1"
    files = ["comparison.json", "manifest.json", "records.jsonl", "scores.jsonl", "verdict.json"]
    assert statement["subject"] == [
        {"name": name, "digest": {"sha256": hashlib.sha256((place.run / name).read_bytes()).hexdigest()}}
        for name in files
    ]
    predicate = statement["predicate"]
    manifest = json.loads((place.run / "manifest.json").read_text())
    verdict = json.loads((place.run / "verdict.json").read_text())
    assert predicate["run"]["path"] == "run"
    for name in ("run_id", "suite", "signature", "seed", "repeats", "limit", "split"):
        assert predicate["run"][name] == manifest[name]
    assert predicate["task"] == {"ref": manifest["task"], "hash": manifest["task_hash"]}
    assert predicate["dataset"] == {"ref": manifest["dataset"], "hash": manifest["dataset_hash"]}
    assert predicate["candidate"] == {"name": "new", "facts": manifest["providers"]["new"]}
    assert predicate["incumbent"] == {"name": "old", "facts": manifest["providers"]["old"]}
    assert predicate["gate"] == manifest["suite_source"]["gate"]
    assert predicate["gate_hash"] == manifest["gate_hash"]
    assert (predicate["verdict"], predicate["rules"]) == ("PROMOTE", verdict["rules"])
    assert [rule["condition"] for rule in predicate["rules"]] == ["at least 0.5", "no worse by 0.5 than old"]
    assert predicate["rules"][0]["n"] == PAIRS
    assert (predicate["who"], predicate["incomplete_why"], predicate["contamination"]) == ("Anna", None, None)
    assert abs(datetime.now(UTC) - datetime.fromisoformat(predicate["when"])).total_seconds() < 600
    assert predicate["run"]["sittings"][0]["started_at"] == manifest["sittings"][0]["started_at"]

    schema = promotion_schema()
    assert jsonschema_rs.meta.is_valid(schema)
    assert [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(statement)] == []


def test_another_implementation_of_dsse_accepts_the_record(promoted: Place) -> None:
    public = load_ssh_public_key(promoted.key.with_suffix(".pub").read_bytes())
    assert isinstance(public, Ed25519PublicKey)
    data = json.loads(promoted.record.read_bytes())
    keyid = data["signatures"][0]["keyid"]
    described = {"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": public.public_bytes_raw().hex()}}
    key = Key.from_dict(keyid, described)
    envelope = Envelope.from_dict(data)
    assert envelope.payload_type == "application/vnd.in-toto+json"
    assert list(envelope.verify([key], 1)) == [keyid]


def test_the_first_key_is_announced_and_nobody_else_can_read_it(ended: Kinds) -> None:
    place = ended("promote")
    first = place.promote()
    line = place.key.with_suffix(".pub").read_text().split(" ")[1]
    fingerprint = base64.b64encode(hashlib.sha256(base64.b64decode(line)).digest()).decode().rstrip("=")
    assert f"made your signing key {place.key} (SHA256:{fingerprint})" in first.err
    assert stat.S_IMODE(place.key.stat().st_mode) == 0o600
    again = place.promote()
    assert "made" not in again.err
    assert f"SHA256:{fingerprint}" in again.out


def test_the_private_key_is_in_no_output_and_no_record(ended: Kinds) -> None:
    place = ended("promote")
    done = place.promote()
    private = read_private_key(place.key).private.private_bytes_raw()
    pem = "".join(place.key.read_text().splitlines()[1:-1])
    spellings = [pem.encode(), private, private.hex().encode(), base64.b64encode(private)]
    # Base64 of a part of the key looks otherwise at each of three offsets; the payload is base64 too, so decode it.
    data = place.record.read_bytes()
    for text in (done.out.encode(), done.err.encode(), data, base64.b64decode(json.loads(data)["payload"])):
        assert not [spelling for spelling in spellings if spelling in text]


def test_two_at_once_on_a_new_machine_agree_on_one_key(ended: Kinds) -> None:
    place = ended("promote")
    environment = {"HOME": str(place.folder), "XDG_CONFIG_HOME": str(place.folder / "config")}
    both = [start("promote", "run", "--who", who, cwd=place.folder, environment=environment) for who in "AB"]
    ends = [finish(one) for one in both]
    assert [one.code for one in ends] == [0, 0], ends
    assert len({payload_of(record)["predicate"]["public_key"] for record in place.records}) == 1
    assert [file.name for file in sorted((place.folder / "config" / "shortlist").iterdir())] == [
        "signing_key",
        "signing_key.pub",
    ]


def test_who_it_was_comes_from_git_or_else_the_login(ended: Kinds) -> None:
    place = ended("promote")
    assert place.promote(environment={"LOGNAME": "otto"}).code == 0
    assert payload_of(place.record)["predicate"]["who"] == "otto"
    place.record.unlink()
    (place.folder / "gitconfig").write_text("[user]\nname = Anna Ek\nemail = anna@example.org\n")
    assert place.promote(environment={"LOGNAME": "otto"}).code == 0
    assert payload_of(place.record)["predicate"]["who"] == "Anna Ek <anna@example.org>"


def test_the_same_promotion_at_the_same_time_is_the_same_record(ended: Kinds) -> None:
    place = ended("promote")
    make_key(place.folder)
    key = read_private_key(place.folder / "signing_key")
    occasion = Occasion("Anna", datetime(2026, 11, 20, 12, tzinfo=UTC))
    paths = []
    for _ in range(2):
        evidence = evidence_of(RunFolder(place.run))
        statement = state(evidence, objections_to(evidence), occasion, key.public_line)
        paths.append(write_record(statement, key, place.folder))
    assert paths[0] == paths[1]
    assert payload_of(paths[0])["predicate"]["when"] == "2026-11-20T12:00:00+00:00"


REFUSALS = {
    "reject": (1, "the gate says REJECT"),
    "inconclusive": (3, "the gate says INCONCLUSIVE"),
    "incomplete": (4, "the run is incomplete"),
    "contaminated": (2, "the run is contaminated: 12 pairs stand"),
    "no gate": (2, "the suite has no gate"),
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_anything_but_promote_is_refused_with_its_own_code(ended: Kinds, kind: str) -> None:
    place = ended(kind)
    done = place.promote()
    code, why = REFUSALS[kind]
    assert (done.code, done.out) == (code, ""), done.err
    assert f"refused: {why}" in done.err
    assert "--force --reason" in done.err
    assert place.records == []
    assert not place.key.exists()


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_forced_promotion_says_so_everywhere(ended: Kinds, kind: str) -> None:
    place = ended(kind)
    done = place.promote("--force", "--reason", "The board wants it.\nFORCED:  no")
    assert done.code == 0, done.err
    assert "FORCED:  The board wants it. FORCED:  no\n" in done.out  # one line: it cannot pass for another
    assert f"against: {REFUSALS[kind][1]}" in done.out
    forced = payload_of(place.record)["predicate"]["forced"]
    assert forced["reason"] == "The board wants it.\nFORCED:  no"
    assert forced["against"][0].startswith(REFUSALS[kind][1])
    answer = place.verify()
    assert (answer["code"], answer["forced"]) == (0, forced)
    text = place.shortlist("verify", place.record).out
    assert "FORCED:  The board wants it." in text


def test_what_was_not_against_the_evidence_was_not_forced(ended: Kinds) -> None:
    place = ended("promote")
    assert place.promote("--force", "--reason", "to be sure").code == 0
    assert payload_of(place.record)["predicate"]["forced"] is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--force"], "--force needs --reason"),
        (["--force", "--reason", "  "], "--force needs --reason"),
        (["--reason", "why not"], "--reason goes with --force"),
        (["--force", "--reason", "x" * 2001], "2001 characters"),
        (["--mlflow-version", "1"], "go with --mlflow-model"),
        (["--mlflow-model", "m"], "which version was judged? --mlflow-version N"),
        (["--key", "nowhere"], "--key nowhere: cannot be read: No such file"),
        (["--out", "run/manifest.json"], "the record cannot be written"),
    ],
)
def test_bad_usage_leads_to_2_and_no_record(ended: Kinds, options: list[str], said: str) -> None:
    place = ended("promote")
    done = place.promote(*options)
    assert (done.code, done.out) == (2, ""), done.err
    assert said in done.err
    assert "Traceback" not in done.err
    assert place.records == []


def alter_verdict(run: Path) -> None:
    change(run / "verdict.json", verdict="PROMOTE", why="All rules passed.")


def alter_rules(run: Path) -> None:
    verdict = json.loads((run / "verdict.json").read_text())
    verdict["rules"][0]["low"] += 0.001
    change(run / "verdict.json", **verdict)


def alter_comparison(run: Path) -> None:
    (run / "comparison.json").write_text((run / "comparison.json").read_text().replace("new-model", "newer-model"))


def alter_margin(run: Path) -> None:
    source = json.loads((run / "manifest.json").read_text())["suite_source"]
    source["gate"]["rules"][0]["at_least"] = 0.1
    change(run / "manifest.json", suite_source=source)


ALTERED: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "verdict": ("reject", alter_verdict, "verdict.json: does not follow from the run's records: verdict is PROMOTE"),
    "rule": ("promote", alter_rules, "verdict.json: does not follow from the run's records: rules[0].low is"),
    "comparison": (
        "promote",
        alter_comparison,
        "comparison.json: does not follow from the run's records: providers.new",
    ),
    "margin": ("inconclusive", alter_margin, "gate_hash differs"),
}


@pytest.mark.parametrize("what", ALTERED)
@pytest.mark.parametrize("force", [[], ["--force", "--reason", "please"]], ids=["", "forced"])
def test_files_that_do_not_follow_from_the_records_are_refused_even_by_force(
    ended: Kinds, what: str, force: list[str]
) -> None:
    kind, alter, said = ALTERED[what]
    place = ended(kind)
    alter(place.run)
    done = place.promote(*force)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert place.records == []


def test_scores_that_were_altered_before_they_were_judged_are_found_out(ended: Kinds) -> None:
    place = ended("reject")
    scores = (place.run / "scores.jsonl").read_text().splitlines()
    whose = {json.loads(line)["case"]["provider"]: json.loads(line) for line in scores}
    forged = []
    for line in map(json.loads, scores):
        if line["case"]["provider"] == "new":
            line |= {key: value for key, value in whose["old"].items() if key != "case"}
        forged.append(json.dumps(line) + "\n")
    (place.run / "scores.jsonl").write_text("".join(forged))
    assert place.shortlist("compare", "run").code == 0
    assert place.shortlist("gate", "run").code == 0  # the forgery is consistent: the gate itself says PROMOTE
    done = place.promote()
    assert (done.code, done.out) == (2, "")
    assert "comparison.json: does not follow from the run's records" in done.err


@pytest.mark.parametrize("name", ["records.jsonl", "scores.jsonl", "comparison.json", "verdict.json"])
def test_a_missing_file_is_named(ended: Kinds, name: str) -> None:
    place = ended("promote")
    (place.run / name).unlink()
    done = place.promote()
    assert done.code == 2
    assert f"no {name} here" in done.err


def test_promoting_writes_nothing_into_the_run(made: Callable[[str], Path], tmp_path: Path) -> None:
    place = copy_of(made("promote"), tmp_path)
    before = {file.name: file.read_bytes() for file in place.run.iterdir() if file.is_file()}
    assert place.promote().code == 0
    assert {file.name: file.read_bytes() for file in place.run.iterdir() if file.is_file()} == before
