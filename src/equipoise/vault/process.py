"""The vault started as a child of whoever needs it."""

import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

from .keys import Unsafe

READY = b"ready\n"


@dataclass(slots=True)
class Process:
    """A vault that runs. It ends by itself when we do: its standard input is ours."""

    child: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        """Its number."""
        return self.child.pid

    @property
    def is_running(self) -> bool:
        """Whether it still does."""
        return self.child.poll() is None

    def stop(self) -> None:
        """End it when it has answered what it is at."""
        self.child.terminate()
        self._gone()

    def kill(self) -> None:
        """End it at once, wherever it is."""
        self.child.kill()
        self._gone()

    def _gone(self) -> None:
        self.child.wait()
        for pipe in (self.child.stdin, self.child.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


def start(desk: Path, key: Path | None = None, *, patience: float = 20.0) -> Process:
    """Start the vault of a desk, and wait until it listens.

    Args:
        desk: Its folder, where `trust` has been told who may ask.
        key: The file of the vault's key; unsaid, in the vault's folder.
        patience: Seconds to wait for it.

    Raises:
        Unsafe: It does not start; it has said why.
    """
    asked = [sys.executable, "-m", "equipoise.vault", str(desk), *([str(key)] if key is not None else [])]
    child = subprocess.Popen(asked, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process = Process(child)
    late = Timer(patience, child.kill)
    late.start()
    assert child.stdout is not None
    told = child.stdout.readline()
    late.cancel()
    if told != READY:
        process.kill()
        raise Unsafe(f"the vault of {desk} does not start{f': {told.decode().strip()}' if told else ''}")
    return process
