"""Whoever is blinded sees the same of two participants who differ in their arm alone, on every page and in every answer."""

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from bedside import PASSWORD, ROLES, Site, committed, token
from crowd import signed_for
from equipoise.web.staff.roles import _BLINDED

_OTHERWISE = (
    (r"[0-9a-f]{64}|[0-9a-f]{16}…?|[0-9a-f]{8}-[0-9a-f-]{27}", "HASH"),
    (r'name="csrfmiddlewaretoken" value="[^"]+"|"X-CSRFToken": ?"[^"]+"|X-CSRFToken&quot;: ?&quot;[^&]+', "TOKEN"),
    (r"\d\d:\d\d(:\d\d(\.\d+)?)?", "TIME"),
    (
        r"/audit/\d+/|before=\d+|randomisation-\d+|[Ll]ink \d+|<dd>\d+(, place \d+ of its list)?</dd>|>\d+</a>|<th>\d+</th>",
        "NUMBER",
    ),
    (r'"(number|head)": ?\d+|up to link \d+', "NUMBER"),
)
"""What differs between any two participants: hashes, tokens, moments, and numbers of links, receipts and places."""


def alike(raw: bytes, who: str) -> str:
    """A page without what differs between any two participants."""
    text = raw.decode().replace(who, "WHO")
    for pattern, word in _OTHERWISE:
        text = re.sub(pattern, word, text)
    return text


@pytest.mark.slow
@pytest.mark.parametrize(
    "masking", [pytest.param(each, marks=() if each == "double" else pytest.mark.long) for each in sorted(_BLINDED)]
)
def test_the_blinded_cannot_tell_two_arms_apart(roomy: Any, vault: Any, masking: str) -> None:
    from django.test import Client
    from django.urls import URLPattern, get_resolver

    from equipoise.web.api.tokens import SCOPES, made
    from equipoise.web.staff.models import Participant

    site: Site = roomy(20, lambda text: text.replace("masking: none", f"masking: {masking}"))
    people = [f"P-{number}" for number in range(6)]
    signed_for(site, people)
    for who in people:
        done = site.client("nurse").post(site.url(f"p/{who}/randomise/"), {"request": token(), "who_you_are": PASSWORD})
        assert done.status_code == 302, done.content.decode()
        site.record(who, {"id": "labs-1", "on": "2026-11-20", "do": "labs", "items": {}})
    arms = dict(Participant.objects.values_list("participant", "arm"))
    one, other = (next(who for who in people if arms[who] == arm) for arm in sorted({*arms.values()}))
    compared, told_apart = 0, []

    def compare(name: str, pages: list[bytes]) -> None:
        nonlocal compared
        compared += 1
        first, second = (alike(raw, who) for raw, who in zip(pages, (one, other), strict=True))
        if first != second:
            told_apart.append(
                (name, [pair for pair in zip(first.split("\n"), second.split("\n"), strict=False) if len({*pair}) > 1])
            )

    routes = [str(each.pattern) for each in get_resolver().url_patterns if isinstance(each, URLPattern)]
    fill = {"slug": site.slug, "activity": "labs", "event_name": "labs-1", "number": "1", "table": "x", "row": "x"}
    unblinded = 0
    for person, role in ROLES.items():
        is_blinded = role in _BLINDED[masking]
        browser, before = site.client(person), len(told_apart)
        for route in [each for each in routes if "<str:who>" in each]:
            addresses = [
                "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found, who=who: {**fill, "who": who}[found[1]], route)
                for who in (one, other)
            ]
            compare(f"{person} {route}", [browser.get(each).content for each in addresses])
        compare(f"{person} audit", [browser.get(site.url(f"audit/?participant={who}")).content for who in (one, other)])
        from equipoise.web.ledger import links

        chains = [list(links(site.slug, participant=who)) for who in (one, other)]
        for pair in zip(*chains, strict=True):
            compare(
                f"{person} audit of {pair[0].kind}", [browser.get(site.url(f"audit/{each.number}/")).content for each in pair]
            )
        _, text = made(site.slug, person, "test", frozenset(SCOPES), 5)
        program = Client(headers={"authorization": f"Bearer {text}"}, raise_request_exception=False)
        for rest in ("chart", "due", "screening"):
            compare(
                f"{person} API {rest}",
                [program.get(f"/api/studies/{site.slug}/participants/{who}/{rest}").content for who in (one, other)],
            )
        if role == "investigator":
            copy = browser.post(site.url("site-copy/"), {"request": token(), "site": "centre"}).content
            with zipfile.ZipFile(io.BytesIO(copy)) as packed:
                compare(f"{person} site copy", [packed.read(f"{who}.html") for who in (one, other)])
                assert ("links.jsonl" in packed.namelist()) is not is_blinded
        if is_blinded:
            assert told_apart[before:] == [], f"{person}, {role}, {told_apart[before:]}"
        else:
            unblinded += len(told_apart) > before
            del told_apart[before:]
    assert unblinded, "who is not blinded does see a difference: the comparison can find one"
    print(f"{masking}: {compared} pairs of pages compared")


def test_lists_that_the_blinded_read_do_not_follow_from_the_arm(opened: Any, tmp_path: Path) -> None:
    """One arm owes visits, misses them and so deviates; the other's pathway is at its end. Lists show the same of both."""
    from equipoise.web.demonstration import give_roles
    from equipoise.web.staff.models import DueItem, Participant
    from equipoise.web.staff.studies import open_study
    from two_arm_study import TEXT

    site: Site = opened("batch-rfa-crlm")
    text = TEXT.format(people=40, method="permuted_blocks", blocks="blocks: [4], ", interim="", ratio="0.5")
    text = text.replace("masking: none", "masking: double").replace("otherwise: treated", "otherwise: done")
    (tmp_path / "two-arms").mkdir()
    (tmp_path / "two-arms" / "study.yaml").write_text(text, encoding="utf-8")
    site.slug = open_study(tmp_path / "two-arms")
    give_roles(site.slug, ROLES)
    committed(site.slug)
    for who, arm in (("P-NEW", "new"), ("P-OLD", "old")):
        site.add(who)
        site.record(who, {"id": "e", "on": "2026-03-01", "do": "enrolment", "items": {"site": "centre"}})
        site.record(who, {"id": "r", "on": "2026-03-02", "do": "randomisation", "items": {"arm": arm}})
        site.record(who, {"id": "c", "on": "2026-11-01", "do": "last_contact"})
    rows = {row.participant: row for row in Participant.objects.filter(study=site.slug)}
    new, old = rows["P-NEW"], rows["P-OLD"]
    assert {new.arm, old.arm} == {"new", "old"}
    shown = ("status", "step", "deviations", "eligibility", "version", "allocated_on")
    assert [getattr(new, each) for each in shown] == [getattr(old, each) for each in shown]
    owed = {
        who: list(DueItem.objects.filter(study=site.slug, participant=who).values_list("activity", "opens", "because"))
        for who in rows
    }
    assert owed["P-NEW"] == owed["P-OLD"]
    page = site.client("nurse").get(site.url("participants/")).content.decode()
    lines = [re.sub(r"P-(NEW|OLD)", "WHO", each) for each in re.findall("<tr>.*?</tr>", page, re.DOTALL) if "P-" in each]
    assert len({*lines}) == 1, lines
