"""What a future slot holds stands nowhere: on no page, in no export, log, error, backup or dump, for nobody."""

import base64
import io
import os
import re
import secrets
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bedside import PASSWORD, ROLES, Site, token
from crowd import signed_for

GIVEN, PLACES = 4, 40


@pytest.fixture
def canaries(tmp_path: Path) -> list[str]:
    """Words that cannot be mistaken for anything else."""
    words = [f"canary{secrets.token_hex(8)}" for _ in range(PLACES - GIVEN)]
    (tmp_path / "planted").write_text("\n".join([*["ablation", "chemotherapy"] * (GIVEN // 2), *words]), encoding="ascii")
    return words


@pytest.fixture
def planted(database: Any, canaries: list[str], tmp_path: Path) -> Iterator[Path]:
    """The desk's vault with those words in its slots, running; and its log."""
    from equipoise.vault import made_key, trust

    trust(database.folder, made_key(database.web_key))
    command = [
        sys.executable,
        str(Path(__file__).with_name("planted_vault.py")),
        str(database.folder),
        str(tmp_path / "planted"),
    ]
    with (tmp_path / "vault.log").open("wb") as log:
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
        assert child.stdout is not None and child.stdin is not None
        assert child.stdout.readline() == b"ready\n"
        yield tmp_path / "vault.log"
        child.kill()
        child.wait()
        child.stdin.close()
        child.stdout.close()


def shapes(word: str) -> set[bytes]:
    """How a word may be hidden: as it is, backwards, in base 16 or 64."""
    raw = word.encode()
    told = {raw, raw[::-1], raw.hex().encode(), raw.hex().upper().encode()}
    for shift in range(3):
        told.add(base64.b64encode(b"x" * shift + raw)[4:-4])
    return told


def leaks(raw: bytes, canaries: list[str]) -> list[str]:
    """The canaries in some bytes, and in what is packed in them."""
    parts = [raw]
    if zipfile.is_zipfile(io.BytesIO(raw)):
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            parts += [packed.read(each) for each in packed.namelist()]
    return [each for each in canaries if any(shape in part for shape in shapes(each) for part in parts)]


def test_a_canary_that_is_there_would_be_found(canaries: list[str]) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside", f"x{canaries[3]}x")
    assert leaks(packed.getvalue(), canaries) == [canaries[3]]
    assert leaks(base64.b64encode(b"ab" + canaries[5].encode() + b"c"), canaries) == [canaries[5]]
    assert leaks(b"nothing", canaries) == []


@pytest.mark.slow
@pytest.mark.parametrize("masking", ["none", "quadruple"])
def test_no_page_export_log_error_backup_or_dump_tells_a_future_slot(
    roomy: Any, planted: Path, canaries: list[str], database: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, masking: str,
) -> None:  # fmt: skip
    from django.test import Client
    from django.urls import URLPattern, get_resolver

    from equipoise.web.api.tokens import SCOPES, made
    from equipoise.web.backup import back_up
    from equipoise.web.ledger import export, head
    from equipoise.web.staff import allocation

    site: Site = roomy(PLACES, lambda text: text.replace("masking: none", f"masking: {masking}"))
    people = [f"P-{number}" for number in range(GIVEN + 2)]
    signed_for(site, people)
    for who in people[:GIVEN]:
        done = site.client("nurse").post(site.url(f"p/{who}/randomise/"), {"request": token(), "who_you_are": PASSWORD})
        assert done.status_code == 302, done.content.decode()
    read = 0

    def clean(name: str, raw: bytes) -> None:
        nonlocal read
        read += 1
        assert leaks(raw, canaries) == [], name

    def crawl() -> None:
        parts = {
            "slug": site.slug,
            "activity": "labs",
            "event_name": "screening",
            "table": "x",
            "row": "x",
            "version": "x",
            "name": "equipoise.js",
        }
        for person in (*ROLES, ""):
            browser = site.client(person) if person else Client()
            browser.raise_request_exception = False
            for each in get_resolver().url_patterns:
                if not isinstance(each, URLPattern):
                    continue
                whos, numbers = (
                    (("P-0", "P-5") if "who" in str(each.pattern) else ("",)),
                    ("1", str(head(site.slug).number - 1)),
                )
                for who in whos:
                    for number in numbers if "number" in str(each.pattern) else ("",):
                        told = {**parts, "who": who, "number": number}
                        address = "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found, told=told: told[found[1]], str(each.pattern))
                        answer = browser.get(address)
                        clean(f"{person} {address}", b"".join(answer) + str(answer.headers).encode())
                        if "sign-in/out" not in address:
                            answer = browser.post(address, {"request": token(), "arm": "ablation", "slot": "5"})
                            clean(f"{person} POST {address}", b"".join(answer))

    crawl()
    for person, role in ROLES.items():
        _, text = made(site.slug, person, "test", frozenset(SCOPES), 5)
        program = Client(headers={"authorization": f"Bearer {text}"}, raise_request_exception=False)
        base = f"/api/studies/{site.slug}"
        for rest in ("", "/participants", "/ledger", *(f"/tables/{each}" for each in ("dataset-json", "odm", "fhir", "redcap")),
                     *(f"/participants/P-{number}/{each}" for number in (0, 5) for each in ("chart", "due", "screening"))):  # fmt: skip
            clean(f"{role} {rest}", program.get(base + rest).content)
    with monkeypatch.context() as broken:  # a fault of ours, with the vault's client in hand

        def fault(*args: Any, **named: Any) -> Any:
            raise RuntimeError(f"{args} {named} {vars(allocation.vault())}")

        broken.setattr(allocation, "settle", fault)
        browser = site.client("nurse")
        browser.raise_request_exception = False
        answer = browser.post(site.url("p/P-4/randomise/"), {"request": token(), "who_you_are": PASSWORD})
        assert answer.status_code == 500
        clean("an error", answer.content)
    export(site.slug, tmp_path / "ledger.jsonl")
    clean("the ledger", (tmp_path / "ledger.jsonl").read_bytes())
    back_up(database, tmp_path / "all.equipoise", with_keys=True)
    with tarfile.open(tmp_path / "all.equipoise") as packed:
        for each in packed.getmembers():
            kept = packed.extractfile(each)
            assert kept is not None
            clean(f"backup {each.name}", kept.read())
    for file in database.folder.rglob("*"):
        if file.is_file():
            clean(f"desk {file.name}", file.read_bytes())
    if database.database:
        for address in (database.database, database.identity):
            dump = subprocess.run(["pg_dump", f"--dbname={address}"], capture_output=True, check=True, env={**os.environ})
            clean("dump", dump.stdout)
            assert b"COPY" in dump.stdout
    else:
        import sqlite3
        from contextlib import closing

        for file in (*database.folder.rglob("*.sqlite*"),):
            if file.suffix in (".sqlite3", ".sqlite"):
                with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as opened:
                    clean("dump", "\n".join(opened.iterdump()).encode())
    said = capfd.readouterr()
    clean("the log", (said.out + said.err).encode() + planted.read_bytes())
    print(f"{read:,} pages, answers, files and dumps read; {len(canaries)} future slots")
