"""What is kept outside the database: signed anchors, and the signed head of each chain.

An anchor is written daily and never changed: `STUDY.anchors.jsonl`, one a line, each with the hash of the one before.
The head, `STUDY.head`, is written over itself twice in every writing: what the chain will end with, before the database keeps
it, and that it is kept, before it is acknowledged. Who may write in the database alone can then change, cut or add no link
without its being noticed, at the latest by the next writing. One desk's folder goes with one ledger.
"""

import fcntl
import json
import os
from collections.abc import Callable
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


def announced(link: Link, last: Head) -> None:
    """Write outside where the chain will end, while it is held and before the database is told to keep it."""
    where = folder()
    if where is not None:
        body = head_body(link, before=(last.number, last.hash), is_kept=False)
        _over(link.study, where, canonical(signed(body)), lambda there: True)


def acknowledged(link: Link, last: Head) -> None:
    """Write outside that the database keeps what was announced; unless the next writing is announced already."""
    where = folder()
    if where is not None:
        body = head_body(link, before=(last.number, last.hash), is_kept=True)
        _over(link.study, where, canonical(signed(body)), lambda there: there.get("hash") == link.hash)


def _over(study: str, where: Path, raw: bytes, when: Callable[[dict[str, Any]], bool]) -> None:
    """Write a head over the one that is there, if that is as it should be."""
    file = _opened(str(head_file(study, where)), os.getpid())
    with _one:  # the lock of a file keeps out other processes, and not the threads of this one
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            if when(_body(os.pread(file, WIDTH, 0))):
                os.pwrite(file, raw.ljust(WIDTH - 1) + b"\n", 0)
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)


def unsettled(last: Head) -> str:
    """Why nothing may be written: the database does not end where this desk left it; "" if it does."""
    where = folder()
    told = _body(os.pread(_opened(str(head_file(last.study, where)), os.getpid()), WIDTH, 0)) if where is not None else {}
    if not told or (last.number, last.hash) == (told["number"], told["hash"]):
        return ""
    if not told["is_kept"] and (last.number, last.hash) == (told["before"]["number"], told["before"]["hash"]):
        return ""  # announced, and never kept
    if last.number < told["number"]:
        says = f"link {told['number']} of {last.study} was acknowledged, and the database ends at {last.number}"
    elif last.number > told["number"]:
        says = f"the database holds link {last.number} of {last.study}, and this desk wrote no further than {told['number']}"
    else:
        says = f"link {last.number} of {last.study} is not the one that this desk wrote"
    return f"{says}. Nothing is written until that is settled: `equipoise verify` says what is wrong"


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
        aside = file.with_name(f"{file.name}.{_body(raw).get('number', 0)}")
        aside.write_bytes(raw)
        opened.seek(0)  # in place: other processes hold this very file
        opened.write(b" " * (WIDTH - 1) + b"\n")
    return aside


def _body(raw: bytes) -> dict[str, Any]:
    try:
        body: dict[str, Any] = json.loads(raw)["body"]
    except (ValueError, KeyError, TypeError):
        return {}
    return body


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
