"""What goes over the socket: a length in four bytes, then JSON; and where the socket is."""

import json
import os
import secrets
import socket
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..verifier import canonical
from .keys import write
from .slots import ANSWER

LARGEST = 4_000_000
"""Bytes of a request, at most."""
UNIX = hasattr(socket, "AF_UNIX")
"""Whether this system has sockets in a folder."""
LENGTH = struct.Struct(">I")
PATH = 90
"""Bytes that the path of a socket may have; systems allow little more than a hundred."""
FOLDER, FILE, KEY, PUBLIC, ASKER, ADDRESS, LOCK = (
    "vault",
    "vault.sqlite",
    "vault.key",
    "vault.pub",
    "web.pub",
    "address",
    "vault.lock",
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where the vault listens: a socket in a folder, or, where there are none, a port of this machine and a shared secret."""

    path: str = ""
    port: int = 0
    secret: str = ""

    def connected(self, seconds: float) -> socket.socket:
        """A connection to it."""
        if not self.path:
            return socket.create_connection(("127.0.0.1", self.port), timeout=seconds)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(seconds)
            connection.connect(self.path)
        except OSError:
            connection.close()
            raise
        return connection


def listening(folder: Path) -> tuple[Address, socket.socket]:
    """A new socket for the vault of a folder, and its address, which is written there for those of the same user."""
    if UNIX:
        path = folder / "socket"
        if len(os.fsencode(path)) > PATH:
            path = Path(tempfile.mkdtemp(prefix="equipoise-")) / "socket"
        path.unlink(missing_ok=True)
        address = Address(path=str(path))
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(path))
        path.chmod(0o600)
    else:
        listener = socket.create_server(("127.0.0.1", 0))
        address = Address(port=listener.getsockname()[1], secret=secrets.token_hex(32))
    return address, listener


def write_address(folder: Path, address: Address) -> None:
    """Tell where the vault listens."""
    write(folder / ADDRESS, json.dumps({"path": address.path, "port": address.port, "secret": address.secret}))


def read_address(folder: Path) -> Address:
    """Where the vault of a folder listens.

    Raises:
        OSError: It has not been started there.
    """
    return Address(**json.loads((folder / ADDRESS).read_text("utf-8")))


def frame(body: Any, size: int = 0) -> bytes:
    """A body as it goes over the wire, filled with blanks up to a size."""
    text = canonical(body).ljust(size)
    return LENGTH.pack(len(text)) + text


def answered(connection: socket.socket) -> Any:
    """The next answer.

    Raises:
        ConnectionError: The other side is gone.
    """
    (length,) = LENGTH.unpack(_bytes(connection, LENGTH.size))
    return json.loads(_bytes(connection, length))


def _bytes(connection: socket.socket, wanted: int) -> bytes:
    parts, got = [], 0
    while got < wanted:
        part = connection.recv(min(wanted - got, 1 << 20))
        if not part:
            raise ConnectionResetError("the vault is gone")
        parts.append(part)
        got += len(part)
    return b"".join(parts)


__all__ = ["ANSWER", "Address", "answered", "frame", "listening", "read_address", "write_address"]
