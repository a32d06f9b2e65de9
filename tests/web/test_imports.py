"""Tables of results: read, checked as forms are, written once, and every row that fails kept with its reason until it is mended."""

import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from bedside import Site, token
from outside import WIDE, sent

SLUG = "pdac-oligo-ablation"


def events(site: Site, who: str = "P-001") -> list[dict[str, Any]]:
    """The events of a participant that came by a table."""
    from equipoise.web.ledger import links

    return [
        dict(each.body)
        for each in links(site.slug, participant=who, kinds=("event",))
        if str(each.body["id"]).startswith("row-")
    ]


def test_sound_rows_become_events_and_the_others_are_kept_and_explained(opened: Any) -> None:
    from equipoise.web.intake.models import KeptRow, TableFile

    site: Site = opened(SLUG)
    site.add("P-001")
    page = sent(site, WIDE)
    assert "2 rows saved, 3 could not be taken" in page.content.decode(), page.content.decode()[:3000]
    assert [each["on"] for each in events(site)] == ["2026-11-03", "2026-11-10"]
    assert {each.line: " ".join(each.says) for each in KeptRow.objects.all()}.keys() == {4, 5, 6}
    says = {each.line: " ".join(each.says) for each in KeptRow.objects.all()}
    assert "no participant 'P-404'" in says[4]
    assert "2026-13-03" in says[5] or "month" in says[5] or "day" in says[5].lower()
    assert "much" in says[6] or "CA 19-9" in says[6]
    assert not TableFile.objects.exists()


def test_a_table_sent_twice_is_there_once(opened: Any) -> None:
    from equipoise.web.intake.models import KeptRow

    site: Site = opened(SLUG)
    site.add("P-001")
    sent(site, WIDE)
    before = events(site)
    page = sent(site, WIDE).content.decode()
    assert "0 rows saved, 2 there already, 3 could not be taken" in page
    assert events(site) == before
    assert KeptRow.objects.count() == 3
    other = sent(site, WIDE.replace("37,11.5,41", "38,11.5,41").split("P-404")[0]).content.decode()
    assert "1 there already" in other and "differs in" in other
    assert events(site) == before


def test_a_row_is_mended_on_the_page(opened: Any) -> None:
    from equipoise.web.intake.models import KeptRow

    site: Site = opened(SLUG)
    site.add("P-001")
    sent(site, WIDE)
    row = KeptRow.objects.get(line=6)
    nurse = site.client("nurse")
    page = nurse.get(site.url(f"imports/row/{row.id}/")).content.decode()
    assert "much" in page and 'class="fault"' in page
    told = {"request": token(), "does": "mend", "who": "P-001", **row.told}
    field = next(name for name, value in row.told.items() if value == "much")
    assert nurse.post(site.url(f"imports/row/{row.id}/"), told).status_code == 422
    assert nurse.post(site.url(f"imports/row/{row.id}/"), told | {field: "52"}).status_code == 302
    assert [each["on"] for each in events(site)] == ["2026-11-03", "2026-11-10", "2026-11-12"]
    assert KeptRow.objects.count() == 2


def test_a_row_is_dropped_with_a_reason_and_the_ledger_says_so(opened_on_sqlite: Any) -> None:
    from equipoise.web.intake.models import KeptRow
    from equipoise.web.ledger import links

    site: Site = opened_on_sqlite(SLUG)
    site.add("P-001")
    sent(site, WIDE)
    row = KeptRow.objects.get(line=4)
    nurse = site.client("nurse")
    assert nurse.post(site.url(f"imports/row/{row.id}/"), {"request": token(), "does": "drop"}).status_code == 422
    told = {"request": token(), "does": "drop", "reason": "of another hospital"}
    assert nurse.post(site.url(f"imports/row/{row.id}/"), told).status_code == 302
    assert [each.body["reason"] for each in links(site.slug, kinds=("row-dropped",))] == ["of another hospital"]
    assert "P-404" not in str([each.body for each in links(site.slug)])


