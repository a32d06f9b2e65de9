"""The patients' side: a process of its own that the staff's side reads, that cannot read back what it was told, nor reach the staff's."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import pytest

from bedside import Site, token
from outside import ANSWERS, Browser, Patients, link, patients

__all__ = ["patients"]

SLUG = "pdac-oligo-ablation"


@pytest.fixture
def site(opened: Any) -> Site:
    """The study, with one participant."""
    made: Site = opened(SLUG)
    made.add("P-001")
    return made


def fetched() -> Any:
    from equipoise.web.intake.pull import pull
    from equipoise.web.staff.here import today

    return pull(today())


# --- questionnaires ------------------------------------------------------------------------------------------------


def test_answers_by_link_become_one_event_and_leave_the_patients_side(site: Site, patients: Patients) -> None:
    from equipoise.web.ledger import links

    address = link(site)
    person = patients.browser().ask(address)
    assert "Nobody watches these pages for emergencies" in person.text
    person.send(address, {})
    assert person.url.endswith("/answers/"), (person.status, person.text)
    assert "Nobody watches these pages for emergencies" in person.text
    first = dict(list(ANSWERS.items())[:1])
    hidden = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', person.text)
    assert hidden is not None
    page = person.text
    assert person.ask("/answers/save/", {"csrfmiddlewaretoken": hidden[1], **first}).status == 204
    assert re.search(r'with_treatment" value="4" checked', person.ask("/answers/").text), "saved as one goes"
    assert fetched().answers == 0, "not sent yet"
    person.text = page
    assert "Thank you" in person.send("/answers/", ANSWERS).text
    assert fetched().answers == 1
    assert fetched().answers == 0
    events = [each for each in links(SLUG, participant="P-001", kinds=("event",))]
    assert [(each.by, each.role, each.site, each.body["items"]["with_burden"]) for each in events] == [
        ("participant", "participant", "centre", 2)
    ]
    assert [each.kind for each in links(SLUG, participant="P-001", kinds=("link-made", "link-answered"))] == [
        "link-made",
        "link-answered",
    ]
    assert patients.execute("SELECT reference FROM answers") == patients.execute("SELECT reference FROM invitation") == []
    assert "answered" in site.client("nurse").get(site.url("p/P-001/links/")).content.decode()


def test_a_link_opens_once_in_one_browser_and_expires(site: Site, patients: Patients) -> None:
    address = link(site)
    secret = address.rstrip("/").rpartition("/")[2]
    looked = patients.browser().ask(address)
    assert "Begin" in looked.text
    person = patients.browser().ask(address)
    person.send(address, {})
    other = patients.browser().ask(address)
    assert other.status == 404 and "does not work" in other.text
    assert looked.send(address, {}).status == 404
    assert person.ask(address).url.endswith("/answers/"), "the same browser comes back"
    assert patients.browser().ask("/answers/").status == 404
    person.ask("/answers/")
    person.send("/answers/", ANSWERS)
    page = person.ask("/answers/")
    assert "These answers are sent" in page.text
    for file in patients.folder.glob("*"):
        assert secret.encode() not in file.read_bytes(), f"{file.name} holds the link"
    gone = link(site)
    old = patients.browser().ask(gone)
    _owner(patients, "UPDATE invitation SET expires_at = '2020-01-01 00:00:00'")
    assert old.send(gone, {}).status == 404
    assert person.ask("/answers/").status == 404


def test_two_questionnaires_open_in_one_browser_do_not_get_into_each_other(site: Site, patients: Patients) -> None:
    """Somebody begins one, opens the other link in another tab, and goes on in the first tab: it is the first that is saved."""
    person = patients.browser()
    one, other = link(site), link(site)
    person.ask(one).send(one, {})
    tab = person.text
    person.ask(other).send(other, {})
    first = dict(list(ANSWERS.items())[:1])
    untouched = person.text
    person.text = tab
    assert person.send("/answers/save/", first).status == 204
    kept = patients.execute("SELECT reference FROM answers")
    assert len(kept) == 1, "nothing went to the other"
    person.text = tab
    assert "Thank you" in person.send("/answers/", ANSWERS).text
    assert fetched().answers == 1
    person.text = untouched
    assert "Thank you" in person.send("/answers/", ANSWERS).text, "and the other waits for its own"
    assert person.ask(one).url.endswith("/answers/") or person.status == 404, "what was fetched is gone"


def test_who_goes_back_to_the_first_link_finds_the_first_questionnaire(site: Site, patients: Patients) -> None:
    person = patients.browser()
    one, other = link(site), link(site)
    person.ask(one).send(one, {})
    of = re.search(r'name="of" value="(\w+)"', person.text)
    person.ask(other).send(other, {})
    back = person.ask(one)
    assert of is not None and back.url.endswith("/answers/") and f'name="of" value="{of[1]}"' in back.text
    stranger = patients.browser().ask(one)
    assert stranger.status == 404
    assert stranger.ask("/answers/", {"of": of[1], **ANSWERS}).status in (403, 404), "the name of a questionnaire opens nothing"


def _owner(patients: Patients, statement: str) -> None:
    """A statement in the name of the patients' application itself."""
    if os.environ.get("EQUIPOISE_PATIENTS_DATABASE"):
        import psycopg

        with psycopg.connect(
            os.environ["EQUIPOISE_PATIENTS_DATABASE"], autocommit=True, options="-c search_path=patients"
        ) as held:
            held.execute(statement)  # type: ignore[call-overload]
    else:
        patients.execute(statement)


