"""Ed25519 keys: made, read, named. Private ones stay in their file and in memory."""

from __future__ import annotations

import base64
import hashlib
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shortlist.errors import InputError, Problem

PRIVATE_NAME = "signing_key"
_SSH_PRIVATE = b"-----BEGIN OPENSSH PRIVATE KEY-----"


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A public key, and where it was read."""

    line: str
    """OpenSSH: `ssh-ed25519 AAAA…`, without a comment."""
    source: Path

    @property
    def fingerprint(self) -> str:
        """`SHA256:…`, as `ssh-keygen -lf` prints it."""
        return fingerprint(self.line)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with its public side."""

    public_line: str
    """OpenSSH, without a comment."""
    private: Ed25519PrivateKey = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """Of the public key."""
        return fingerprint(self.public_line)

    def sign(self, data: bytes) -> bytes:
        """64 bytes; the same for the same data."""
        return self.private.sign(data)


def make_key(folder: Path) -> Path | None:
    """Makes `signing_key` (PEM, mode 0600) and `signing_key.pub` (OpenSSH) in `folder`; None where there is one.

    Raises:
        InputError: the folder cannot be written to.
    """
    path = folder / PRIVATE_NAME
    if path.exists():
        return None
    key = Ed25519PrivateKey.generate()
    text = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(text)
        try:
            # A link, unlike a rename, never replaces the key of another process that was quicker.
            os.link(temporary, path)
        except FileExistsError:
            return None
        finally:
            temporary.unlink()
        path.with_suffix(".pub").write_text(f"{_line(key.public_key())} shortlist\n", encoding="utf-8")
    except OSError as refused:
        raise InputError(Problem(f"no key can be made here: {refused.strerror}; name one: --key FILE", path)) from None
    return path


def read_private_key(path: Path) -> SigningKey:
    """An Ed25519 key in PEM (PKCS#8) or OpenSSH's format, without a passphrase.

    Raises:
        InputError: it cannot be read, is of another kind, or others on this machine can read it too.
    """
    text = _read(path, "--key")
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise InputError(Problem(f"others can read this private key; run: chmod 600 {path}", path))
    load = form.load_ssh_private_key if text.lstrip().startswith(_SSH_PRIVATE) else form.load_pem_private_key
    try:
        key = load(text, password=None)
    except TypeError:  # how the library says that a passphrase is needed
        raise InputError(Problem("this key has a passphrase; name a key that has none", path)) from None
    except (ValueError, UnsupportedAlgorithm):  # whose text may quote the key
        raise InputError(Problem("is no private key in PEM or OpenSSH's format", path)) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError(Problem("is no Ed25519 key; make one with: ssh-keygen -t ed25519 -N '' -f FILE", path))
    return SigningKey(_line(key.public_key()), key)


def own_public_key(folder: Path) -> list[TrustedKey]:
    """The public side of the key that `make_key` made; nothing where there is none.

    Raises:
        InputError: the file is there and no public key.
    """
    path = (folder / PRIVATE_NAME).with_suffix(".pub")
    return read_public_keys(path) if path.exists() else []


def read_public_keys(path: Path) -> list[TrustedKey]:
    """One Ed25519 public key in PEM, or OpenSSH lines such as `ssh-ed25519 AAAA… anna@example`; `#` begins a comment.

    Raises:
        InputError: the file cannot be read, or holds something else.
    """
    text = _read(path, "--trust")
    if b"PRIVATE KEY" in text:
        raise InputError(Problem("is a private key; trust is put in the public one, which may be passed on", path))
    pem = text.lstrip().startswith(b"-----BEGIN")
    keys = []
    for number, entry in [(1, text)] if pem else list(_entries(text.splitlines())):
        load = form.load_pem_public_key if pem else form.load_ssh_public_key
        try:
            key = load(entry)
        except (ValueError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PublicKey):
            raise InputError(Problem("is no Ed25519 public key (ssh-ed25519 AAAA…, or PEM)", path, number))
        keys.append(TrustedKey(_line(key), path))
    if not keys:
        raise InputError(Problem("holds no public key", path))
    return keys


def signature_holds(line: str, signature: bytes, data: bytes) -> bool:
    """Whether the key of an OpenSSH line signed `data`; False for what is no such key."""
    try:
        key = form.load_ssh_public_key(line.encode())
        if not isinstance(key, Ed25519PublicKey) or _line(key) != line:
            return False
        key.verify(signature, data)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def fingerprint(line: str) -> str:
    """`SHA256:…` of an OpenSSH public key line, as `ssh-keygen -lf` prints it.

    Raises:
        ValueError: it is no such line.
    """
    parts = line.split(" ")
    if len(parts) != 2:
        raise ValueError("is no line of an OpenSSH public key")
    digest = hashlib.sha256(base64.b64decode(parts[1].encode(), validate=True)).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def _line(key: Ed25519PublicKey) -> str:

    return key.public_bytes(form.Encoding.OpenSSH, form.PublicFormat.OpenSSH).decode()


def _entries(lines: Iterable[bytes]) -> Iterable[tuple[int, bytes]]:
    for number, line in enumerate(lines, start=1):
        entry = line.strip()
        if entry and not entry.startswith(b"#"):
            yield number, entry


def _read(path: Path, option: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as refused:
        raise InputError(f"{option} {path}: cannot be read: {refused.strerror}") from None
