"""Sessions and signing in: what is tried at the door, what every answer carries, and what every template keeps to."""

import re
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import equipoise.web
from bedside import PASSWORD, Site, token

WEB = Path(equipoise.web.__file__).parent


def stranger(**more: Any) -> Any:
    """A browser in which nobody is signed in."""
    from django.test import Client

    return Client(raise_request_exception=False, **more)


def sign_in(browser: Any, name: str, password: str = PASSWORD) -> Any:
    """The form of the door."""
    return browser.post("/sign-in/", {"login": name, "password": password})


def test_after_wrong_passwords_the_right_one_is_not_taken_either(opened_on_sqlite: Any) -> None:
    opened_on_sqlite("pdac-oligo-ablation")
    browser = stranger()
    for _ in range(5):
        assert sign_in(browser, "nurse", "wrong").status_code == 200
    locked = sign_in(stranger(), "nurse")
    assert locked.status_code != 302 and not locked.wsgi_request.user.is_authenticated, "from another browser neither"
    assert sign_in(stranger(), "doctor").status_code == 302, "others are not locked out"


@pytest.mark.parametrize("host", ["localhost:{}", "LOCALHOST:{}"])
def test_wrong_passwords_are_counted_by_whose_they_are_and_not_by_what_the_desk_is_called(
    opened_on_sqlite: Any, host: str
) -> None:
    from django.test import Client

    opened_on_sqlite("batch-rfa-crlm")
    names = ["nurse", "Nurse", "NURSE", "nur\u017fe", "nurse "]  # a database may take the long s for an s
    for number, name in enumerate(names):
        told = {"login": name, "password": "wrong"}
        assert Client(headers={"host": host.format(8000 + number)}).post("/sign-in/", told).status_code == 200
    browser = Client(headers={"host": host.format(9000)})
    assert browser.post("/sign-in/", {"login": "nurse", "password": PASSWORD}).status_code == 200
    assert "desk" not in browser.cookies, "nobody is signed in"


def test_who_does_not_exist_is_answered_as_who_gives_a_wrong_password(opened_on_sqlite: Any) -> None:
    opened_on_sqlite("pdac-oligo-ablation")

    def words(name: str) -> str:
        page = sign_in(stranger(), name, "wrong").content.decode()
        return re.sub(r'value="[^"]*"|"[A-Za-z0-9]{64}"', "", page).replace(name, "")

    assert words("nurse") == words("nobody-of-that-name")


