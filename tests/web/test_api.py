"""The desk for programs: tokens, the same table of permissions as the screens, findings as data."""

import io
import json
import re
import uuid
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from bedside import PASSWORD, Site, token

SLUG = "pdac-oligo-ablation"


class Program:
    """A program that shows a token."""

    def __init__(self, site: Site, text: str) -> None:
        from django.test import Client

        self.browser, self.head = Client(), {"authorization": f"Bearer {text}"}
        self.base = f"/api/studies/{site.slug}"

    def get(self, rest: str = "", **told: Any) -> Any:
        return self.browser.get(self.base + rest, told, headers=self.head)

    def post(self, rest: str, told: Any) -> Any:
        return self.browser.post(self.base + rest, json.dumps(told), content_type="application/json", headers=self.head)

    def send(self, rest: str, told: dict[str, Any]) -> Any:
        return self.browser.post(self.base + rest, told, headers=self.head)


def program(site: Site, name: str, *scopes: str, days: int = 30) -> Program:
    """A program with a token that somebody made on the page."""
    told = {"request": token(), "does": "make", "label": "a test", "scope": list(scopes), "days": days, "who_you_are": PASSWORD}
    page = site.client(name).post(site.url("tokens/"), told).content.decode()
    shown = re.search(r"<code>(eq_[\w-]+)</code>", page)
    assert shown is not None, re.sub(r"<[^>]+>", " ", page)[-1500:]
    return Program(site, shown[1])


def labs(**otherwise: Any) -> dict[str, Any]:
    """An event as a program sends it."""
    return {"activity": "labs", "on": "2026-11-03", "items": {"ca19_9": "37 U/mL"}, "request": str(uuid.uuid4())} | otherwise


def recorded(program: Program, told: dict[str, Any], who: str = "P-001") -> Any:
    """Record, and say so once more where the protocol does not expect it."""
    answer = program.post(f"/participants/{who}/events", told)
    if answer.status_code == 409 and answer.json()["seen"]:
        answer = program.post(f"/participants/{who}/events", told | {"seen": answer.json()["seen"]})
    return answer


def test_a_program_sees_what_its_holder_sees_and_records_as_the_form_does(opened: Any) -> None:
    from equipoise.web.ledger import links

    site: Site = opened(SLUG)
    site.add("P-001")
    told = program(site, "nurse", "see_study", "see_participants", "see_chart", "record")
    assert told.get().json()["study"] == SLUG
    assert [each["participant"] for each in told.get("/participants").json()["participants"]] == ["P-001"]
    assert told.get("/participants/P-001/screening").json()["words"] == "cannot tell yet"
    given = labs()
    first, again = recorded(told, given), recorded(told, given)
    assert first.status_code == again.status_code == 201, first.content
    assert first.json() == again.json()
    assert len([each for each in links(SLUG, participant="P-001", kinds=("event",))]) == 1
    link = next(iter(links(SLUG, participant="P-001", kinds=("event",))))
    assert (link.by, link.role, link.body["items"]) == ("nurse", "coordinator", {"ca19_9": "37 U/mL"})
    chart = told.get("/participants/P-001/chart").json()
    assert [each["do"] for each in chart["events"]] == ["labs"]
    assert isinstance(told.get("/participants/P-001/due").json(), list)


