"""Operation: a backup of one moment, restored and verified; an upgrade; what machines that watch are told."""

import os
import re
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bedside import PASSWORD, Site, screened, signed, token
from equipoise.web.backup import Impossible, back_up, looked_at, restore
from equipoise.web.ledger import head

Open = Callable[[str], Site]


@pytest.fixture
def empty(database: Any, request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The environment of a desk to restore into: for PostgreSQL, two empty databases."""
    if not database.database:
        yield {"EQUIPOISE_DATABASE": "", "EQUIPOISE_IDENTITY": ""}
        return
    cluster = request.getfixturevalue("cluster")
    names = ("restored_desk", "restored_identity")
    for name in names:
        cluster.execute(f"CREATE DATABASE {name}")
    yield {"EQUIPOISE_DATABASE": cluster.address(names[0]), "EQUIPOISE_IDENTITY": cluster.address(names[1])}
    for name in names:
        cluster.execute(f"DROP DATABASE {name} WITH (FORCE)")


def command(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    said = [sys.executable, "-c", "from equipoise.command import app; app()", *arguments]
    return subprocess.run(said, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120)


def randomised(opened: Open) -> tuple[Site, str]:
    """A study with somebody randomised, and a name that only identities hold."""
    from equipoise.web.serving import _commitments

    site = opened("pdac-oligo-ablation")
    _commitments()
    who = site.add()
    screened(site, who)
    assert signed(site, who).status_code == 302
    told = {"request": token(), "who_you_are": PASSWORD}
    assert site.client("nurse").post(site.url(f"p/{who}/randomise/"), told).status_code == 302
    return site, who


def test_a_desk_is_backed_up_restored_and_verified(
    opened: Open, database: Any, vault: Any, empty: dict[str, str], tmp_path: Path
) -> None:
    site, who = randomised(opened)
    last = head(site.slug)
    file, there = tmp_path / "desk.equipoise", tmp_path / "elsewhere"
    made = back_up(database, file)
    assert made.studies == {site.slug: last.number} and file.stat().st_mode & 0o077 == 0
    assert set(made.lacks) == {"web.key", "vault/vault.key"}
    with tarfile.open(file) as opened_file:
        names = opened_file.getnames()
    assert not [each for each in names if each.endswith(".key") or each == "secret"], "no key unless it is asked for"
    vault.stop()
    done = command("restore", str(file), str(there), **empty)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "put these back" in done.stdout and "vault/vault.key" in done.stdout
    assert f"{last.number} links" in done.stdout and "fault" not in done.stdout.replace("no fault", ""), done.stdout
    for name in ("web.key", "vault/vault.key"):
        (there / name).write_bytes((database.folder / name).read_bytes())
        (there / name).chmod(0o600)
    asked = (
        "import django; django.setup()\n"
        "from django.conf import settings\n"
        "from equipoise.vault import start, Vault, made_key\n"
        "from equipoise.web.ledger import Draft, append, head, links\n"
        "from equipoise.web.staff.models import Participant\n"
        f"slug, who = {site.slug!r}, {who!r}\n"
        "process = start(settings.DESK.folder)\n"
        "(given,) = links(slug, kinds=('allocated',))\n"
        "vault = Vault(settings.DESK.folder, made_key(settings.DESK.web_key))\n"
        "body = given.body['body']\n"
        "again = vault.assign(study=slug, participant=who, stratum=body['stratum'], eligibility=body['eligibility'], known=1)\n"
        "assert again['body'] == body, 'the vault knows whom it allocated'\n"
        "process.stop()\n"
        "append(slug, [Draft(by='x', role='administrator', kind='role-given', body={'user': 'x', 'role': 'auditor'})], request='r')\n"
        "print(head(slug).number, Participant.objects.get().arm == body['arm'])\n"
    )
    environment = {**empty, "EQUIPOISE_DESK": str(there), "DJANGO_SETTINGS_MODULE": "equipoise.web.settings"}
    went_on = subprocess.run([sys.executable, "-c", asked], env={**os.environ, **environment}, capture_output=True, text=True)
    assert went_on.stdout.split() == [str(last.number + 1), "True"], went_on.stderr


def test_a_backup_is_of_one_moment_while_others_write(
    opened: Open, database: Any, empty: dict[str, str], tmp_path: Path
) -> None:
    from django.db import connections

    site = opened("batch-rfa-crlm")
    who, stop = site.add(), threading.Event()

    def written() -> None:
        while not stop.wait(0.02):
            site.record(who, {"on": "2026-11-04", "do": "labs", "items": {"bilirubin": "12 umol/L"}})
        connections.close_all()

    writers = [threading.Thread(target=written) for _ in range(2)]
    began = head(site.slug).number
    for each in writers:
        each.start()
    while head(site.slug).number == began:
        stop.wait(0.05)
    try:
        for turn in range(3):
            back_up(database, tmp_path / f"{turn}.equipoise")
    finally:
        stop.set()
        for each in writers:
            each.join()
    done = command("restore", str(tmp_path / "2.equipoise"), str(tmp_path / "elsewhere"), **empty)
    assert done.returncode == 0, done.stdout + done.stderr
    assert looked_at(tmp_path / "0.equipoise").studies[site.slug] <= looked_at(tmp_path / "2.equipoise").studies[site.slug]


def test_keys_go_with_a_backup_only_where_that_is_said(opened_on_sqlite: Open, sqlite: Any, tmp_path: Path) -> None:
    opened_on_sqlite("batch-rfa-crlm")
    done = command("backup", str(sqlite.folder), str(tmp_path / "with.equipoise"), "--keys")
    assert done.returncode == 0 and "can read every sealed slot" in done.stdout, done.stderr
    with tarfile.open(tmp_path / "with.equipoise") as opened:
        assert "web.key" in opened.getnames()
    done = command("backup", str(sqlite.folder), str(tmp_path / "with.equipoise"))
    assert done.returncode == 1 and "never written over" in done.stderr
    assert command("backup", str(tmp_path), str(tmp_path / "x")).stderr.endswith("it has no desk.json\n")


def test_a_backup_that_was_altered_or_is_none_is_not_restored(opened_on_sqlite: Open, sqlite: Any, tmp_path: Path) -> None:
    opened_on_sqlite("batch-rfa-crlm")
    file = tmp_path / "whole.equipoise"
    back_up(sqlite, file)
    with tarfile.open(file) as opened:
        opened.extractall(tmp_path / "parts", filter="data")
    (tmp_path / "parts" / "desk.json").write_text('{"demonstration": true}')
    with tarfile.open(tmp_path / "altered.equipoise", "w:gz") as altered:
        for each in sorted((tmp_path / "parts").rglob("*")):
            if each.is_file():
                altered.add(each, arcname=each.relative_to(tmp_path / "parts").as_posix())
    there = tmp_path / "elsewhere"
    with pytest.raises(Impossible, match=r"desk\.json in .* is not what was backed up"):
        restore(tmp_path / "altered.equipoise", there)
    (tmp_path / "none").write_bytes(b"no backup")
    with pytest.raises(Impossible, match="cannot be read as a backup"):
        restore(tmp_path / "none", there)
    with pytest.raises(Impossible, match="must not be set"):
        restore(file, there, database="postgresql://x@/y")
    assert not there.exists()
    with pytest.raises(Impossible, match="is not empty"):
        restore(file, tmp_path)
    cut = tmp_path / "cut.equipoise"
    cut.write_bytes(file.read_bytes()[:-2_000])
    with pytest.raises(Impossible):
        restore(cut, there)
    assert not there.exists()


def test_an_upgrade_backs_up_makes_projections_again_and_verifies(opened: Open, database: Any) -> None:
    from equipoise.web.staff.models import Participant, Source

    site = opened("batch-rfa-crlm")
    who = site.add()
    site.record(who, {"id": "labs-1", "on": "2026-11-04", "do": "labs", "items": {"bilirubin": "12 umol/L"}})
    before = list(Participant.objects.values()), list(Source.objects.values())
    Source.objects.all().delete()
    done = command("upgrade", str(database.folder), EQUIPOISE_DATABASE=database.database, EQUIPOISE_IDENTITY=database.identity)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "backed up first" in done.stdout and f"from {head(site.slug).number} links" in done.stdout
    assert (list(Participant.objects.values()), list(Source.objects.values())) == before
    (file,) = (database.folder / "backups").iterdir()
    assert looked_at(file).studies == {site.slug: head(site.slug).number}


def test_nothing_is_upgraded_while_it_is_served(opened: Open, database: Any, vault: Any) -> None:
    opened("batch-rfa-crlm")
    done = command("upgrade", str(database.folder), EQUIPOISE_DATABASE=database.database, EQUIPOISE_IDENTITY=database.identity)
    assert done.returncode == 1 and "is being served" in done.stderr


def test_health_says_what_is_not_well(opened: Open, database: Any, vault: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    site = opened("batch-rfa-crlm")
    browser = site.client("nurse")
    response = browser.get("/health")
    assert response.status_code == 200 and response.content.startswith(b"well\n") and b"vault: well" in response.content
    vault.stop()
    response = browser.get("/health")
    assert response.status_code == 503 and b"vault: NOT WELL" in response.content


LINE = re.compile(r'[a-z_]+(\{[a-z]+="[^"\n]*"\})? -?[0-9.e+-]+')


def test_metrics_are_counts_in_the_form_of_prometheus_and_nobodys_values(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.test import Client

    site = opened("batch-rfa-crlm")
    who = site.add("CANARY-7")
    site.record(who, {"on": "2026-11-04", "do": "labs", "items": {"bilirubin": "12 umol/L"}})
    browser = Client()
    told = browser.get("/metrics").content.decode()
    assert f'equipoise_links_total{{study="{site.slug}"}} {head(site.slug).number}' in told
    assert f'equipoise_participants{{study="{site.slug}"}} 1' in told
    assert "CANARY" not in told and "bilirubin" not in told
    assert all(line.startswith("# ") or LINE.fullmatch(line) for line in told.splitlines()), told
    assert browser.get("/metrics", headers={"X-Forwarded-For": "10.0.0.1"}).status_code == 403, "a proxy is not the machine"
    assert browser.get("/metrics", REMOTE_ADDR="10.0.0.1").status_code == 403
    monkeypatch.setenv("EQUIPOISE_METRICS_TOKEN", "a token")
    near = {"REMOTE_ADDR": "10.0.0.1", "headers": {"Authorization": "Bearer a token"}}
    assert browser.get("/metrics", **near).status_code == 200
    assert browser.get("/metrics", REMOTE_ADDR="10.0.0.1", headers={"Authorization": "Bearer another"}).status_code == 403
