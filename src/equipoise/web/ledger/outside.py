"""What is kept outside the database: signed anchors, and the signed head of each chain.

An anchor is written daily and never changed: `STUDY.anchors.jsonl`, one a line, each with the hash of the one before.
The head is written after every transaction, before it is acknowledged, over the one before: `STUDY.head`. Who may write in
the database alone can then change no link that was acknowledged.
"""

import fcntl
import json
import os
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.conf import settings

from ...ledger import Link, Paper, anchor_body, canonical, head_body, paper
from .reading import Head, links
from .reading import head as last_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

WIDTH = 1_024
"""Bytes of a head's file: always the same, so that it is overwritten in one piece."""


_one = Lock()


def folder() -> Path | None:
    """Where anchors are kept; None where no desk is named, and nothing is kept outside."""
    desk = getattr(settings, "DESK", None)
    return Path(desk.anchors) if desk is not None else None


def anchors_file(study: str, where: Path) -> Path:
    """The file of a study's anchors."""
    return where / f"{quote(study, safe='')}.anchors.jsonl"


def head_file(study: str, where: Path) -> Path:
    """The file of a study's head."""
    return where / f"{quote(study, safe='')}.head"


def anchor(study: str, *, at: datetime | None = None) -> Paper | None:
    """Anchor the study's chain: sign where it ends now, and write that down outside the database.

    Returns:
        The anchor; the one before where nothing was written since, None where there is nothing to anchor.

    Raises:
        RuntimeError: No desk says where anchors are kept.
    """
    where = folder()
    if where is None:
        raise RuntimeError("settings.DESK says where anchors are kept, and there is none")
    last = last_of(study)
    where.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(anchors_file(study, where), os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "r+b") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        kept = opened.read().splitlines()
        before: Paper | None = json.loads(kept[-1]) if kept else None
        if last.number == 0 or (before is not None and before["body"]["number"] == last.number):
            return before
        (link,) = links(study, after=last.number - 1, until=last.number)
        made = signed(anchor_body(link, at=at or max(datetime.now(UTC), link.at), before=before))
        opened.write(canonical(made) + b"\n")
        opened.flush()
        os.fsync(opened.fileno())
    return made


def acknowledged(link: Link) -> None:
    """Write the signed head over the one before, unless a later one stands there already."""
    where = folder()
    if where is None:
        return
    body = canonical(signed(head_body(link)))
    file = _opened(str(head_file(link.study, where)), os.getpid())
    with _one:  # the lock of a file keeps out other processes, and not the threads of this one
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            if _number(os.pread(file, WIDTH, 0)) < link.number:
                os.pwrite(file, body.ljust(WIDTH - 1) + b"\n", 0)
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)


def older(last: Head) -> str:
    """Why nothing may be written on this database: it is older than what was acknowledged; "" where it is not."""
    where = folder()
    if where is None:
        return ""
    told = _number(os.pread(_opened(str(head_file(last.study, where)), os.getpid()), WIDTH, 0))
    if told <= last.number:
        return ""
    return (
        f"link {told} of {last.study} was acknowledged, and the database ends at {last.number}: it is older, or was cut short."
        " Nothing is written until that is settled: `equipoise verify` says what is missing"
    )


def set_aside(study: str) -> Path | None:
    """Put the head away under another name, after an older backup was put back knowingly; where it is now.

    The anchors stay, and `verify` goes on saying what was lost.
    """
    where = folder()
    file = head_file(study, where) if where is not None else None
    if file is None or not file.exists():
        return None
    with _one, file.open("r+b") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        raw = opened.read()
        aside = file.with_name(f"{file.name}.{_number(raw)}")
        aside.write_bytes(raw)
        opened.seek(0)  # in place: other processes hold this very file
        opened.write(b" " * (WIDTH - 1) + b"\n")
    return aside


def _number(raw: bytes) -> int:
    try:
        return int(json.loads(raw)["body"]["number"])
    except (ValueError, KeyError, TypeError):
        return 0


@lru_cache(maxsize=64)
def _opened(file: str, process: int) -> int:
    Path(file).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return os.open(file, os.O_RDWR | os.O_CREAT, 0o600)


# --- the key ---------------------------------------------------------------------------------------------------------


def signed(body: dict[str, Any]) -> Paper:
    """A paper signed with the desk's key."""
    private, public = _key(str(settings.DESK.web_key))
    return paper(body, key=public, sign=private.sign)


def public_key() -> str:
    """The desk's public key, in hex: what a stranger is told, so that no other key passes."""
    return _key(str(settings.DESK.web_key))[1]


@lru_cache(maxsize=8)
def _key(file: str) -> "tuple[Ed25519PrivateKey, str]":
    from ...vault.keys import made_key

    private = made_key(Path(file))
    return private, private.public_key().public_bytes_raw().hex()