def test_signing_in_changes_the_session_and_an_old_one_is_worth_nothing(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite("pdac-oligo-ablation")
    browser = stranger()
    browser.cookies["desk"] = "chosen-by-an-attacker-0000000000"
    assert sign_in(browser, "nurse").status_code == 302
    kept = browser.cookies["desk"].value
    assert kept != "chosen-by-an-attacker-0000000000" and len(kept) >= 32
    assert browser.cookies["desk"]["httponly"] and browser.cookies["desk"]["samesite"] == "Lax"
    other = stranger()
    other.cookies["desk"] = "chosen-by-an-attacker-0000000000"
    assert other.get(site.url()).status_code == 302
    assert browser.get(site.url()).status_code == 200
    browser.post("/sign-in/out/")
    other.cookies["desk"] = kept
    assert other.get(site.url()).status_code == 302, "a session that was ended does not come back"


@pytest.mark.parametrize("limit", ["idle", "most"])
def test_a_session_ends_when_it_is_idle_or_old(opened_on_sqlite: Any, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    from django.conf import settings

    from equipoise.web import security

    site: Site = opened_on_sqlite("pdac-oligo-ablation")
    browser, now = site.client("nurse"), time.time()
    assert browser.get(site.url()).status_code == 200
    moments = (
        [settings.SESSION_IDLE + 60]
        if limit == "idle"
        else [*range(0, settings.SESSION_MOST, settings.SESSION_IDLE - 60), settings.SESSION_MOST + 60]
    )
    statuses = []
    for after in moments:
        monkeypatch.setattr(security.time, "time", lambda after=after: now + after)
        statuses.append(browser.get(site.url()).status_code)
    assert statuses[-1] == 302 and set(statuses[:-1]) <= {200}
    monkeypatch.setattr(security.time, "time", lambda: now)
    assert browser.get(site.url()).status_code == 302


def test_no_form_is_taken_without_the_proof_that_a_page_of_ours_made_it(opened_on_sqlite: Any) -> None:
    from django.test import Client
    from django.urls import get_resolver

    site: Site = opened_on_sqlite("pdac-oligo-ablation")
    site.add("P-001")
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.cookies = site.client("nurse").cookies
    parts = {"slug": site.slug, "who": "P-001", "activity": "labs", "event_name": "x", "number": "1", "table": "x", "row": "x"}
    asked = 0
    for each in get_resolver().url_patterns:
        path = str(each.pattern)
        if path.startswith(("api/", "static/")) or not hasattr(each, "callback"):
            continue
        address = "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: parts[found[1]], path)
        answer = browser.post(
            address, {"request": token(), "who_you_are": PASSWORD}, headers={"origin": "https://elsewhere.example"}
        )
        if path in ("health", "metrics", ""):
            continue  # they change nothing
        assert answer.status_code == 403 and b"load the page again" in answer.content, (path, answer.status_code)
        asked += 1
    assert asked > 40


def test_what_needs_the_password_once_more_is_not_done_by_a_direct_post(opened: Any) -> None:
    from equipoise.web.ledger import head

    site: Site = opened("pdac-oligo-ablation")
    site.add("P-001")
    before = head(site.slug).number
    asked = (
        ("nurse", "p/P-001/randomise/", {}), ("doctor", "p/P-001/sign-eligibility/", {"shown": "0" * 64}),
        ("data", "lock/", {"reason": "done", "shown": "0" * 64}), ("admin", "people/", {"does": "give", "user": "eve", "role": "monitor"}),
        ("admin", "access/", {"shown": "0" * 64}), ("admin", "amendments/", {"does": "sign", "text": "study: x"}),
        ("nurse", "tokens/", {"label": "x", "scope": "see_study", "days": "5"}),
        ("board", "p/P-001/board/", {"option": "x", "members": "3", "reason": "x", "shown": "0" * 64}),
        ("doctor", "p/P-001/unblind/", {"reason": "x", "purpose": "Something else"}),
    )  # fmt: skip
    for person, path, told in asked:
        for password in ({}, {"who_you_are": ""}, {"who_you_are": "wrong"}, {"who_you_are": "000000"}):
            browser = site.client(person)
            browser.session.update({"fresh": time.time(), "account_authentication_methods": [{"at": time.time()}]})
            answer = browser.post(site.url(path), {"request": token(), **told, **password})
            assert answer.status_code in (422, 404), (path, password, answer.status_code)
        from django.core.cache import cache

        cache.clear()
    assert head(site.slug).number == before, "nothing was written"


def test_wrong_passwords_beside_the_button_end_the_session(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite("pdac-oligo-ablation")
    site.add("P-001")
    browser = site.client("nurse")
    for _ in range(5):
        browser.post(site.url("p/P-001/randomise/"), {"request": token(), "who_you_are": "wrong"})
    assert browser.get(site.url()).status_code == 302
    again = site.client("nurse").post(site.url("p/P-001/randomise/"), {"request": token(), "who_you_are": PASSWORD})
    assert again.status_code == 422 and b"Too many wrong passwords" in again.content


def test_without_a_second_factor_nothing_but_setting_one_up_is_open(database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.conf import settings

    monkeypatch.setattr(settings, "PASSWORD_HASHERS", ["django.contrib.auth.hashers.MD5PasswordHasher"])
    site = Site("pdac-oligo-ablation")
    browser = site.client("nurse")
    for path in ("", "participants/", "participants/new/", "study/", "tokens/"):
        for ask in (browser.get, browser.post):
            answer = ask(site.url(path))
            assert answer.status_code == 302 and "/sign-in/second/totp/activate/" in answer["Location"]


# --- what every answer and every template keeps to ---------------------------------------------------------------------


class Marks(HTMLParser):
    """What a page would run or load."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.inside = tag
        self.wrong += [f"<{tag} {name}>" for name in told if name.startswith("on") or name == "style"]
        if tag in ("style", "iframe", "object", "embed", "base"):
            self.wrong.append(f"<{tag}>")
        if tag == "script" and not told.get("src"):
            self.wrong.append("<script> inline")
        for name in ("src", "action", "formaction", "data", "poster", "srcset") + (
            ("href",) if tag in ("link", "use", "image") else ()
        ):
            value = (told.get(name) or "").strip().lower()
            if re.match(r"(https?:)?//", value) or value.startswith("javascript:"):
                self.wrong.append(f'<{tag} {name}="{value[:60]}">')
        if (told.get("href") or "").strip().lower().startswith(("javascript:", "data:")):
            self.wrong.append(f"<{tag} href>")

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""


def wrong_marks(text: str) -> list[str]:
    """What in a page the policy would stop."""
    marks = Marks()
    marks.feed(text)
    return marks.wrong


def test_what_the_policy_would_stop_is_seen() -> None:
    for text in ('<p style="x">', "<script>x</script>", '<img src="https://a.example/x">', '<a onclick="x">', "<a href='javascript:x'>",
                 '<link href="//a.example/x.css">', "<style>p {}</style>"):  # fmt: skip
        assert wrong_marks(text), text
    assert wrong_marks('<a href="/x">y</a><script src="/static/x.js"></script>') == []


@pytest.mark.parametrize("file", sorted(WEB.rglob("templates/**/*.html")), ids=lambda file: file.name)
def test_no_template_has_anything_inline_or_from_elsewhere(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    bare = re.sub(r"\{%.*?%\}|\{#.*?#\}", "", re.sub(r"\{\{.*?\}\}", "x", text, flags=re.DOTALL), flags=re.DOTALL)
    if "site-copy" not in file.name:  # a file that is taken away, and opened without us: it brings its own style
        assert wrong_marks(bare) == []
    if (file.parent.name, file.name) != ("patients", "page.html"):  # reports.plain_page's marks: see test_hostile
        assert not re.search(r"\|\s*safe\b(?!seq)|autoescape off", text), "nothing is taken for marks that a person wrote"


def test_every_answer_carries_the_policy(opened_on_sqlite: Any) -> None:
    from equipoise.web.files import FILES, address
    from equipoise.web.security import POLICY

    site: Site = opened_on_sqlite("pdac-oligo-ablation")
    site.add("P-001")
    nurse = site.client("nurse")
    nurse.raise_request_exception = False
    rest = [
        "",
        "participants/",
        "study/",
        "p/P-001/",
        "p/P-001/screening/",
        "p/P-001/calendar.ics",
        "audit/",
        "p/none/",
        "p/P-001/randomise/",
    ]
    found = [
        (each, nurse.get(each))
        for each in (*map(site.url, rest), "/", "/sign-in/again/", "/nowhere", "/health", *map(address, FILES))
    ]
    found += [("sign in", stranger().get("/sign-in/")), ("forged", stranger(enforce_csrf_checks=True).post("/sign-in/")),
              ("api", stranger().get("/api/studies/x")), ("unseen", nurse.get("/%00")), ("a host", stranger(HTTP_HOST="a.example").get("/"))]  # fmt: skip
    assert "'unsafe" not in POLICY and "http" not in POLICY and "*" not in POLICY and POLICY.startswith("default-src 'none'")
    for name, answer in found:
        assert answer["Content-Security-Policy"] == POLICY, name
        assert answer["X-Frame-Options"] == "DENY" and answer["X-Content-Type-Options"] == "nosniff", name
        assert answer["Referrer-Policy"] == "same-origin", name
        assert "no-store" in answer["Cache-Control"] or "immutable" in answer["Cache-Control"], name
        if answer["Content-Type"].startswith("text/html"):
            assert wrong_marks(answer.content.decode()) == [], name
