"""`shortlist verify`: a record holds as it was written, by a key that is trusted, over files that have not changed."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from promotion.promoting import Kinds, Place, failing, renamed, run_in
from shortlist.promotion.envelope import sealed, signed_bytes
from shortlist.promotion.keys import make_key, own_public_key, read_private_key
from shortlist.promotion.verification import verify_record

FILES = ("manifest.json", "records.jsonl", "scores.jsonl", "comparison.json", "verdict.json")


def test_a_good_record_passes_every_check(promoted: Place) -> None:
    answer = promoted.verify("--rescore")
    assert (answer["code"], answer["ok"]) == (0, True)
    assert [(check["name"], check["status"]) for check in answer["checks"]] == [
        (name, "ok") for name in ("content", "envelope", "signature", "trust", "run files", "verdict")
    ]
    assert (answer["verdict"], answer["who"], answer["forced"]) == ("PROMOTE", "Anna", None)
    done = promoted.shortlist("verify", promoted.record)
    assert done.code == 0
    assert done.out.splitlines()[-1] == f"{promoted.record}: good"
    assert sum(line.startswith("OK ") for line in done.out.splitlines()) == 6


@pytest.mark.parametrize("name", FILES)
def test_any_change_of_a_file_of_the_run_is_found(promoted: Place, name: str) -> None:
    path = promoted.run / name
    path.write_bytes(path.read_bytes() + b"\n")
    answer = promoted.verify()
    assert answer["code"] == 1
    assert failing(answer) == {"run files": f"{name} of run changed since the promotion"}


@pytest.mark.parametrize("name", FILES[1:])
def test_a_file_that_is_gone_is_found(promoted: Place, name: str) -> None:
    (promoted.run / name).unlink()
    answer = promoted.verify()
    assert answer["code"] == 1
    assert f"no {name} here" in failing(answer)["run files"]


def test_judgements_that_came_later_are_found(promoted: Place) -> None:
    (promoted.run / "judgements.jsonl").write_text("")
    assert failing(promoted.verify()) == {"run files": "judgements.jsonl of run changed since the promotion"}


def parts(record: Path) -> tuple[dict[str, Any], bytes]:
    envelope: dict[str, Any] = json.loads(record.read_bytes())
    return envelope, base64.b64decode(envelope["payload"])


def written(envelope: dict[str, Any]) -> bytes:
    return json.dumps(envelope, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def other_payload(envelope: dict[str, Any], payload: bytes) -> bytes:
    envelope["payload"] = base64.b64encode(payload.replace(b'"Anna"', b'"Otto"')).decode()
    return written(envelope)


def other_signature(envelope: dict[str, Any], payload: bytes) -> bytes:
    signature = bytearray(base64.b64decode(envelope["signatures"][0]["sig"]))
    signature[0] ^= 1
    envelope["signatures"][0]["sig"] = base64.b64encode(signature).decode()
    return written(envelope)


def no_signature(envelope: dict[str, Any], payload: bytes) -> bytes:
    return written({**envelope, "signatures": []})


def two_signatures(envelope: dict[str, Any], payload: bytes) -> bytes:
    return written({**envelope, "signatures": envelope["signatures"] * 2})


def other_key_id(envelope: dict[str, Any], payload: bytes) -> bytes:
    envelope["signatures"][0]["keyid"] = "SHA256:" + "A" * 43
    return written(envelope)


def other_type(envelope: dict[str, Any], payload: bytes) -> bytes:
    return written({**envelope, "payloadType": "text/plain"})


def white_space(envelope: dict[str, Any], payload: bytes) -> bytes:
    return json.dumps(envelope, indent=1).encode()


def one_more_key(envelope: dict[str, Any], payload: bytes) -> bytes:
    return written({**envelope, "note": "reviewed"})


def key_twice(envelope: dict[str, Any], payload: bytes) -> bytes:
    return written(envelope).replace(b'{"payload"', b'{"payloadType":"text/plain","payload"', 1)


def no_json(envelope: dict[str, Any], payload: bytes) -> bytes:
    return b"\xff\x00"


CHANGES: dict[str, tuple[Callable[[dict[str, Any], bytes], bytes], str, str]] = {
    "payload": (other_payload, "signature", "is not one of the key in the record"),
    "signature": (other_signature, "signature", "is not one of the key in the record"),
    "no signature": (no_signature, "envelope", "signatures"),
    "two signatures": (two_signatures, "envelope", "signatures"),
    "key id": (other_key_id, "signature", "names the key SHA256:AAAA"),
    "type": (other_type, "envelope", "payloadType"),
    "white space": (white_space, "envelope", "not spelt as Shortlist writes it"),
    "one more key": (one_more_key, "envelope", "note: Extra inputs"),
    "a key twice": (key_twice, "envelope", "not spelt as Shortlist writes it"),
    "no JSON": (no_json, "envelope", "is no promotion record"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_record_that_was_changed_does_not_hold_under_its_name_or_another(promoted: Place, what: str) -> None:
    spoil, name, why = CHANGES[what]
    data = spoil(*parts(promoted.record))
    promoted.record.write_bytes(data)
    answer = promoted.verify()
    assert answer["code"] == 1
    assert "its name says another" in failing(answer)["content"]
    renamed(promoted.record, data)
    answer = promoted.verify()
    assert answer["code"] == 1
    assert [*failing(answer)] == [name]
    assert why in failing(answer)[name]


@pytest.mark.parametrize("name", ["promotion.json", "0" * 64 + ".json", "{}.txt", "{:.12}.json"])
def test_a_record_under_another_name_does_not_hold(promoted: Place, name: str) -> None:
    promoted.record.rename(promoted.record.with_name(name.format(promoted.record.stem)))
    answer = promoted.verify()
    assert (answer["code"], [*failing(answer)]) == (1, ["content"])


def test_whoever_signs_a_changed_record_again_is_not_trusted(promoted: Place) -> None:
    make_key(promoted.folder / "mallory")
    mallory = read_private_key(promoted.folder / "mallory" / "signing_key")
    _, payload = parts(promoted.record)
    old_line = json.loads(payload)["predicate"]["public_key"]
    forged = payload.replace(b'"Anna"', b'"Otto"')
    for text in (forged, forged.replace(old_line.encode(), mallory.public_line.encode())):
        for keyid in (mallory.fingerprint, own_public_key(promoted.key.parent)[0].fingerprint):
            renamed(promoted.record, sealed(text, mallory.sign(signed_bytes(text)), keyid))
            answer = promoted.verify()
            assert answer["code"] == 1
            assert failing(answer).keys() & {"signature", "trust"}
    honest = forged.replace(old_line.encode(), mallory.public_line.encode())
    renamed(promoted.record, sealed(honest, mallory.sign(signed_bytes(honest)), mallory.fingerprint))
    done = promoted.shortlist("verify", promoted.record)
    assert done.code == 1
    assert "OK        signature: " in done.out
    assert "FAILS     trust: the key is not one that you trust" in done.out
    assert "claims: PROMOTE" in done.out
    assert promoted.verify("--trust", "mallory/signing_key.pub")["code"] == 0


def test_trust_is_what_the_files_say_and_nothing_else(promoted: Place) -> None:
    folder = promoted.folder
    own = promoted.key.with_suffix(".pub").read_text()
    other = Ed25519PrivateKey.generate().public_key()
    other_line = other.public_bytes(form.Encoding.OpenSSH, form.PublicFormat.OpenSSH).decode()
    (folder / "both").write_text(f"# who may promote\n\n{other_line} otto@example\n{own}")
    (folder / "revoked").write_text(f"# {own}{other_line} otto@example\n")
    key = form.load_ssh_public_key(own.encode())
    (folder / "own.pem").write_bytes(key.public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo))
    assert promoted.verify("--trust", "both")["code"] == 0
    assert promoted.verify("--trust", "own.pem")["code"] == 0
    assert promoted.verify("--trust", "revoked", "--trust", "own.pem")["code"] == 0
    answer = promoted.verify("--trust", "revoked")
    assert (answer["code"], [*failing(answer)]) == (1, ["trust"])
    shutil.rmtree(promoted.key.parent)
    assert "no key is trusted here" in failing(promoted.verify())["trust"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no public key"),
        ("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ== a@b\n", "keys:1: is no Ed25519 public key"),
        ("# mine\nnothing\n", "keys:2: is no Ed25519 public key"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "is no Ed25519 public key"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n", "is a private key; trust is put in the public one"),
    ],
)
def test_a_file_of_keys_that_holds_something_else_leads_to_2(promoted: Place, text: str, said: str) -> None:
    (promoted.folder / "keys").write_text(text)
    done = promoted.shortlist("verify", promoted.record, "--trust", "keys")
    assert (done.code, done.out) == (2, "")
    assert said in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.json"], "nowhere.json: cannot be read: No such file"),
        (["reports"], "reports: cannot be read: Is a directory"),
        (["{record}", "--run", "nowhere"], "no run 'nowhere'"),
        (["{record}", "--trust", "nowhere"], "--trust nowhere: cannot be read"),
    ],
)
def test_what_is_not_there_leads_to_2(promoted: Place, arguments: list[str], said: str) -> None:
    done = promoted.shortlist("verify", *(one.format(record=promoted.record) for one in arguments))
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_a_record_alone_is_good_and_the_run_is_found_where_it_is_said_to_be(promoted: Place) -> None:
    promoted.run.rename(promoted.folder / "moved")
    answer = promoted.verify()
    assert answer["code"] == 0
    assert answer["checks"][-1]["status"] == "left out"
    assert "no run at run; name its folder: --run FOLDER" in answer["checks"][-1]["why"]
    assert promoted.verify("--run", "moved")["checks"][-1]["status"] == "ok"
    assert promoted.verify("--rescore")["code"] == 1  # asked for, and cannot be had


def test_another_run_does_not_pass_for_the_promoted_one(promoted: Place) -> None:
    run_in(promoted.folder / "other", "promote")
    answer = promoted.verify("--run", "other/run")
    assert (answer["code"], [*failing(answer)]) == (1, ["run files"])


def test_a_data_set_that_moved_on_leaves_the_verdict_out_unless_it_was_asked_for(tmp_path: Path) -> None:
    run_in(tmp_path, "promote")
    place = Place(tmp_path)
    assert place.promote().code == 0
    with (tmp_path / "pairs.jsonl").open("a") as file:
        file.write((tmp_path / "pairs.jsonl").read_text().splitlines()[0].replace("pair-000", "pair-999") + "\n")
    answer = place.verify()
    assert (answer["code"], answer["checks"][-1]["status"]) == (0, "left out")
    assert f"again here: run: data set {tmp_path.name} changed" in answer["checks"][-1]["why"]
    assert [*failing(place.verify("--rescore"))] == ["verdict"]


def test_a_trusted_record_whose_verdict_the_run_does_not_give_does_not_hold(ended: Kinds) -> None:
    """As it would be signed by a Shortlist that somebody changed: the files hold, the verdict does not."""
    place = ended("inconclusive")
    assert place.promote("--force", "--reason", "to have a record").code == 0
    statement = json.loads(parts(place.record)[1])
    statement["predicate"] |= {"verdict": "PROMOTE", "forced": None}
    payload = json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    key = read_private_key(place.key)
    renamed(place.record, sealed(payload, key.sign(signed_bytes(payload)), key.fingerprint))
    answer = place.verify()
    assert answer["code"] == 1
    assert failing(answer) == {
        "verdict": "does not follow from the run's scores: verdict is PROMOTE, and judging again gives INCONCLUSIVE"
    }


def openssh(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(form.Encoding.PEM, form.PrivateFormat.OpenSSH, form.NoEncryption())


def test_a_key_of_openssh_signs_too(ended: Kinds) -> None:
    place = ended("promote")
    key = Ed25519PrivateKey.generate()
    (place.folder / "id").write_bytes(openssh(key))
    (place.folder / "id").chmod(0o600)
    line = key.public_key().public_bytes(form.Encoding.OpenSSH, form.PublicFormat.OpenSSH)
    (place.folder / "id.pub").write_bytes(line + b" anna@example\n")
    assert place.promote("--key", "id").code == 0
    assert not place.key.exists()
    assert place.verify("--trust", "id.pub")["code"] == 0


def encrypted() -> bytes:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.BestAvailableEncryption(b"secret"))


def elliptic() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [
        (encrypted(), 0o600, "this key has a passphrase"),
        (elliptic(), 0o600, "is no Ed25519 key"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n", 0o600, "is no private key in PEM or OpenSSH's format"),
        (b"secret", 0o600, "is no private key in PEM or OpenSSH's format"),
        (openssh(Ed25519PrivateKey.generate()), 0o640, "others can read this private key; run: chmod 600 key"),
    ],
    ids=["passphrase", "elliptic", "torn", "nothing", "readable"],
)
def test_a_key_that_cannot_sign_leads_to_2_and_is_not_quoted(ended: Kinds, text: bytes, mode: int, said: str) -> None:
    place = ended("promote")
    (place.folder / "key").write_bytes(text)
    (place.folder / "key").chmod(mode)
    done = place.promote("--key", "key")
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "secret" not in done.err
    assert "c2VjcmV0" not in done.err
    assert place.records == []


@pytest.fixture(scope="module")
def sound(promoted_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A place whose record alone is looked at: its run is away."""
    folder = tmp_path_factory.mktemp("sound")
    shutil.copytree(promoted_once, folder, dirs_exist_ok=True)
    shutil.rmtree(folder / "run")
    return Place(folder)


