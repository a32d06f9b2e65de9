"""The site copy: readable by itself, every file named by its hash, signed by the desk, bound in the ledger."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from bedside import Site, token
from equipoise.verifier import is_signed, paper_hash
from equipoise.web.ledger import Draft, append, links, outside

Open = Callable[[str], Site]


def test_a_copy_is_signed_and_its_hash_is_in_the_ledger(opened: Open) -> None:
    site = opened("batch-rfa-crlm")
    who, other = site.add(), "P-002"
    elsewhere = {"by": "nurse", "role": "coordinator", "site": "elsewhere", "participant": other}
    append(site.slug, [Draft(**elsewhere, kind="participant-added")], request=token())
    site.record(who, {"id": "labs-1", "on": "2026-11-04", "do": "labs", "items": {"bilirubin": "12 umol/L"}})
    site.record(
        who,
        {"id": "labs-2", "on": "2026-11-05", "corrects": "labs-1", "reason": "misread", "items": {"bilirubin": "21 umol/L"}},
    )
    doctor, address = site.client("doctor"), site.url("site-copy/")
    assert doctor.get(address).status_code == 200
    assert doctor.post(address, {"request": token(), "site": "nowhere"}).status_code == 422
    assert site.client("nurse").post(address, {"request": token(), "site": "centre"}).status_code == 403
    response = doctor.post(address, {"request": token(), "site": "centre"})
    assert response.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(response.content)) as copy:
        files = {name: copy.read(name) for name in copy.namelist()}
    assert f"{who}.html" in files and f"{other}.html" not in files
    page = files[f"{who}.html"].decode()
    assert "21 µmol/L" in page and "Correction: misread; bilirubin: 12 umol/L → 21 umol/L" in page and "nurse" in page
    assert files["copy.pdf"].startswith(b"%PDF-")
    paper = json.loads(files.pop("manifest.json"))
    assert is_signed(paper) and paper["key"] == outside.public_key()
    assert paper["body"]["files"] == {name: hashlib.sha256(raw).hexdigest() for name, raw in files.items()}
    (link,) = links(site.slug, kinds=("exported",))
    assert link.body["sha256"] == hashlib.sha256(response.content).hexdigest()
    assert link.body["paper"] == paper_hash(paper["body"]) and link.site == "centre"
    assert link.body["sha256"] in doctor.get(address).content.decode()
    assert len(files["links.jsonl"].splitlines()) == 3, "added, recorded, corrected"


def test_the_copy_as_pdf_says_what_its_pages_say(opened_on_sqlite: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    from equipoise.reports import document_pdf

    site, told = opened_on_sqlite("batch-rfa-crlm"), []
    who = site.add()
    site.record(who, {"id": "labs-1", "on": "2026-11-04", "do": "labs", "items": {"bilirubin": "12 umol/L"}})
    correction = {
        "id": "labs-2",
        "on": "2026-11-05",
        "corrects": "labs-1",
        "reason": "misread",
        "items": {"bilirubin": "21 umol/L"},
    }
    site.record(who, correction)
    real = document_pdf.pdf

    def kept(title: str, sections: Any, **more: Any) -> bytes:
        told.append((title, sections, more))
        return real(title, sections, **more)

    monkeypatch.setattr(document_pdf, "pdf", kept)
    doctor = site.client("doctor")
    doctor.post(site.url("site-copy/"), {"request": token(), "site": "centre"})
    ((title, sections, more),) = told
    assert title == "Copy of the records of The centre" and dict(more["facts"])["Ledger"].startswith("up to link 12,")
    assert [each.heading for each in sections] == ["Participants", who, "Whether it is whole", "Filed"]
    assert sections[0].parts[0].rows == ((who, "screening", "", "3"),)
    stands, came = sections[1].parts[1:]
    assert stands.rows == (("2026-11-04", "Blood tests", "Bilirubin, total: 21 µmol/L (ULN 21)"),)
    chain = list(links(site.slug, participant=who))
    assert [row[0] for row in came.rows] == [str(each.number) for each in chain]
    assert [row[4] for row in came.rows] == [each.hash[:16] for each in chain]
    assert came.rows[2][3] == "Correction: misread; bilirubin: 12 umol/L → 21 umol/L"


def test_a_large_site_has_several_files_and_each_participant_is_in_one(
    opened_on_sqlite: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    from equipoise.web.staff import paper_copy

    monkeypatch.setattr(paper_copy, "MOST", 5)
    site = opened_on_sqlite("batch-rfa-crlm")
    for number, count in enumerate((1, 2, 7, 0)):
        who = site.add(f"P-{number}")
        for _ in range(count):
            site.record(who, {"on": "2026-11-04", "do": "labs", "items": {"bilirubin": "12 umol/L"}})
    response = site.client("doctor").post(site.url("site-copy/"), {"request": token(), "site": "centre"})
    with zipfile.ZipFile(io.BytesIO(response.content)) as copy:
        assert [each for each in copy.namelist() if each.endswith(".pdf")] == ["copy-1.pdf", "copy-2.pdf", "copy-3.pdf"]
        assert "copy-3.pdf" in copy.read("index.html").decode()
