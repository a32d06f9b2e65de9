"""Keys: one secret a file, which nobody but its owner may read; what signs and what seals follow from it."""

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_FIRST = "equipoise key 1"


class Unsafe(Exception):
    """A key or a folder that must not be used as it is; the sentence says why."""


def made_key(path: Path) -> Ed25519PrivateKey:
    """The key in a file, which is made where there is none.

    Raises:
        Unsafe: Others may read the file, or it holds no key.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, f"{_FIRST}\n{Ed25519PrivateKey.generate().private_bytes_raw().hex()}\n", once=True)
    return _read(path)


def write(path: Path, text: str, *, once: bool = False) -> None:
    """Write a file that its owner alone may read: whole or not at all, wherever we are killed.

    Args:
        path: Where.
        text: What.
        once: Whether to leave a file alone that is there already.
    """
    written = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if once:
            with suppress(FileExistsError):
                os.link(written, path)
        else:
            written.replace(path)
    finally:
        written.unlink(missing_ok=True)


def _read(path: Path) -> Ed25519PrivateKey:
    rights = stat.S_IMODE(path.stat().st_mode)
    if os.name == "posix" and rights & 0o077:
        raise Unsafe(f"{path} may be read or written by others ({rights:04o}): only its owner may, chmod 600")
    lines = path.read_text("ascii", errors="replace").splitlines()
    try:
        if lines[:1] != [_FIRST]:
            raise ValueError
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(lines[1]))
    except (ValueError, IndexError):
        raise Unsafe(f"{path} holds no key of equipoise") from None  # what it holds instead is nobody's business


def public(key: Ed25519PrivateKey) -> str:
    """The public half, in hex."""
    return key.public_key().public_bytes_raw().hex()


def seal_of(key: Ed25519PrivateKey) -> ChaCha20Poly1305:
    """What seals the slots: a key of its own that follows from the secret (RFC 5869), and the cipher of RFC 8439."""
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"equipoise seal 1")
    return ChaCha20Poly1305(derived.derive(key.private_bytes_raw()))
