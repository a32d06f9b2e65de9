"""A case before the tumour board, and its decision."""

import json
import re
from pathlib import Path
from typing import Any

from bedside import PASSWORD, Site, token
from equipoise import shipped

T2, T3 = "synchronous-surgery-indications", "liver-surgery-linkoping"


def put(site: Site, person: str, who: str = "P-001", *, until: int | None = None) -> str:
    """An invented person of the study, as a participant."""
    site.add(who, site=next(iter(_sites(site))))
    folder: Path = shipped() / site.slug / "people"
    lines = [x for x in (folder / f"{person}.jsonl").read_text(encoding="utf-8").splitlines() if x.startswith("{")]
    for number, line in enumerate(lines[:until], start=1):
        told = json.loads(line)
        site.record(
            who,
            {
                **{k: v for k, v in told.items() if k not in ("by", "role", "participant", "site")},
                "id": told.get("id", str(number)),
            },
        )
    return who


def _sites(site: Site) -> Any:
    from equipoise.web.staff.studies import opened

    return opened(site.slug).protocol.sites


def decided(site: Site, who: str, name: str = "board", **told: str) -> Any:
    """The decision as somebody sends it."""
    person = site.client(name)
    page = person.get(site.url(f"p/{who}/board/")).content.decode()
    shown = re.search(r'name="shown" value="([0-9a-f]{64})"', page)
    body = {
        "request": token(),
        "shown": shown[1] if shown else "",
        "who_you_are": PASSWORD,
        "members": "4",
        "reason": "",
        **told,
    }
    return person.post(site.url(f"p/{who}/board/"), body)


def step(site: Site, who: str) -> str:
    """Where the pathway stands."""
    from equipoise.web.staff import charts
    from equipoise.web.staff.here import today
    from equipoise.web.staff.models import Participant

    row = Participant.objects.get(study=site.slug, participant=who)
    return "; ".join(each.step for each in charts.known(site.slug, row, until=today()).positions)
