"""A desk whose vault can be started, and slots without a process."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from equipoise.vault import Process, Vault, made_key, start, trust
from equipoise.vault.keys import public
from equipoise.vault.slots import Slots


@pytest.fixture
def web() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
def opened(tmp_path: Path, web: Ed25519PrivateKey) -> Iterator[Callable[..., Slots]]:
    """Slots in a file of their own, without a process; opened again, they are the same ones."""
    key, held = Ed25519PrivateKey.generate(), []

    def opened(**otherwise: object) -> Slots:
        slots = Slots(tmp_path / "slots.sqlite", otherwise.pop("key", key), public(web), **otherwise)  # type: ignore[arg-type]
        held.append(slots)
        return slots

    yield opened
    for each in held:
        each.close()


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    trust(tmp_path, made_key(tmp_path / "web.key"))
    return tmp_path


@pytest.fixture
def vault(desk: Path) -> Iterator[Vault]:
    """A vault that runs, asked by the one whom it trusts."""
    process = start(desk)
    yield Vault(desk, made_key(desk / "web.key"))
    process.stop()


@pytest.fixture
def started(desk: Path) -> Iterator[Callable[[], Process]]:
    """Start the vault of the desk, as often as wanted; what still runs at the end is ended."""
    held: list[Process] = []

    def started() -> Process:
        held.append(start(desk))
        return held[-1]

    yield started
    for each in held:
        each.kill()


@pytest.fixture
def dice() -> Callable[[int], int]:
    return random.Random(20261121).randrange