def test_a_row_a_test_is_read_as_well(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite(SLUG)
    site.add("P-001")
    table = (
        "subject,date,test,result,unit\nP-001,2026-11-03,CA 19-9,37,U/mL\nP-001,2026-11-03,Bilirubin,1.2,mg/dL\n"
        "P-001,2026-11-03,Zinc,12,umol/L\nP-001,2026-11-04,CA 19-9,<5,U/mL\n"
    )
    page = sent(site, table).content.decode()
    assert "Zinc (1)" in page
    first = events(site)[0]
    assert first["items"]["bilirubin"] == "1.2 mg/dL"
    assert len(first["items"]) == 2


def test_workbooks_and_parquet_are_tables_too(opened_on_sqlite: Any) -> None:
    import polars

    site: Site = opened_on_sqlite(SLUG)
    site.add("P-001")
    frame = polars.read_csv(io.StringIO(WIDE), infer_schema=False)[:2]
    held = io.BytesIO()
    frame.write_parquet(held)
    assert "2 rows saved" in sent(site, held.getvalue(), "labs.parquet").content.decode()
    from workbook import workbook  # the tests' own writer of workbooks

    book = workbook({"labs": [frame.columns, *[list(row) for row in frame.rows()]]})
    assert "2 there already" in sent(site, book, "labs.xlsx").content.decode()


def test_what_is_no_table_is_refused_in_a_sentence(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite(SLUG)
    nurse = site.client("nurse")
    for name, raw in (
        ("x.exe", b"MZ"),
        ("x.xlsx", b"PK\x03\x04junk"),
        ("x.parquet", b"PAR1"),
        ("x.csv", b""),
        ("x.csv", b"\0\xff\n" * 9),
    ):
        answer = nurse.post(site.url("imports/"), {"request": token(), "table": SimpleUploadedFile(name, raw)})
        assert answer.status_code in (302, 422), (name, answer.status_code)
        if answer.status_code == 302:
            assert nurse.get(answer.url).status_code == 200


def test_a_site_sees_no_row_of_another(opened_on_sqlite: Any) -> None:
    from django.contrib.auth.models import User

    from equipoise.web.demonstration import give_roles
    from equipoise.web.intake.models import KeptRow

    site: Site = opened_on_sqlite(SLUG)
    site.add("P-001")
    sent(site, WIDE)
    User.objects.create_user("elsewhere", password="a long enough password")
    give_roles(site.slug, {"elsewhere": "coordinator"}, site="elsewhere")
    row = KeptRow.objects.get(line=6)
    other = site.client("elsewhere")
    assert other.get(site.url(f"imports/row/{row.id}/")).status_code == 404
    assert "much" not in other.get(site.url("imports/")).content.decode()
    page = sent(site, WIDE, by="elsewhere").content.decode()
    assert "0 rows saved" in page and "no participant" in page
    assert len(events(site)) == 2


def test_a_table_sent_by_six_at_once_is_there_once(opened: Any) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connections

    from equipoise.web.intake import tables
    from equipoise.web.intake.rows import Author, take
    from equipoise.web.staff.here import today
    from equipoise.web.staff.studies import opened as study_of

    site: Site = opened(SLUG)
    site.add("P-001")
    study = study_of(site.slug)
    read = tables.read(WIDE.encode(), "labs.csv")
    rows = tables.incoming(read, tables.proposed(read, study, "labs"), study, "labs").rows

    def once(_: int) -> tuple[int, list[str]]:
        try:
            came = take(site.slug, rows, Author("nurse", "coordinator"), today=today())
            return len(came.saved) + came.there, [each for one in came.refused for each in one.says]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as people:
        came = list(people.map(once, range(6)))
    assert [each["on"] for each in events(site)] == ["2026-11-03", "2026-11-10"]
    for count, says in came:
        assert count == 2 or any("a moment ago" in each for each in says), says


def test_links_and_requests_follow_from_the_ledger_alone(opened: Any) -> None:
    from equipoise.web.intake.models import ContactRequest, PatientLink
    from equipoise.web.ledger import Draft, append, rebuild

    site: Site = opened(SLUG)
    site.add("P-001")
    at = "2026-11-20T10:00:00+00:00"
    told = [
        ("link-made", {"reference": "r1", "activity": "satisfaction_questionnaire", "expires": at, "hash": "0" * 64}, "P-001"),
        ("link-made", {"reference": "r2", "activity": "satisfaction_questionnaire", "expires": at, "hash": "1" * 64}, "P-001"),
        ("link-answered", {"reference": "r1"}, "P-001"),
        ("contact-asked", {"contact": "c1", "at": at}, ""),
        ("identity-read", {"contact": "c1", "purpose": "to call"}, ""),
        ("contact-done", {"contact": "c1", "note": "called"}, ""),
    ]
    for kind, body, who in told:
        append(SLUG, [Draft(by="nurse", role="coordinator", kind=kind, body=body, site="", participant=who)], request=token())
    before = [list(each.objects.order_by("pk").values()) for each in (PatientLink, ContactRequest)]
    assert [each["state"] for each in before[0]] == ["answered", "given out"]
    assert [each["state"] for each in before[1]] == ["done"]
    rebuild(SLUG)
    assert [list(each.objects.order_by("pk").values()) for each in (PatientLink, ContactRequest)] == before
