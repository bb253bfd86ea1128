"""Whether a promotion record is what it claims to be."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pydantic import ValidationError

from shortlist.errors import InputError
from shortlist.promotion.envelope import NotAnEnvelope, opened, signed_bytes
from shortlist.promotion.keys import TrustedKey, fingerprint, signature_holds
from shortlist.promotion.statement import Promotion, Statement
from shortlist.results import Verdict
from shortlist.runfolder import RunFolder, find_run


class CheckStatus(StrEnum):
    """How a check went."""

    OK = "ok"
    FAILS = "fails"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    status: CheckStatus
    why: str


@dataclass(frozen=True, slots=True)
class Verification:
    """Every check of a record, and what it says where it could be read."""

    path: Path
    checks: tuple[Check, ...]
    promotion: Promotion | None
    """Believe it only when `ok`."""

    @property
    def ok(self) -> bool:
        """Whether no check fails."""
        return all(check.status is not CheckStatus.FAILS for check in self.checks)


def verify_record(path: Path, trusted: Sequence[TrustedKey], run: str | None = None, *, rescore: bool) -> Verification:
    """Checks name, envelope, signature, trust, the run's files and that judging them again gives the same verdict.

    Args:
        path: of the record.
        trusted: whose signatures count.
        run: the run (an id or a folder); None looks where the record says that it lay, and leaves these checks out
            where it is not there.
        rescore: judge from the records, not from the scores.

    Raises:
        InputError: there is no such file, or no such run.
    """
    try:
        data = path.read_bytes()
    except OSError as refused:
        raise InputError(f"{path}: cannot be read: {refused.strerror}") from None
    checks = [_address(path, data)]
    try:
        payload, signature, keyid = opened(data)
        statement = Statement.model_validate_json(payload)
    except NotAnEnvelope as broken:
        return Verification(path, (*checks, _fails("envelope", f"is no promotion record: {broken}")), None)
    except ValidationError as broken:
        first = broken.errors(include_url=False)[0]
        why = f"{'.'.join(map(str, first['loc']))}: {first['msg']}".lstrip(": ")
        why = f"holds no promotion that this version of Shortlist knows: {why}"
        return Verification(path, (*checks, _fails("envelope", why)), None)
    checks.append(_ok("envelope", "DSSE, with an in-toto statement of a promotion"))
    line = statement.predicate.public_key
    checks.append(_signature(line, signature, payload, keyid))
    checks.append(_trust(line, trusted))
    folder = find_run(run) if run is not None else _recorded_run(statement.predicate)
    if any(check.status is CheckStatus.FAILS for check in checks):
        # Nor is a path followed that anybody may have written.
        checks.append(_left_out("run files", "a record that does not hold says nothing about a run"))
    else:
        checks += _run_checks(statement, folder, rescore=rescore)
    return Verification(path, tuple(checks), statement.predicate)


def _address(path: Path, data: bytes) -> Check:
    found = hashlib.sha256(data).hexdigest()
    if path.name != f"{found}.json":
        return _fails("content", f"the file's bytes have the SHA-256 {found}, and its name says another")
    return _ok("content", f"the file's name is the SHA-256 of its bytes, {found[:12]}…")


def _signature(line: str, signature: bytes, payload: bytes, keyid: str) -> Check:
    if not signature_holds(line, signature, signed_bytes(payload)):
        return _fails("signature", "is not one of the key in the record over what the record says")
    if keyid != fingerprint(line):
        return _fails("signature", f"names the key {keyid}, and was made by {fingerprint(line)}")
    return _ok("signature", f"by {keyid}")


def _trust(line: str, trusted: Sequence[TrustedKey]) -> Check:
    for key in trusted:
        if key.line == line:
            return _ok("trust", f"the key is one of {key.source}")
    if not trusted:
        return _fails("trust", "no key is trusted here; name those that are: --trust FILE")
    files = ", ".join(dict.fromkeys(str(key.source) for key in trusted))
    return _fails("trust", f"the key is not one that you trust (those of {files})")


def _recorded_run(promotion: Promotion) -> RunFolder | None:
    folder = RunFolder(Path(promotion.run.path))
    return folder if folder.manifest.is_file() else None


def _run_checks(statement: Statement, folder: RunFolder | None, *, rescore: bool) -> Iterator[Check]:
    from shortlist.promotion.evidence import copied, digests_of  # noqa: PLC0415 - every stage; a record alone needs none

    recorded = statement.predicate.run
    if folder is None:
        why = f"no run at {recorded.path}; name its folder: --run FOLDER"
        yield (_fails if rescore else _left_out)("run files", why)
        return
    try:
        with copied(folder) as copy:
            found = digests_of(copy)
            changed = sorted(
                name for name in {*found, *statement.digests} if found.get(name) != statement.digests.get(name)
            )
            if changed:
                yield _fails("run files", f"{', '.join(changed)} of {folder.path} changed since the promotion")
                yield _left_out("verdict", "what has changed is not judged")
                return
            yield _ok("run files", f"all {len(found)} files of {folder.path} are those that were promoted")
            yield _judged(statement.predicate, copy, folder, rescore=rescore)
    except InputError as missing:
        yield _fails("run files", str(missing))


def _judged(promotion: Promotion, copy: RunFolder, folder: RunFolder, *, rescore: bool) -> Check:
    from shortlist.promotion.evidence import judged_again, verdict_differs  # noqa: PLC0415 - every stage, as above

    recorded = Verdict(
        run_id=promotion.run.run_id,
        gate_hash=promotion.gate_hash,
        verdict=promotion.verdict,
        rules=promotion.rules,
        early_stop=promotion.early_stop,
        why=promotion.why,
    )
    source = "records" if rescore else "scores"
    try:
        _, again, why_not = judged_again(copy, folder, rescore=rescore)
    except InputError as gone:
        # The hashes hold, so nothing is known to be wrong: the suite's task or data are elsewhere or have moved on.
        return (_fails if rescore else _left_out)("verdict", f"cannot be judged again here: {gone}")
    differs = verdict_differs(recorded, again)
    if differs is None and (why_not is None) != (promotion.incomplete_why is None):
        differs = f"complete or not: the record says {promotion.incomplete_why or 'complete'}, the run {why_not}"
    if differs is not None:
        return _fails("verdict", f"does not follow from the run's {source}: {differs}")
    return _ok("verdict", f"judging the {source} again says the same: {again.verdict or 'no verdict'}")


def _ok(name: str, why: str) -> Check:
    return Check(name, CheckStatus.OK, why)


def _fails(name: str, why: str) -> Check:
    return Check(name, CheckStatus.FAILS, why)


def _left_out(name: str, why: str) -> Check:
    return Check(name, CheckStatus.LEFT_OUT, why)
