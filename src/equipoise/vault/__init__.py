"""The vault: a process of its own, with a file and a key of its own, that keeps the sealed slots and gives out one at a time."""

from .client import Unreachable, Vault, trust
from .keys import Unsafe, made_key
from .papers import Refused, signed
from .process import Process, start

__all__ = ["Process", "Refused", "Unreachable", "Unsafe", "Vault", "made_key", "signed", "start", "trust"]