def test_a_link_that_is_withdrawn_opens_nothing(site: Site, patients: Patients) -> None:
    from equipoise.web.intake.models import PatientLink

    address = link(site)
    told = {"request": token(), "does": "withdraw", "reference": PatientLink.objects.get().reference}
    assert site.client("nurse").post(site.url("p/P-001/links/"), told).status_code == 302
    assert patients.browser().ask(address).status == 404


def test_answers_that_cannot_be_taken_wait_for_a_person(site: Site, patients: Patients) -> None:
    from equipoise.web.intake.models import KeptRow

    address = link(site)
    person = patients.browser().ask(address)
    person.send(address, {})
    person.send("/answers/", ANSWERS)
    _owner(
        patients, f"""UPDATE answers SET fields = '{json.dumps(ANSWERS | {"satisfaction_questionnaire.with_burden": "99"})}'"""
    )
    came = fetched()
    assert (came.answers, came.kept) == (0, 1)
    row = KeptRow.objects.get()
    nurse = site.client("nurse")
    assert nurse.get(site.url(f"imports/row/{row.id}/")).status_code == 200
    told = {"request": token(), "does": "mend", "who": "P-001", **row.told, "satisfaction_questionnaire.with_burden": "3"}
    assert nurse.post(site.url(f"imports/row/{row.id}/"), told).status_code == 302
    assert not KeptRow.objects.exists()


# --- being contacted -----------------------------------------------------------------------------------------------


def asked_to_be_contacted(patients: Patients, name: str = "Maria Beispiel", reach: str = "0170 1234567") -> Browser:
    person = patients.browser().ask(f"/study/{SLUG}/contact/")
    return person.send(f"/study/{SLUG}/contact/", {"request": str(uuid.uuid4()), "name": name, "reach": reach, "may": "yes"})


def test_who_asks_to_be_contacted_is_sealed_and_read_by_the_staff_alone(site: Site, patients: Patients) -> None:
    from equipoise.web.intake.pull import publish
    from equipoise.web.ledger import links

    publish(SLUG)
    page = patients.browser().ask("/")
    assert page.url.endswith(f"/study/{SLUG}/")
    assert "read at about age" in page.text and "Ask to be contacted" in page.text
    assert "Thank you" in asked_to_be_contacted(patients).text
    for file in patients.folder.glob("*"):
        assert b"Maria" not in file.read_bytes() and b"1234567" not in file.read_bytes()
    from equipoise.web.intake import patients_side

    with patients_side._cursor(reading=True) as cursor:
        cursor.execute("SELECT sealed FROM contact")
        assert "Maria" not in str(cursor.fetchall())
    assert fetched().contacts == 1
    assert fetched().contacts == 0
    nurse = site.client("nurse")
    listed = nurse.get(site.url("contacts/")).content.decode()
    name = re.search(r'name="contact" value="([^"]+)"', listed)
    assert name is not None and "Maria" not in listed
    opened = nurse.post(site.url("contacts/"), {"request": token(), "does": "read", "contact": name[1]}).content.decode()
    assert "Maria Beispiel" in opened and "0170 1234567" in opened
    told = [(each.kind, each.by) for each in links(SLUG, kinds=("contact-asked", "identity-read"))]
    assert told == [("contact-asked", "equipoise"), ("identity-read", "nurse")]
    assert "Maria" not in str([each.told for each in links(SLUG)])
    done = {"request": token(), "does": "done", "contact": name[1], "note": "called; wants to think"}
    assert nurse.post(site.url("contacts/"), done).status_code == 302
    with patients_side._cursor(reading=True) as cursor:
        cursor.execute("SELECT count(*) FROM contact")
        assert cursor.fetchone()[0] == 0
    assert site.client("monitor").get(site.url("contacts/")).status_code == 403


