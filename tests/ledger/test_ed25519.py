"""Signatures, verified by Python alone."""

import hashlib
import random

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from equipoise.verifier import is_signature

# RFC 8032, 7.1: the public key, the message, the signature
VECTORS = (
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
    ("ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf", hashlib.sha512(b"abc").hexdigest(),
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"),
)  # fmt: skip


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_the_vectors_of_the_rfc_are_true_and_any_bit_of_them_changed_is_not(key: str, message: str, signature: str) -> None:
    told = [bytes.fromhex(each) for each in (key, message, signature)]
    assert is_signature(*told)
    rng = random.Random(8032)
    for part in (0, 1, 2):
        for _ in range(12 if told[part] else 0):
            bent = bytearray(told[part])
            bent[rng.randrange(len(bent))] ^= 1 << rng.randrange(8)
            assert not is_signature(*(bytes(bent) if part == each else told[each] for each in range(3)))


def by_cryptography(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def test_it_agrees_with_cryptography_on_keys_messages_and_signatures_at_random() -> None:
    rng = random.Random(25519)
    for turn in range(60):
        private = Ed25519PrivateKey.from_private_bytes(rng.randbytes(32))
        key, message = private.public_key().public_bytes_raw(), rng.randbytes(rng.randrange(200))
        signature = private.sign(message)
        assert is_signature(key, message, signature), turn
        other = rng.randbytes(32)  # half of all texts of 32 bytes name no point at all
        for told in ((other, message, signature), (key, message + b"x", signature), (key, message, rng.randbytes(64))):
            assert is_signature(*told) is by_cryptography(*told) is False


def test_a_signature_has_one_form() -> None:
    # RFC 8032, 5.1.7: S is below the order of the group, so that nobody makes a second signature out of a first
    key, message, signature = (bytes.fromhex(each) for each in VECTORS[1])
    order = 2**252 + 27742317777372353535851937790883648493
    more = int.from_bytes(signature[32:], "little") + order
    assert not is_signature(key, message, signature[:32] + more.to_bytes(32, "little"))
    assert not is_signature(key, message, signature + b"\0")
    assert not is_signature(key[:31], message, signature)
    assert not is_signature(b"\xff" * 32, message, signature)
