"""A desk with a study opened and users signed in: what tests of screens begin with."""

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

PASSWORD = "a long enough password"
ROLES = {
    "nurse": "coordinator", "doctor": "investigator", "board": "board_member", "monitor": "monitor", "data": "data_manager",
    "statistics": "statistician", "admin": "administrator", "auditor": "auditor",
}  # fmt: skip


class Site:
    """A study at a desk, with a user of each role; `client(name)` is a browser in which they are signed in."""

    def __init__(self, slug: str) -> None:
        from django.contrib.auth.models import User

        from equipoise import shipped
        from equipoise.web.demonstration import give_roles
        from equipoise.web.staff.studies import open_study

        self.slug = open_study(shipped() / slug)
        for name in ROLES:
            if not User.objects.filter(username=name).exists():
                User.objects.create_user(name, password=PASSWORD)
        give_roles(self.slug, ROLES)
        committed(self.slug)

    def client(self, name: str) -> Any:
        """A browser in which somebody is signed in."""
        from django.contrib.auth.models import User
        from django.test import Client

        browser = Client()
        browser.force_login(User.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend")
        return browser

    def url(self, rest: str = "") -> str:
        """The address of a page of the study."""
        return f"/s/{self.slug}/{rest}"

    def add(self, who: str = "P-001", site: str = "centre") -> str:
        """A new participant."""
        told = {"request": token(), "participant": who, "site": site}
        response = self.client("nurse").post(self.url("participants/new/"), told)
        assert response.status_code == 302, response.content.decode()[:2000]
        return who

    def record(self, who: str, body: dict[str, Any], *, by: str = "nurse") -> None:
        """An event, straight into the ledger."""
        from equipoise.web.ledger import Draft, append

        told = {"id": token(), **body, "participant": who}
        append(self.slug, [Draft(by=by, role="coordinator", kind="event", body=told, site="centre", participant=who)],
               request=token())  # fmt: skip


def committed(slug: str) -> None:
    """What a desk does when it is started: slots are sealed, and the vault's commitment stands in the ledger."""
    from django.conf import settings

    from equipoise.vault.wire import FOLDER, read_address
    from equipoise.web.staff import commitment
    from equipoise.web.staff.studies import opened

    study = opened(slug)
    if not commitment.is_drawn(study):
        return
    try:
        with read_address(settings.DESK.folder / FOLDER).connected(1):
            pass
    except OSError:
        with _sealed_here(settings.DESK) as slots:
            commitment._written(slug, slots, commitment.commitments(slug), commitment._plan(slug, study))
    else:
        commitment.published(slug, study)


@contextmanager
def _sealed_here(desk: Any) -> Iterator[Any]:
    """A desk's vault without its process, which may be started afterwards and finds the same slots."""
    from equipoise.vault import made_key, signed, trust
    from equipoise.vault.keys import public
    from equipoise.vault.slots import Slots
    from equipoise.vault.wire import FILE, FOLDER, KEY

    web, folder = made_key(desk.web_key), desk.folder / FOLDER
    trust(desk.folder, web)
    slots = Slots(folder / FILE, made_key(folder / KEY), public(web))

    class Asked:
        def commitments(self, study: str) -> tuple[Any, ...]:
            return tuple(slots.commitments(study))

        def prepare(self, plan: Any) -> Any:
            return slots.prepare(signed({"paper": "prepare", "plan": plan.paper()}, web))

        def extend(self, plan: Any, *, previous: str) -> Any:
            return slots.extend(signed({"paper": "extend", "plan": plan.paper(), "previous": previous}, web))

    try:
        yield Asked()
    finally:
        slots.close()


def token() -> str:
    """A name for one act of saving."""
    return str(uuid.uuid4())


@pytest.fixture
def opened(database: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Site]:
    """Opens a study that comes with equipoise, at a desk of its own; no second factor is asked for."""
    return _opener(monkeypatch)


@pytest.fixture
def opened_on_sqlite(sqlite: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Site]:
    """The same on SQLite alone."""
    return _opener(monkeypatch)


def _opener(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Site]:
    from dataclasses import replace

    from django.conf import settings

    monkeypatch.setattr(settings, "DESK", replace(settings.DESK, is_demonstration=True))
    monkeypatch.setattr(settings, "PASSWORD_HASHERS", ["django.contrib.auth.hashers.MD5PasswordHasher"])
    return Site


def corrected(browser: Any, address: str, told: dict[str, str]) -> Any:
    """A correction, from the page as it is now: a browser sends what stood on it with the form."""
    stands = re.search(r'name="stands" value="([0-9a-f]{64})"', browser.get(address).content.decode())
    return browser.post(address, {"request": token(), **({"stands": stands[1]} if stands is not None else {}), **told})


def screened(site: Site, who: str) -> None:
    """Everything that the criteria of pdac-oligo-ablation ask for, answered on the screening page."""
    told = {
        "request": token(), "consent.on": "2026-11-02", "consent.version": "1.0.0", "screening.on": "2026-11-02",
        "screening.histology": "PDAC", "screening.pancreas_resected": "yes", "screening.pancreas_resected_on": "2026-01-15",
        "liver_imaging.on": "2026-11-03", "liver_imaging.method": "MRI", "liver_imaging.lesion.0.id": "L1",
        "liver_imaging.lesion.0.organ": "liver", "liver_imaging.lesion.0.diameter": "14",
    }  # fmt: skip
    response = site.client("nurse").post(site.url(f"p/{who}/screening/"), told)
    assert response.status_code == 302, response.content.decode()


def signed(site: Site, who: str) -> Any:
    """The investigator's signature."""
    doctor = site.client("doctor")
    page = doctor.get(site.url(f"p/{who}/sign-eligibility/")).content.decode()
    shown = re.search(r'name="shown" value="([0-9a-f]{64})"', page)
    assert shown is not None, page
    return doctor.post(site.url(f"p/{who}/sign-eligibility/"), {"request": token(), "shown": shown[1], "who_you_are": PASSWORD})


def _running(desk: Any) -> Iterator[Any]:
    """The vault of a desk, as long as it is needed."""
    from equipoise.vault import made_key, start, trust

    trust(desk.folder, made_key(desk.web_key))
    process = start(desk.folder)
    yield process
    process.stop()


@pytest.fixture
def vault(database: Any) -> Iterator[Any]:
    """The desk's vault, running."""
    yield from _running(database)


@pytest.fixture
def vault_on_sqlite(sqlite: Any) -> Iterator[Any]:
    """The vault of the desk on SQLite, running."""
    yield from _running(sqlite)