def test_the_form_says_what_it_lacks_and_stops_programs(site: Site, patients: Patients) -> None:
    from equipoise.web.intake.pull import publish

    publish(SLUG)
    where = f"/study/{SLUG}/contact/"
    person = patients.browser().ask(where)
    assert person.send(where, {"name": "A"}).status == 422
    assert "how we can reach you" in person.text and "only contact you if you say yes" in person.text
    statuses = [asked_to_be_contacted(patients).status for _ in range(6)]
    assert statuses[-1] == 429
    assert 200 in statuses


# --- apart ---------------------------------------------------------------------------------------------------------


def test_the_patients_role_has_no_rights_on_the_staffs_tables(database: Any, patients: Patients) -> None:
    if not database.database:
        told = (patients.folder / "patients.sqlite3").resolve()
        assert told.parent != database.folder.resolve(), "a file of its own, in a folder of its own"
        pytest.skip("SQLite has no roles: the patients' file is its own, in its own folder")
    import psycopg

    from equipoise.web.intake import patients_side

    tables = []
    with psycopg.connect(database.database) as connection:
        found = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        tables = found.fetchall()
    theirs = {name for schema, name in tables if schema == "patients"}
    ours = {name for schema, name in tables if schema == "public"}
    assert {"contact", "answers", "invitation", "page"} <= theirs and {"ledger_link", "staff_participant"} <= ours
    for variable in ("EQUIPOISE_PATIENTS_DATABASE", patients_side.READ, patients_side.PLACE):
        with psycopg.connect(os.environ[variable], autocommit=True) as connection:
            for name in sorted(ours):
                for statement in (
                    f'SELECT 1 FROM public."{name}"',
                    f'DELETE FROM public."{name}"',
                    f'DROP TABLE public."{name}"',
                ):
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        connection.execute(statement)  # type: ignore[call-overload]
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("CREATE TABLE public.mine (a int)")
    with psycopg.connect(os.environ[patients_side.READ], autocommit=True) as reader:
        for name in sorted(theirs - {"tally", "django_migrations"}):
            reader.execute(f"SELECT * FROM patients.{name}")  # type: ignore[call-overload]
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(f"DELETE FROM patients.{name}")  # type: ignore[call-overload]
    with psycopg.connect(os.environ[patients_side.PLACE], autocommit=True) as placer:
        for statement in ("SELECT fields FROM patients.answers", "SELECT sealed FROM patients.contact"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                placer.execute(statement)


def test_the_patients_process_is_told_nothing_of_the_desk(database: Any, patients: Patients) -> None:
    """Its environment names no desk, no ledger, no identity; its settings know no staff."""
    from equipoise.web.intake import patients_side

    assert not [each for each in patients_side.PASSED if each in ("EQUIPOISE_DESK", "EQUIPOISE_DATABASE", "EQUIPOISE_IDENTITY")]
    assert all("READ" not in each and "PLACE" not in each for each in patients_side.PASSED)
    code = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'equipoise.web.patients.settings'\n"
        "import django; django.setup()\n"
        "from django.conf import settings; from django.urls import get_resolver\n"
        "import equipoise.web.patients.urls, equipoise.web.patients.wsgi\n"
        "print(*sorted(n for n in sys.modules if n.startswith('equipoise.web') and not n.startswith('equipoise.web.patients')))\n"
        "print(*settings.INSTALLED_APPS); print(*[str(p.pattern) for p in get_resolver().url_patterns])"
    )
    environment = {key: os.environ[key] for key in patients_side.PASSED if key in os.environ} | {
        "EQUIPOISE_PATIENTS": str(patients.folder)
    }
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    modules, apps, routes = ran.stdout.splitlines()
    assert modules.split() == ["equipoise.web"]
    assert apps.split() == ["equipoise.web.patients"]
    assert routes.split() == ["study/<slug:study>/", "study/<slug:study>/contact/", "l/<str:token>/", "answers/", "answers/save/",
                              "file/<str:name>", "health"]  # fmt: skip
    secret = (database.folder / "patients.key").read_text()
    assert all(secret.encode() not in each.read_bytes() for each in patients.folder.glob("*"))


