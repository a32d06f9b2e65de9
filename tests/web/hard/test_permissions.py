"""Who is let in where: each address of the URL map, each kind of person, looking and sending; against the table beside this.

`permissions.yaml` was read by a person line by line. An address that is not in it fails here; `--accept` writes it anew.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bedside import ROLES, Site, token

TABLE = Path(__file__).with_name("permissions.yaml")
TWO_SITES = (
    "  centre: {label: The centre, country: China}",
    "  centre: {label: The centre, country: China}\n  north: {label: The north, country: China}",
)
OPEN = {"account_login", "account_logout", "file", "health", "metrics", "api:openapi-json"}
"""What somebody may look at who is not signed in; metrics only from the machine itself."""


def two_sites(text: str) -> str:
    assert TWO_SITES[0] in text
    return text.replace(*TWO_SITES)


def addresses() -> Iterator[tuple[str, str]]:
    """Every address there is, by its name: the pattern of its path."""
    from django.urls import URLPattern, get_resolver

    def walk(patterns: Any, before: str, space: str) -> Iterator[tuple[str, str]]:
        for each in patterns:
            path = f"{before}{each.pattern}"
            if isinstance(each, URLPattern):
                yield f"{space}{each.name}", path
            else:
                yield from walk(each.url_patterns, path, f"{each.namespace}:" if each.namespace else space)

    yield from walk(get_resolver().url_patterns, "", "")


def grant(site: Site, name: str, role: str, at: str = "") -> None:
    """A user with one role at one site."""
    from django.contrib.auth.models import User

    from equipoise.web.demonstration import give_roles

    if not User.objects.filter(username=name).exists():
        User.objects.create_user(name, password="a long enough password")
    if role:
        give_roles(site.slug, {name: role}, site=at)


def desk(roomy: Any) -> tuple[Site, dict[str, str]]:
    """Two sites, a participant at one of them of whom something is known, and what the parts of addresses stand for."""
    site: Site = roomy(60, two_sites)
    site.add("P-001")
    site.record("P-001", {"id": "labs-1", "on": "2026-11-04", "do": "labs", "items": {"alt": "30 U/L"}})
    for name, role, at in (("north", "coordinator", "north"), ("north-doctor", "investigator", "north"), ("stranger", "", "")):
        grant(site, name, role, at)
    parts = {
        "slug": site.slug, "who": "P-001", "activity": "labs", "event_name": "labs-1", "number": "3", "table": "x", "row": "x",
        "standard": "odm", "version": "x", "name": "equipoise.css", "key": "x", "pk": "1",
    }  # fmt: skip
    return site, parts


def filled(path: str, parts: dict[str, str]) -> str:
    """An address from its pattern."""
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: parts[found[1]], path).lstrip("^").rstrip("$").replace("\\Z", "")


def client(site: Site, person: str) -> Any:
    """Somebody's browser."""
    from django.test import Client

    return Client(raise_request_exception=False) if person == "nobody" else site.client(person)


@pytest.mark.slow
def test_every_address_answers_each_person_as_the_table_says(roomy: Any, vault: Any, request: pytest.FixtureRequest) -> None:
    site, parts = desk(roomy)
    people = ["nobody", "stranger", *ROLES, "north", "north-doctor"]
    found: dict[str, dict[str, dict[int, str]]] = {}
    for name, path in addresses():
        for method in ("GET", "POST"):
            by: dict[int, list[str]] = {}
            for person in people:
                browser = client(site, person)
                browser.raise_request_exception = False
                ask = browser.get if method == "GET" else browser.post
                by.setdefault(ask(filled(path, parts)).status_code, []).append(person)
            found.setdefault(f"{name} {path}", {})[method] = {status: " ".join(who) for status, who in sorted(by.items())}
    assert not [name for name, each in found.items() for by in each.values() if any(status >= 500 for status in by)]
    if request.config.getoption("accept"):
        TABLE.write_text(yaml.safe_dump(found, sort_keys=False, width=200), encoding="utf-8")
    expected = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    assert set(found) == set(expected), "every address has its expected answer"
    assert found == expected
    for name, each in expected.items():
        if name.split()[0] not in OPEN:
            assert "nobody" not in each["GET"].get(200, "").split(), name


