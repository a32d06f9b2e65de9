"""A site's copy of its participants' records: pages and a PDF, signed by the desk, the hash of it in the ledger."""

import hashlib
import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

from django.template.loader import render_to_string

from ...ledger import canonical, lines, moment
from ...verifier import paper_hash
from ..files import content
from ..ledger import head, links, outside
from .audit import changes, seen, spoken
from .here import Here
from .models import Participant
from .paper_copy import Copied, paper_copies
from .recorded import hidden, recorded

PAPER = "site-copy"


def site_copy(here: Here, site: str, rows: Iterable[Participant], at: datetime) -> tuple[bytes, Mapping[str, Any]]:
    """The copy, a zip file, and the signed paper in it that names every file by its hash.

    Args:
        here: Who asks: what they are blinded to is not in their copy.
        site: The site.
        rows: Its participants.
        at: The moment.
    """
    people, files = list(rows), {"equipoise.css": content("equipoise.css")[0]}
    last = head(here.slug)
    told: dict[str, Any] = {
        "study": here.study,
        "site": site,
        "at": at,
        "people": people,
        "last": last,
        "key": outside.public_key(),
    }
    copied = [_of(replace(here, participant=row)) for row in people]
    for each in copied:
        files[f"{each.row.participant}.html"] = _page("site-copy-participant", {**told, **_fields(each)})
    called = here.study.protocol.sites[site].label if site in here.study.protocol.sites else ""
    pdfs = paper_copies(here.study, called or site or "the site", copied, at=at, last=last, key=told["key"])
    files |= pdfs
    files["index.html"] = _page("site-copy-index", {**told, "pdfs": list(pdfs)})
    if here.powers.may("see_arm", site or None):
        of_site = (each for row in people for each in links(here.slug, participant=row.participant, until=last.number))
        files["links.jsonl"] = "".join(f"{line}\n" for line in lines(of_site)).encode()
    body = {
        "paper": PAPER, "study": here.slug, "site": site, "at": moment(at), "number": last.number, "hash": last.hash,
        "participants": len(people), "files": {name: hashlib.sha256(raw).hexdigest() for name, raw in sorted(files.items())},
    }  # fmt: skip
    paper = outside.signed(body)
    return _zipped({**files, "manifest.json": canonical(paper)}), paper


def bound(copy: bytes, paper: Mapping[str, Any]) -> dict[str, Any]:
    """What the ledger keeps of a copy: the hash of the file, and of the paper in it."""
    body = paper["body"]
    return {
        "what": "site copy", "site": body["site"], "participants": body["participants"], "sha256": hashlib.sha256(copy).hexdigest(),
        "paper": paper_hash(body), "number": body["number"],
    }  # fmt: skip


def _of(here: Here) -> Copied:
    away = hidden(here)
    found = [
        (each, [(label, said) for name, (label, said) in each.fields.items() if name not in away and name != "on"])
        for each in recorded(here)
    ]
    history = []
    for link in links(here.slug, participant=here.who.participant):
        as_seen = replace(link, body=seen(link, here.study, sees_arm=here.sees_arm))
        says = spoken(as_seen, here.study)
        if link.kind == "event" and "corrects" in link.body:
            became = changes(link, here.study, sees_arm=here.sees_arm)
            says = "; ".join([says, *(f"{what}: {was or '–'} → {now or '–'}" for what, was, now in became if what != "reason")])
        history.append((link, says))
    return Copied(here.who, here.arm_of(here.who), found, history)


def _fields(told: Copied) -> dict[str, Any]:
    return {each.name: getattr(told, each.name) for each in fields(told)}


def _page(template: str, told: Mapping[str, Any]) -> bytes:
    return render_to_string(f"staff/{template}.html", dict(told)).encode()


def _zipped(files: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, raw in sorted(files.items()):
            opened.writestr(
                zipfile.ZipInfo(name.replace("/", "_").replace("\\", "_"), (2026, 1, 1, 0, 0, 0)), raw, zipfile.ZIP_DEFLATED
            )
    return made.getvalue()


def now() -> datetime:
    """The moment."""
    return datetime.now(UTC)