def test_the_patients_process_ends_with_the_desk_that_was_killed(tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    code = (
        "import django, time; django.setup()\nfrom equipoise.web.intake.patients_side import started\n"
        f"started({port}); time.sleep(120)"
    )
    environment = {**os.environ, "EQUIPOISE_DESK": str(tmp_path / "desk"), "DJANGO_SETTINGS_MODULE": "equipoise.web.settings"}
    environment.pop("EQUIPOISE_PATIENTS", None)
    (tmp_path / "desk").mkdir()
    desk = subprocess.Popen([sys.executable, "-c", code], env=environment)

    def answers() -> bool:
        try:
            urllib.request.urlopen(f"http://localhost:{port}/health", timeout=5).close()
        except OSError:
            return False
        return True

    def within(seconds: int, *, up: bool) -> bool:
        for _ in range(seconds * 5):
            if answers() == up:
                return True
            time.sleep(0.2)
        return False

    assert within(60, up=True)
    desk.kill()
    desk.wait()
    assert within(20, up=False)


def test_hostile_requests_do_nothing(site: Site, patients: Patients) -> None:
    from equipoise.web.intake.pull import publish

    publish(SLUG)
    person = patients.browser()
    for where in ("/study/x/", "/s/pdac-oligo-ablation/", "/sign-in/", "/api/openapi.json", "/l/..%2f..%2fetc/", "/file/..%2fsettings.py",
                  "/l/%00/", "/study/%27%3B--/", "/l/" + "x" * 4000 + "/", "/?a=%00", "/answers/?x=%0d%0aSet-Cookie:a"):  # fmt: skip
        assert person.ask(where).status in (400, 404), (where, person.status)
        assert "Traceback" not in person.text
    for name in (
        "<script>alert(1)</script>",
        "{{ 7*7 }}{% debug %}",
        "'; DROP TABLE contact;--",
        "\u202eevil",
        "=cmd()",
        "x" * 5000,
        "a\x00b",
    ):
        page = person.ask(f"/study/{SLUG}/contact/")
        page.send(f"/study/{SLUG}/contact/", {"name": name, "reach": name})
        assert page.status in (422, 429)
        assert "<script>alert" not in page.text and ">49<" not in page.text and "\u202e" not in page.text
    assert person.ask(f"/study/{SLUG}/contact/", b"x" * 300_000).status in (413, 400)
    assert (
        person.ask(f"/study/{SLUG}/contact/", b"--b\r\n", **{"Content-Type": "multipart/form-data; boundary=b"}).status == 415
    )
    assert person.ask(f"/study/{SLUG}/contact/", {"name": "no token"}).status == 403
    assert person.ask("/answers/", {}, method="DELETE").status == 405
    policy = person.ask(f"/study/{SLUG}/").headers["Content-Security-Policy"]
    assert "unsafe" not in policy and "http" not in policy
    assert not re.search(r"<script[^>]*>[^<]|\sstyle=|\son\w+=|<style", person.text)
    assert patients.browser().ask("/answers/save/", {}).status in (403, 410)


def test_links_are_not_guessed_for_long(site: Site, patients: Patients) -> None:
    person = patients.browser()
    statuses = [person.ask(f"/l/{uuid.uuid4().hex}/").status for _ in range(32)]
    assert statuses[0] == 404 and statuses[-1] == 429


def test_our_own_words_are_easy_to_read() -> None:
    from equipoise import load, shipped
    from equipoise.reports.plain_page import LEVEL, own_words, reading_age
    from equipoise.web.patients import wording

    assert reading_age(wording.sentences()).grade <= LEVEL
    for folder in sorted(shipped().iterdir()):
        if (folder / "study.yaml").is_file():
            assert reading_age(own_words(load(folder))).grade <= LEVEL, folder.name


def test_only_the_staffs_key_opens_what_is_sealed() -> None:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    from equipoise.web.patients.sealing import Sealed, opened, sealed

    staff, other = X25519PrivateKey.generate(), X25519PrivateKey.generate()
    public = staff.public_key().public_bytes_raw()
    message = sealed("Zoë, 0170", public)
    assert opened(message, staff) == "Zoë, 0170"
    assert sealed("Zoë, 0170", public) != message
    assert len(sealed("a", public)) == len(sealed("b" * 200, public)), "lengths tell less"
    for wrong in (message[:-8] + "AAAAAAA=", message[8:], "", "?" * 80):
        with pytest.raises(Sealed):
            opened(wrong, staff)
    with pytest.raises(Sealed):
        opened(message, other)
