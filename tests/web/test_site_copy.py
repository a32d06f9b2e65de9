"""The site copy: readable by itself, every file named by its hash, signed by the desk, bound in the ledger."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable

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
    assert "21 µmol/L" in page and "Correction: misread" in page and "nurse" in page
    paper = json.loads(files.pop("manifest.json"))
    assert is_signed(paper) and paper["key"] == outside.public_key()
    assert paper["body"]["files"] == {name: hashlib.sha256(raw).hexdigest() for name, raw in files.items()}
    (link,) = links(site.slug, kinds=("exported",))
    assert link.body["sha256"] == hashlib.sha256(response.content).hexdigest()
    assert link.body["paper"] == paper_hash(paper["body"]) and link.site == "centre"
    assert link.body["sha256"] in doctor.get(address).content.decode()
    assert len(files["links.jsonl"].splitlines()) == 3, "added, recorded, corrected"