@given(st.data())
def test_no_single_byte_of_a_record_can_be_another(sound: Place, data: st.DataObject) -> None:
    record = sound.record
    content = record.read_bytes()
    trusted = own_public_key(sound.key.parent)
    place = data.draw(st.integers(0, len(content) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != content[place]))
    changed = content[:place] + bytes([byte]) + content[place + 1 :]
    try:
        record.write_bytes(changed)
        assert not verify_record(record, trusted, rescore=False).ok
        other = renamed(record, changed)
        assert not verify_record(other, trusted, rescore=False).ok
        other.unlink()
    finally:
        record.write_bytes(content)
    assert verify_record(record, trusted, rescore=False).ok


@given(st.data())
def test_no_byte_can_be_taken_away_or_put_in(sound: Place, data: st.DataObject) -> None:
    content = sound.record.read_bytes()
    trusted = own_public_key(sound.key.parent)
    place = data.draw(st.integers(0, len(content)))
    more = data.draw(st.binary(max_size=1))
    changed = content[:place] + more + content[place + (0 if more else 1) :]
    if changed == content:
        return
    folder = sound.folder / "changed"
    folder.mkdir(exist_ok=True)
    (folder / "x.json").write_bytes(changed)
    other = renamed(folder / "x.json", changed)
    assert not verify_record(other, trusted, rescore=False).ok
    other.unlink()