def test_what_is_wrong_is_a_finding_with_its_place(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite(SLUG)
    site.add("P-001")
    told = program(site, "nurse", "record")
    answer = told.post("/participants/P-001/events", labs(items={"ca19_9": "much", "shoe_size": 42}, on="2031-01-01"))
    assert answer.status_code == 422
    found = {each["at"]: each for each in answer.json()["findings"]}
    assert set(found) == {"/items/ca19_9", "/items/shoe_size", "/on"}
    assert found["/items/ca19_9"]["place"]["line"] > 0
    assert "2031-01-01" in found["/on"]["says"]
    shape = told.post("/participants/P-001/events", {"activity": "labs"})
    assert shape.status_code == 422
    assert {each["at"] for each in shape.json()["findings"]} == {"/on", "/request"}
    assert told.post("/participants/P-001/events", labs(activity="randomisation")).status_code == 422


def test_a_token_opens_what_it_was_given_and_its_holder_may_and_nothing_else(opened: Any) -> None:
    site: Site = opened(SLUG)
    site.add("P-001")
    reads = program(site, "nurse", "see_participants")
    assert reads.get("/participants").status_code == 200
    assert reads.get().status_code == reads.get("/participants/P-001/chart").status_code == 403
    assert reads.post("/participants/P-001/events", labs()).status_code == 403
    assert reads.get("/ledger").status_code == 403
    other = Program(site, "eq_" + "x" * 43)
    assert other.get("/participants").status_code == 401
    assert other.get("/participants").headers["WWW-Authenticate"] == "Bearer"
    assert reads.browser.get("/api/studies/no-such-study", headers=reads.head).status_code == 404
    assert site.client("nurse").get(f"/api/studies/{SLUG}/participants").status_code == 401, "a session is no token"


def test_nobody_gives_a_token_more_than_they_may(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite(SLUG)
    told = {"request": token(), "does": "make", "label": "x", "scope": ["record"], "days": 3, "who_you_are": PASSWORD}
    assert site.client("statistics").post(site.url("tokens/"), told).status_code == 422
    assert site.client("nurse").post(site.url("tokens/"), told | {"who_you_are": "wrong"}).status_code == 422
    assert site.client("nurse").post(site.url("tokens/"), told | {"days": "9999"}).status_code == 422


def test_the_table_of_permissions_is_the_same_for_programs(opened_on_sqlite: Any) -> None:
    from bedside import ROLES
    from equipoise.web.api.doors import DOORS
    from equipoise.web.api.models import Token
    from equipoise.web.api.tokens import SCOPES, made
    from equipoise.web.staff.roles import ACTIONS, allowed

    site: Site = opened_on_sqlite(SLUG)
    site.add("P-001")
    assert {door.action for door in DOORS.values()} <= set(SCOPES) <= ACTIONS
    ways = {
        "study": "",
        "participants": "/participants",
        "chart": "/participants/P-001/chart",
        "export": "/tables/dataset-json",
    }
    for name, role in ROLES.items():
        _, text = made(SLUG, name, "all", frozenset(SCOPES), 3)
        for door, way in ways.items():
            status = Program(site, text).get(way).status_code
            assert (status == 200) == (role in allowed(DOORS[door].action)), (name, door, status)
            assert status in (200, 403, 404)
    assert all(len(each.token_hash) == 64 and "eq_" not in each.token_hash for each in Token.objects.all())


def test_a_token_ends_when_it_is_revoked_when_it_expires_and_when_its_holder_leaves(opened: Any) -> None:
    from django.contrib.auth.models import User
    from django.utils import timezone

    from equipoise.web.api.models import Token
    from equipoise.web.ledger import links

    site: Site = opened(SLUG)
    told = program(site, "nurse", "see_study")
    assert told.get().status_code == 200
    row = Token.objects.get()
    assert row.used_at is not None
    Token.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert told.get().status_code == 401
    Token.objects.update(expires_at=timezone.now() + timedelta(days=1))
    User.objects.filter(username="nurse").update(is_active=False)
    assert told.get().status_code == 401
    User.objects.filter(username="nurse").update(is_active=True)
    assert told.get().status_code == 200
    site.client("doctor").post(site.url("tokens/"), {"request": token(), "does": "revoke", "token": row.id})
    assert told.get().status_code == 200, "nobody else's"
    site.client("admin").post(site.url("tokens/"), {"request": token(), "does": "revoke", "token": row.id})
    assert told.get().status_code == 401
    kinds = [each.kind for each in links(SLUG, kinds=("token-made", "token-ended"))]
    assert kinds == ["token-made", "token-ended"]
    assert told.head["authorization"][10:] not in str([each.body for each in links(SLUG)])


def test_a_token_is_of_one_site_where_its_holder_is(opened_on_sqlite: Any) -> None:
    from django.contrib.auth.models import User

    from equipoise.web.demonstration import give_roles

    site: Site = opened_on_sqlite(SLUG)
    site.add("P-001")
    User.objects.create_user("elsewhere", password=PASSWORD)
    give_roles(SLUG, {"elsewhere": "coordinator"}, site="elsewhere")
    told = program(site, "elsewhere", "see_participants", "see_chart", "record")
    assert told.get("/participants").json()["count"] == 0
    assert told.get("/participants/P-001/chart").status_code == 404
    assert told.post("/participants/P-001/events", labs()).status_code == 404


def test_the_ledger_goes_out_as_the_verifier_reads_it(opened: Any, tmp_path: Any) -> None:
    from equipoise.ledger import Link
    from equipoise.web.ledger import links

    site: Site = opened(SLUG)
    site.add("P-001")
    told = program(site, "data", "export", "see_arm")
    lines = told.get("/ledger").content.decode().splitlines()
    ours = list(links(SLUG))
    assert ours[-1].kind == "exported"
    assert [json.loads(each)["hash"] for each in lines if "hash" in json.loads(each)] == [each.hash for each in ours[:-1]]
    assert isinstance(ours[0], Link)
    assert program(site, "data", "export").get("/ledger").status_code == 403, "it says the arms"


def test_tables_for_analysis_go_out_without_the_arm_before_the_lock(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite(SLUG)
    site.add("P-001")
    site.record("P-001", {"on": "2026-11-02", "do": "consent", "items": {"version": "1.0.0"}})
    site.record("P-001", {"on": "2026-11-05", "do": "enrolment"})
    site.record("P-001", {"on": "2026-11-06", "do": "randomisation", "items": {"arm": "ablation"}})
    answer = program(site, "statistics", "export").get("/tables/dataset-json")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        subjects = json.loads(packed.read(next(each for each in packed.namelist() if "adsl" in each.lower())))
    assert len(subjects["rows"]) == 1
    assert '"ablation"' not in json.dumps(subjects["rows"]).lower()


def test_a_table_is_imported_by_a_program_and_mended_by_a_person(opened: Any) -> None:
    site: Site = opened(SLUG)
    site.add("P-001")
    told = program(site, "nurse", "import_data")
    table = b"Patient,Sample date,CA 19-9\nP-001,2026-11-03,37\nP-001,2026-11-04,much\n"
    came = told.send("/imports", {"table": SimpleUploadedFile("labs.csv", table), "activity": "labs"}).json()
    assert (came["rows"], came["saved"], came["there"]) == (2, 1, 0)
    assert [each["line"] for each in came["kept"]] == [3]
    assert "line 3" in site.client("nurse").get(site.url("imports/")).content.decode()
    again = told.send("/imports", {"table": SimpleUploadedFile("labs.csv", table), "activity": "labs"}).json()
    assert (again["saved"], again["there"]) == (0, 1)
    for columns in ("[", "[1]", '{"Patient": "(nobody)"}', '{"Patient": "(day)"}'):
        bad = told.send("/imports", {"table": SimpleUploadedFile("labs.csv", table), "activity": "labs", "columns": columns})
        assert bad.status_code == 422, columns
    assert told.send("/imports", {"table": SimpleUploadedFile("labs.exe", b"MZ")}).status_code == 422


def test_the_schema_tells_every_way_in_and_loads_nothing_from_elsewhere(opened_on_sqlite: Any) -> None:
    from django.test import Client

    opened_on_sqlite(SLUG)
    told = Client().get("/api/openapi.json").json()
    assert len(told["paths"]) == 9
    assert all(each.get("security") for way in told["paths"].values() for each in way.values())
    assert Client().get("/api/docs").status_code == 404


@pytest.mark.slow
def test_no_request_that_follows_from_the_schema_is_a_fault_of_ours(opened_on_sqlite: Any) -> None:
    schemathesis = pytest.importorskip("schemathesis")
    from django.core.wsgi import get_wsgi_application
    from hypothesis import HealthCheck, Phase, settings

    site: Site = opened_on_sqlite(SLUG)
    site.add("P-001")
    told = program(site, "data", "see_study", "see_participants", "see_chart", "see_arm", "export", "import_data")
    writes = program(site, "nurse", "see_study", "see_participants", "see_chart", "record", "import_data")
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", get_wsgi_application())
    seen: dict[str, set[int]] = {}

    @schema.parametrize()
    @settings(
        max_examples=12, derandomize=True, deadline=None, database=None, phases=[Phase.generate, Phase.explicit],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def asked(case: Any) -> None:
        case.path_parameters["slug"] = SLUG
        if "who" in case.path_parameters and len(case.path_parameters["who"]) % 2:
            case.path_parameters["who"] = "P-001"
        for each in (told, writes):
            answer = case.call(headers={"Authorization": each.head["authorization"]})
            seen.setdefault(case.operation.label, set()).add(answer.status_code)
            assert answer.status_code < 500, (case.operation.label, case.path_parameters, case.body, answer.content)

    for operation in schema.get_all_operations():
        schema_test(schema, operation.ok(), asked)
    assert len(seen) == 9
    assert all(status & {200, 201, 409, 422, 404} for status in seen.values()), seen


def schema_test(schema: Any, operation: Any, asked: Any) -> None:
    """Run a check on examples that follow from one operation of the schema."""
    from hypothesis import given

    inner = asked.__wrapped__ if hasattr(asked, "__wrapped__") else asked
    given(case=operation.as_strategy())(inner)()
