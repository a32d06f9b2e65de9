"""Signed papers: what one process says to the other, and what the ledger keeps of it."""

from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ..ledger import Paper, paper
from ..randomisation.tickets import Body
from ..verifier import paper_bytes
from .keys import public


class Refused(Exception):
    """What the vault will not do: `why` in a word for programs, the sentence for people."""

    def __init__(self, why: str, says: str) -> None:
        super().__init__(says)
        self.why = why


def signed(body: Body, key: Ed25519PrivateKey) -> Paper:
    """A paper, signed."""
    return paper(body, key=public(key), sign=key.sign)


def body_of(envelope: Any, wanted: str, key: str) -> Mapping[str, Any]:
    """The body of a paper of one sort that a known key has signed.

    Raises:
        Refused: It is not signed, by another key, or is another paper.
    """
    match envelope:
        case {"body": {"paper": str() as sort, **rest}, "key": str() as by, "signature": str() as signature}:
            body: dict[str, Any] = {"paper": sort, **{str(name): held for name, held in rest.items()}}
        case _:
            raise Refused("unsigned", f"this is no signed {wanted}: a body, a key and a signature were expected")
    if by != key:
        raise Refused("wrong-key", f"the {wanted} is signed by a key that is not known here")
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(by)).verify(bytes.fromhex(signature), paper_bytes(body))
    except (ValueError, InvalidSignature, UnicodeEncodeError):
        raise Refused("unsigned", f"the signature of the {wanted} is not of this text") from None
    if sort != wanted:
        raise Refused("unsigned", f"this is a '{sort}', and '{wanted}' was expected")
    return body
