"""The studies of a desk, as the ledger holds them: the text that was opened, and what amended it."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from ...finding import Finding, Place, errors
from ...study import FILE, VERSIONS, Study, Unsound
from ...study import study as read_study
from ..ledger import Draft, append, links
from .models import StudyState

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
OPENING = ("study-opened", "amended")
SYSTEM = "equipoise"
"""By whom what is that nobody in person did."""
PARTICIPANT = "participant"
"""By whom what is that was answered by a link: whoever held it."""


class NotOpen(LookupError):
    """A study that no desk has opened."""


def opened(slug: str) -> Study:
    """The study as it is in force.

    Raises:
        NotOpen: It was never opened here.
    """
    state = StudyState.objects.filter(study=slug).only("text_hash").first()
    if state is None:
        raise NotOpen(slug)
    return of_text(slug, state.text_hash)


def of_text(slug: str, text_hash: str) -> Study:
    """The study whose text has a hash: the newest that the ledger holds, with the versions before it."""
    return _of_text(settings.DESK.folder, slug, text_hash)


@lru_cache(maxsize=64)
def _of_text(desk: Path, slug: str, text_hash: str) -> Study:
    texts: dict[str, str] = {}
    last: str | None = None  # a study need not name its version
    for link in links(slug, kinds=OPENING):
        for version, text in link.body.get("earlier", {}).items():
            texts.setdefault(version, text)
        texts[link.body["version"]] = link.body["text"]
        last = link.body["version"]
        if link.body["hash"] == text_hash:
            break
    if last is None:
        raise NotOpen(slug)
    newest = read_study(texts[last], file=FILE)
    earlier = {
        version: read_study(text, file=f"{VERSIONS}/{version}.yaml") for version, text in texts.items() if version != last
    }
    return replace(newest, earlier=earlier)


def opening(folder: Path) -> Mapping[str, object]:
    """What the ledger is told of a study's folder: its text, the hash of that, and earlier versions of it."""
    file = folder / FILE if folder.is_dir() else folder
    text = file.read_text(encoding="utf-8")
    told = read_study(text, file=FILE)
    if NAME.fullmatch(told.protocol.study) is None:  # it becomes part of addresses and of names of files
        says = "a study that is opened at a desk is named by small letters, digits and hyphens"
        raise Unsound((Finding("unreadable", Place(FILE), says),))
    if not told.is_sound:  # what cannot be said exactly is not promised to anybody
        raise Unsound(errors(told.findings))
    earlier = {}
    for each in sorted((file.parent / VERSIONS).glob("*.yaml")):
        old = each.read_text(encoding="utf-8")
        earlier[read_study(old, file=each.name).protocol.version] = old
    return {
        "slug": told.protocol.study, "version": told.protocol.version, "title": told.protocol.title,
        "text": text, "hash": text_hash(text), "earlier": earlier,
    }  # fmt: skip


def open_study(folder: Path) -> str:
    """Open a study at this desk, if it is not open yet; its name."""
    body = opening(folder)
    slug = str(body["slug"])
    if not StudyState.objects.filter(study=slug).exists():
        draft = Draft(by=SYSTEM, role="administrator", kind="study-opened", body=body)
        append(slug, [draft], request="study-opened")
    return slug


def text_hash(text: str) -> str:
    """The hash by which a study's text is known."""
    return hashlib.sha256(text.encode()).hexdigest()
