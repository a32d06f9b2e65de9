"""Who comes in, for how long, and what every answer carries."""

import re
import time
from typing import Any

import pytest

from bedside import PASSWORD, Site, token


@pytest.fixture
def strict(opened_on_sqlite: Any, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A study at a desk that is no demonstration: a second factor is needed."""
    from dataclasses import replace

    from django.conf import settings

    site: Site = opened_on_sqlite("pdac-oligo-ablation")
    monkeypatch.setattr(settings, "DESK", replace(settings.DESK, is_demonstration=False))
    return site


def code(secret: str) -> str:
    """The code that an authenticator shows now."""
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def test_nobody_gets_past_the_door_without_a_second_factor(strict: Site) -> None:
    from django.test import Client

    browser = Client()
    told = browser.post("/sign-in/", {"login": "nurse", "password": PASSWORD})
    assert told.status_code == 302
    for address in ("/", strict.url(), strict.url("participants/")):
        assert browser.get(address).headers["Location"].endswith("/sign-in/second/totp/activate/")
    asked = browser.get("/sign-in/second/totp/activate/").headers["Location"]  # who are you, once more
    assert browser.post(asked, {"password": PASSWORD}).status_code == 302
    first = browser.get("/sign-in/second/totp/activate/")
    assert first.status_code == 200, first.headers
    page = first.content.decode()
    assert 'src="data:image/svg+xml' in page
    secret = browser.session["mfa.totp.secret"]
    assert browser.post("/sign-in/second/totp/activate/", {"code": "000000"}).status_code == 200
    assert browser.post("/sign-in/second/totp/activate/", {"code": code(secret)}).status_code == 302
    assert browser.get(strict.url()).status_code == 200
    assert "recovery" in browser.get("/sign-in/second/recovery-codes/").content.decode().lower()
    # the next time the code is asked for
    again = Client()
    told = again.post("/sign-in/", {"login": "nurse", "password": PASSWORD})
    assert told.headers["Location"].startswith("/sign-in/second/authenticate/")
    assert again.get(strict.url()).headers["Location"].startswith("/sign-in/")
    assert again.get("/sign-in/second/authenticate/").status_code == 200


def test_a_session_ends_after_half_an_hour_of_nothing_and_after_twelve_hours(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite("pdac-oligo-ablation")
    for key, ago in (("seen", 31 * 60), ("began", 12 * 3600 + 60)):
        browser = site.client("nurse")
        assert browser.get(site.url()).status_code == 200
        session = browser.session
        session[key] = time.time() - ago
        session.save()
        assert browser.get(site.url()).headers["Location"].startswith("/sign-in/")
        assert browser.get(site.url()).status_code == 302


def test_five_wrong_passwords_close_the_account_for_a_while(opened_on_sqlite: Any) -> None:
    from django.test import Client

    opened_on_sqlite("pdac-oligo-ablation")
    browser = Client()
    for _ in range(5):
        browser.post("/sign-in/", {"login": "nurse", "password": "wrong"})
    told = browser.post("/sign-in/", {"login": "nurse", "password": PASSWORD})
    assert told.status_code == 200 and "too many" in told.content.decode().lower()


def test_five_wrong_confirmations_end_the_session(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite("pdac-oligo-ablation")
    admin = site.client("admin")
    told = {"user": "eve", "role": "auditor", "site": "", "does": "give", "who_you_are": "wrong"}
    for _ in range(5):
        assert admin.post(site.url("people/"), {**told, "request": token()}).status_code == 422
    assert admin.get(site.url("people/")).status_code == 302
    again = site.client("admin")
    assert again.post(site.url("people/"), {**told, "request": token(), "who_you_are": PASSWORD}).status_code == 422


def test_every_answer_forbids_what_is_inline_and_what_is_from_elsewhere(opened_on_sqlite: Any) -> None:
    from django.test import Client

    site: Site = opened_on_sqlite("pdac-oligo-ablation")
    who = site.add()
    nurse = site.client("nurse")
    for browser, address in ((Client(), "/sign-in/"), (nurse, site.url()), (nurse, site.url(f"p/{who}/screening/")),
                             (nurse, "/nowhere"), (nurse, site.url("people/"))):  # fmt: skip
        response = browser.get(address)
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        text = response.content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\son[a-z]+=", text), address
        assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", text), address


def test_templates_hold_nothing_inline() -> None:
    from pathlib import Path

    import equipoise.web

    for file in Path(equipoise.web.__file__).parent.rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:|hx-on", text), file
        assert "autoescape off" not in text, file
        assert "|safe" not in text or "patients" in file.parts, file  # the plain page, which reports make and escape


def test_a_form_from_elsewhere_is_refused(opened_on_sqlite: Any) -> None:
    from django.contrib.auth.models import User
    from django.test import Client

    site: Site = opened_on_sqlite("pdac-oligo-ablation")
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(User.objects.get(username="nurse"), backend="django.contrib.auth.backends.ModelBackend")
    response = browser.post(site.url("participants/new/"), {"request": token(), "participant": "P-1", "site": "centre"})
    assert response.status_code == 403 and "load the page again" in response.content.decode()


def test_a_fault_shows_a_number_and_nothing_else(
    opened_on_sqlite: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from equipoise.web.errors import Valueless

    site: Site = opened_on_sqlite("pdac-oligo-ablation")
    nurse = site.client("nurse")
    nurse.raise_request_exception = False

    def fails(*_: Any) -> None:
        raise ValueError("Nobody At All, born 1961-05-23")

    monkeypatch.setattr("equipoise.web.staff.projections.refresh", fails)
    with caplog.at_level("ERROR"):
        page = nurse.get(site.url())
    assert page.status_code == 500
    text = page.content.decode()
    number = re.search(r"<code>([0-9a-f]{8})</code>", text)
    assert number is not None and "Nobody" not in text and "Traceback" not in text
    lines = [Valueless().format(each) for each in caplog.records]
    assert any(number[1] in each and "ValueError at" in each for each in lines)
    assert not any("Nobody" in each for each in lines)


def test_hidden_characters_are_taken_out_or_refused(opened: Any) -> None:
    site: Site = opened("pdac-oligo-ablation")
    who = site.add()
    nurse = site.client("nurse")
    assert nurse.get(site.url("participants/?q=%00")).status_code == 400
    assert nurse.get("/s/pdac%00/").status_code == 400
    told = {"request": token(), "last_contact.on": "2026-11-01", "last_contact.note": "a\x00b\u202ec <b>{{ 7|add:7 }}</b>"}
    assert nurse.post(site.url(f"p/{who}/record/last_contact/"), told).status_code == 302
    page = nurse.get(site.url(f"p/{who}/")).content.decode()
    assert "abc &lt;b&gt;{{ 7|add:7 }}&lt;/b&gt;" in page