@pytest.mark.slow
def test_what_belongs_to_another_site_is_refused_wherever_its_name_is_put(roomy: Any, vault: Any) -> None:
    from django.test import Client

    from equipoise.web.api.tokens import SCOPES, made
    from equipoise.web.ledger import head, links
    from equipoise.web.staff.models import Participant

    site, parts = desk(roomy)
    told = {"request": token(), "event": "labs-1", "field": "alt", "says": "Is this right?"}
    site.client("monitor").post(site.url("p/P-001/queries/"), told | {"does": "open"})
    own = "N-001"
    from equipoise.web.ledger import Draft, append

    append(
        site.slug,
        [Draft(by="north", role="coordinator", kind="participant-added", site="north", participant=own)],
        request=token(),
    )
    before = head(site.slug).number
    asked = 0
    for person in ("north", "north-doctor"):
        browser = site.client(person)
        browser.raise_request_exception = False
        for name, path in addresses():
            if "<str:who>" in path and path.startswith("s/"):
                for ask in (browser.get, browser.post):
                    answer = ask(filled(path, parts), {"request": token()} if ask == browser.post else {})
                    refused = (404,) if ask == browser.get else (404, 405)  # 405: nobody sends there, whoever it is of
                    assert answer.status_code in refused, (name, answer.status_code)
                    asked += 1
            elif path.startswith("s/") and "<" not in path.replace("<slug:slug>", ""):
                for query in ("who", "participant", "site", "q", "search", "event", "query", "contact", "token", "row", "step"):
                    for value in ("P-001", "centre", "labs-1"):
                        answer = browser.get(filled(path, parts), {query: value})
                        assert answer.status_code in (200, 403, 404), (name, query)
                        page = re.sub(r'value="[^"]*"', "", answer.content.decode(errors="replace"))
                        assert "p/P-001/" not in page and "labs-1" not in page, (name, query, value)
                        asked += 1
    nurse, doctor = site.client("north"), site.client("north-doctor")
    new = {"request": token(), "participant": "N-002", "site": "centre"}
    assert nurse.post(site.url("participants/new/"), new).status_code == 422
    assert doctor.post(site.url("site-copy/"), {"request": token(), "site": "centre"}).status_code == 422
    # an event of the other site's participant, named in the address of one's own
    assert nurse.get(site.url(f"p/{own}/event/labs-1/correct/")).status_code == 404
    mine = {"request": token(), "reason": "x", "labs.alt": "31", "participant": "P-001", "who": "P-001"}
    assert nurse.post(site.url(f"p/{own}/event/labs-1/correct/"), mine).status_code == 404
    sent = {**mine, "request": token(), "labs.on": "2026-11-05", "site": "centre"}
    saved = nurse.post(site.url(f"p/{own}/record/labs/"), sent)
    assert saved.status_code == 302
    (link,) = links(site.slug, after=head(site.slug).number - 1)
    assert (link.participant, link.site, link.body["participant"]) == (own, "north", own), (
        "what a form says of these is not heard"
    )
    # programs
    _, text = made(site.slug, "north", "test", frozenset(SCOPES), 5)
    program = Client(headers={"authorization": f"Bearer {text}"}, raise_request_exception=False)
    base = f"/api/studies/{site.slug}/participants"
    assert "P-001" not in program.get(base).content.decode()
    for rest in ("chart", "due", "screening"):
        assert program.get(f"{base}/P-001/{rest}").status_code == 404
        assert program.get(f"{base}/{own}/{rest}").status_code == 200
    body = {"activity": "labs", "on": "2026-11-05", "items": {"alt": 30}, "request": token()}
    assert program.post(f"{base}/P-001/events", body, content_type="application/json").status_code == 404
    # another study, with a token and a session of this one
    assert program.get("/api/studies/batch-rfa-crlm/participants").status_code == 404
    assert nurse.get("/s/batch-rfa-crlm/").status_code == 404
    theirs = [each for each in links(site.slug, after=before) if each.by.startswith("north") and each.participant == "P-001"]
    assert theirs == [] and Participant.objects.get(study=site.slug, participant="P-001").number <= before
    print(f"{asked} addresses asked with another site's names")
