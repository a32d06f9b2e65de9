"""What comes from outside, for tests: the patients' side in its own process, a browser at it, and tables of results."""

import http.cookiejar
import re
import socket
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from bedside import Site, token


class Browser:
    """A browser at the patients' side, with cookies of its own."""

    def __init__(self, base: str) -> None:
        self.base, self.jar = base, http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.status, self.text, self.url = 0, "", ""
        self.headers: Any = {}

    def ask(
        self, where: str, told: dict[str, str] | bytes | None = None, *, method: str | None = None, **headers: str
    ) -> "Browser":
        address = where if where.startswith("http") else self.base + where
        data = urllib.parse.urlencode(told).encode() if isinstance(told, dict) else told
        asked = urllib.request.Request(address, data, {"Referer": self.base + "/", **headers}, method=method)
        try:
            answer = self.opener.open(asked, timeout=20)
        except urllib.error.HTTPError as why:
            answer = why
        with answer:
            self.status, self.headers, self.url = answer.status, answer.headers, answer.url
            self.text = answer.read().decode()
        return self

    def send(self, where: str, told: dict[str, str]) -> "Browser":
        """A form of the page that is open, filled in."""
        hidden = dict(re.findall(r'type="hidden" name="(csrfmiddlewaretoken|of)" value="([^"]+)"', self.text))
        return self.ask(where, {"csrfmiddlewaretoken": "", **hidden, **told})


class Patients:
    """The patients' side of a test's desk, in its own process."""

    def __init__(self, address: str, folder: Path) -> None:
        self.address, self.folder = address, folder

    def browser(self) -> Browser:
        return Browser(self.address)

    def execute(self, statement: str) -> list[Any]:
        """A statement on their database, with all rights on it."""
        from equipoise.web.intake import patients_side

        with patients_side._cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []


@pytest.fixture
def patients(database: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Patients]:
    """Their application, beside the test's desk: on PostgreSQL in the very database that the ledger is in, under its own role."""
    from equipoise.web.intake import patients_side
    from equipoise.web.patients import rights

    folder = tmp_path / "patients"
    monkeypatch.setenv("EQUIPOISE_PATIENTS", str(folder))
    if database.database:
        name = urllib.parse.urlsplit(database.database).path[1:]
        import psycopg

        with psycopg.connect(database.database, autocommit=True) as connection:
            for each in rights.roles(name):
                connection.execute(each)
        told = {
            "EQUIPOISE_PATIENTS_DATABASE": rights.PATIENTS,
            patients_side.READ: rights.READER,
            patients_side.PLACE: rights.PLACER,
        }
        for variable, role in told.items():
            monkeypatch.setenv(variable, database.database.replace("//desk@", f"//{role}@"))
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    process = patients_side.started(port)
    address = f"http://localhost:{port}"
    monkeypatch.setenv("EQUIPOISE_PATIENTS_ADDRESS", address)
    try:
        for _ in range(150):
            try:
                urllib.request.urlopen(f"{address}/health", timeout=5).close()
                break
            except OSError:
                assert process.poll() is None, "the patients' application ended"
                time.sleep(0.1)
        yield Patients(address, folder)
    finally:
        process.terminate()
        process.wait(20)


def link(site: Site, who: str = "P-001", **told: str) -> str:
    """A one-time link that a nurse made on the page."""
    given = {"request": token(), "does": "give", "activity": "satisfaction_questionnaire", "days": "14", **told}
    page = site.client("nurse").post(site.url(f"p/{who}/links/"), given).content.decode()
    shown = re.search(r"<code>(http[^<]+)</code>", page)
    assert shown is not None, re.sub(r"<[^>]+>", " ", page)[-1500:]
    return shown[1]


ANSWERS = {f"satisfaction_questionnaire.{name}": value for name, value in
           {"with_treatment": "4", "with_burden": "2", "with_information": "5", "would_choose_again": "4"}.items()}  # fmt: skip


WIDE = """Patient,Sample date,CA 19-9,Bilirubin,Albumin
P-001,2026-11-03,37,11.5,41
P-001,2026-11-10,45,12,40
P-404,2026-11-03,37,11,41
P-001,2026-13-03,37,11,41
P-001,2026-11-12,much,11,41
"""


def sent(
    site: Site, text: str | bytes, name: str = "labs.csv", *, by: str = "nurse", columns: dict[str, str] | None = None
) -> Any:
    """A table sent and its columns confirmed as they were proposed, but for `columns`."""
    import re

    client = site.client(by)
    raw = text.encode() if isinstance(text, str) else text
    told = client.post(site.url("imports/"), {"request": token(), "table": SimpleUploadedFile(name, raw)})
    assert told.status_code == 302, told.content.decode()
    page = client.get(told.url).content.decode()
    given = {"request": token(), "activity": "labs"}
    for index, column, options in re.findall(
        r'<label for="column-(\d+)">([^<]*)</label>\s*<select[^>]*>(.*?)</select>', page, re.S
    ):
        chosen = re.search(r'value="([^"]*)" selected', options)
        given[f"column.{index}"] = (columns or {}).get(column, chosen[1] if chosen else "")
    return client.post(told.url, given, follow=True)
