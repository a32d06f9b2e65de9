"""Sealing: what a patient writes for the staff, so that nothing on the patients' side can read it back.

A key made for one message agrees with the staff's public key on a secret (X25519); from it the key is derived (HKDF over
SHA-256, both public keys in the information) that enciphers the text (ChaCha20-Poly1305). The message's own key is
forgotten, so that only the staff's private key opens it.

Source:
    RFC 7748 (X25519), RFC 5869 (HKDF), RFC 8439 (ChaCha20-Poly1305); the order of steps is that of RFC 9180's base mode.
"""

import base64
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PURPOSE = b"equipoise patient to staff 1\n"
_NONCE = bytes(12)  # each key enciphers one message


class Sealed(ValueError):
    """A message that this key does not open, or that somebody changed."""


def sealed(text: str, staff: bytes) -> str:
    """A text as only the staff can read it.

    Args:
        text: What is written.
        staff: The staff's public key, 32 bytes.
    """
    once = X25519PrivateKey.generate()
    public = once.public_key().public_bytes_raw()
    key = _key(once.exchange(X25519PublicKey.from_public_bytes(staff)), public, staff)
    padded = text.encode() + b"\0" * (-len(text.encode()) % 256)  # lengths tell less
    return base64.b64encode(public + ChaCha20Poly1305(key).encrypt(_NONCE, padded, public)).decode()


def opened(message: str, private: X25519PrivateKey) -> str:
    """What was sealed.

    Raises:
        Sealed: This key does not open it.
    """
    try:
        raw = base64.b64decode(message, validate=True)
        public, rest = raw[:32], raw[32:]
        key = _key(private.exchange(X25519PublicKey.from_public_bytes(public)), public, private.public_key().public_bytes_raw())
        return ChaCha20Poly1305(key).decrypt(_NONCE, rest, public).rstrip(b"\0").decode()
    except (InvalidTag, ValueError) as why:
        raise Sealed("this is not sealed with the staff's key, or was changed") from why


def made_key(file: Path) -> X25519PrivateKey:
    """The staff's private key in a file that its owner alone may read; made at first use."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        made = X25519PrivateKey.generate().private_bytes_raw().hex()
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as opened_file:
                opened_file.write(made)
        except FileExistsError:  # another process was quicker
            return made_key(file)
    return X25519PrivateKey.from_private_bytes(bytes.fromhex(file.read_text(encoding="ascii")))


def _key(secret: bytes, public: bytes, staff: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE + public + staff).derive(secret)
