"""The vault as a process: it listens on a socket of its own folder, and answers one request after the other."""

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import sqlite3
import sys
import traceback
from collections.abc import Callable
from hmac import compare_digest
from pathlib import Path
from threading import Thread
from typing import Any

from ..ledger import Paper
from .keys import Unsafe, made_key, public, write
from .papers import Refused
from .slots import ANSWER, Slots
from .wire import (
    ASKER,
    FILE,
    FOLDER,
    KEY,
    LARGEST,
    LENGTH,
    LOCK,
    PUBLIC,
    Address,
    frame,
    listening,
    read_address,
    write_address,
)

AT_ONCE, BACKLOG = 256, 4_096
"""Receipts that are written together at most, and connections that may wait."""
NOT_DUMPABLE = 4
"""PR_SET_DUMPABLE of Linux's <sys/prctl.h>."""


def serve(
    desk: Path, *, key: Path | None = None, with_parent: bool = False, ready: Callable[[], object] = lambda: None
) -> None:
    """Run the vault of a desk until it is told to stop.

    Args:
        desk: Its folder; the vault's is inside.
        key: The file of the vault's key, which had better lie elsewhere; unsaid, in the vault's folder.
        with_parent: Whether to stop when standard input ends, as it does when the one who started us is gone.
        ready: Called once it listens.

    Raises:
        Unsafe: Another vault runs here, a key is open to others, missing or another one, or nobody may ask yet.
    """
    _closed_to_others()
    folder = desk / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(folder):
        asker = folder / ASKER
        if not asker.exists():
            raise Unsafe(f"{asker} is missing: it holds the public key of the one who may ask, and is made with the desk")
        secret = key or folder / KEY
        if (folder / FILE).exists() and not secret.exists():
            raise Unsafe(f"{secret} is missing, and {folder / FILE} was sealed with it: without it the slots stay closed")
        own = made_key(secret)
        slots = Slots(folder / FILE, own, asker.read_text("ascii").strip())
        write(folder / PUBLIC, public(own) + "\n")
        try:
            asyncio.run(_serve(slots, folder, with_parent, ready))
        finally:
            slots.close()


def _closed_to_others() -> None:
    """No file of ours is read by others, and no memory: not as a core, and not by a debugger of the same user."""
    os.umask(0o077)
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(NOT_DUMPABLE, 0, 0, 0, 0)


@contextlib.contextmanager
def _alone(folder: Path) -> Any:
    """One vault a folder, on every system: whoever holds this lock is the one; it goes with the process."""
    lock = sqlite3.connect(folder / LOCK, isolation_level=None, timeout=0.5)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        lock.close()
        raise Unsafe(f"a vault runs in {folder} already: there is one for a desk") from None
    try:
        yield
    finally:
        lock.close()


async def _serve(slots: Slots, folder: Path, with_parent: bool, ready: Callable[[], object]) -> None:
    with contextlib.suppress(OSError, ValueError):  # what a vault left that was killed
        Path(read_address(folder).path).unlink(missing_ok=True)
    address, listener = listening(folder)
    keeper = _Keeper(slots)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for sort in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # on Windows: whoever started us ends us by ending our standard input
            loop.add_signal_handler(sort, stop.set)

    def asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Any:
        return _conversation(keeper, address, reader, writer)

    if address.path:
        server = await asyncio.start_unix_server(asked, sock=listener, backlog=BACKLOG)
    else:
        server = await asyncio.start_server(asked, sock=listener, backlog=BACKLOG)
    work = asyncio.create_task(keeper.work())
    write_address(folder, address)
    if with_parent:
        Thread(target=_until_parent_is_gone, args=(loop, stop), daemon=True).start()
    ready()
    await stop.wait()
    server.close()
    work.cancel()
    if address.path:
        Path(address.path).unlink(missing_ok=True)


def _until_parent_is_gone(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    while os.read(0, 1):
        pass
    loop.call_soon_threadsafe(stop.set)


class _Keeper:
    """Writes the receipts of all who wait at once, and answers each when they are on disk."""

    def __init__(self, slots: Slots) -> None:
        self.slots = slots
        self._waiting: list[tuple[Any, asyncio.Future[Paper | Refused]]] = []
        self._some = asyncio.Event()

    async def assigned(self, envelope: Any) -> Paper | Refused:
        """The receipt for a statement, once it is written."""
        answer: asyncio.Future[Paper | Refused] = asyncio.get_running_loop().create_future()
        self._waiting.append((envelope, answer))
        self._some.set()
        return await answer

    async def work(self) -> None:
        """Go on for ever."""
        while True:
            await self._some.wait()
            now, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
            if not self._waiting:
                self._some.clear()
            answers = said(lambda: self.slots.assign([envelope for envelope, _ in now]))  # noqa: B023 - called at once
            for place, (_, answer) in enumerate(now):
                if not answer.done():
                    answer.set_result(answers if isinstance(answers, Refused) else answers[place])
            await asyncio.sleep(0)


def said(work: Callable[[], Any]) -> Any:
    """What some work comes to, or a refusal; a fault says its place and its sort, never a value: it could be of a slot."""
    try:
        return work()
    except Refused as why:
        return why
    except Exception as why:  # noqa: BLE001 - whatever it is: nothing that a message holds may leave the vault
        place = traceback.extract_tb(why.__traceback__)[-1]
        sort = f"{type(why).__name__} at {Path(place.filename).name}:{place.lineno}"
        sys.stderr.write(f"vault: a fault of equipoise: {sort}\n")
        return Refused("fault", f"the vault could not answer, and nothing was given out ({sort}): ask again")


async def _conversation(keeper: _Keeper, address: Address, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        while True:
            (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
            if length > LARGEST:
                writer.write(frame(_refusal(Refused("unsigned", f"a request has at most {LARGEST} bytes")), ANSWER))
                await writer.drain()
                break
            text = await reader.readexactly(length)
            answer = await _answer(keeper, address, text)
            writer.write(frame(_refusal(answer) if isinstance(answer, Refused) else {"answer": answer}, ANSWER))
            await writer.drain()
    writer.close()


def _refusal(why: Refused) -> dict[str, str]:
    return {"refused": str(why), "why": why.why}


async def _answer(keeper: _Keeper, address: Address, text: bytes) -> Any:
    try:
        request = json.loads(text)
    except (ValueError, RecursionError):
        return Refused("unsigned", "this is no JSON")
    if not isinstance(request, dict) or not compare_digest(str(request.pop("secret", "")).encode(), address.secret.encode()):
        return Refused("unsigned", "whoever asks here shows the secret of the address")
    slots = keeper.slots
    match request:
        case {"body": {"paper": "assign"}}:
            return await keeper.assigned(request)
        case {"body": {"paper": "prepare"}}:
            return said(lambda: slots.prepare(request))
        case {"body": {"paper": "extend"}}:
            return said(lambda: slots.extend(request))
        case {"body": {"paper": "open"}}:
            return said(lambda: slots.open(request))
        case {"paper": "commitment", "study": str() as study}:
            return said(lambda: slots.commitment(study))
        case {"paper": "commitments", "study": str() as study}:
            return said(lambda: slots.commitments(study))
        case {"paper": "key"}:
            return slots.public_key
        case _:
            return Refused(
                "unsigned",
                "the vault is asked to prepare, extend, assign or open by a signed paper, or for its commitments or key",
            )
