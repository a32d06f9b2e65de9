"""Plans, and the statements of whoever may ask the vault."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from equipoise.randomisation import Plan
from equipoise.vault import Refused, Unreachable, Vault, made_key, server, signed, slots
from equipoise.vault.wire import frame


def a_plan(**otherwise: object) -> Plan:
    """A small plan, some of it otherwise."""
    told = {"study": "trial", "protocol": "0" * 64, "method": "permuted_blocks", "ratio": {"new": 1, "old": 1}, "places": 60}
    if otherwise.get("method", "permuted_blocks") == "permuted_blocks":
        told["blocks"] = (4, 6)
    return Plan(**(told | otherwise))  # type: ignore[arg-type]


def asked(key: Ed25519PrivateKey, who: str, **otherwise: object) -> dict[str, object]:
    """The statement by which a participant's allocation is asked for."""
    told = {"paper": "assign", "study": "trial", "participant": who, "stratum": {}, "eligibility": "e" * 64, "known": 0}
    return signed(told | otherwise, key)


# --- processes of their own --------------------------------------------------------------------------------------------


def allocations(desk: Path, participants: Sequence[str], threads: int) -> list[tuple[str, str, int]]:
    """Ask for many at once, each on a connection of its own: participant, receipt as text, slot; "" and why where there is none."""
    key = made_key(desk / "web.key")

    def one(who: str) -> tuple[str, str, int]:
        try:
            receipt = Vault(desk, key, patience=60).assign(study="trial", participant=who, stratum={}, eligibility="e" * 64)
        except (Refused, Unreachable) as why:
            return who, str(why), 0
        return who, json.dumps(receipt), receipt["body"]["slot"]

    with ThreadPoolExecutor(threads) as pool:
        return [*pool.map(one, participants)]


def dying(desk: Path, steps: int, ready: Callable[[], object]) -> None:
    """A vault that kills itself at its n-th step: a statement to its database, or an answer on its way; never where n is 0."""
    left = steps

    def step(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def stepped(*args: Any) -> bytes:
        step()
        return frame(*args)

    server.frame = stepped  # type: ignore[attr-defined]
    made = slots.Slots.__init__

    def opened(self: Any, *args: Any, **named: Any) -> None:
        made(self, *args, **named)
        self._open.set_trace_callback(step)

    slots.Slots.__init__ = opened  # type: ignore[method-assign]
    server.serve(desk, ready=ready)


def nursery(desk: Path) -> None:
    """For each number of steps that is read: a vault in a process of its own, and a line when it is born, ready and dead."""
    for line in sys.stdin:
        child = os.fork()
        if not child:
            dying(desk, int(line), lambda: os.write(1, b"ready\n"))
            os._exit(0)
        os.write(1, f"born {child}\n".encode())
        _, status = os.waitpid(child, 0)
        os.write(1, f"dead {status}\n".encode())


class Nursery:
    """Vaults that start in a moment, because everything is imported already; one at a time."""

    def __init__(self, desk: Path) -> None:
        text = f"import sys; sys.path[:0] = {sys.path!r}; import a_desk, pathlib; a_desk.nursery(pathlib.Path({str(desk)!r}))"
        self.process = subprocess.Popen([sys.executable, "-c", text], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = 0

    def born(self, steps: int = 0, *, ready: bool = False) -> None:
        """A vault that kills itself at its n-th step, or never; wait until it is ready where that is wanted."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        self.pid = int(self._line("born"))
        if ready:
            self._line("ready")

    def dead(self) -> int:
        """Wait until it is dead: of what."""
        return int(self._line("dead"))

    def killed(self) -> int:
        """Kill it: what it died of."""
        os.kill(self.pid, signal.SIGKILL)
        return self.dead()

    def close(self) -> None:
        """No more of them."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def _line(self, wanted: str) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            word, *rest = line.split()
            if word == wanted:
                return " ".join(rest)
        raise AssertionError(f"the nursery ended and nothing was {wanted}")
