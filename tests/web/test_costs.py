"""The cost sheet: sums of a participant and of a study; what an arm costs stays hidden until the study is locked."""

from typing import Any

import pytest

from bedside import Site, token

SLUG = "pdac-oligo-ablation"


@pytest.fixture
def site(opened_on_sqlite: Any) -> Site:
    found: Site = opened_on_sqlite(SLUG)
    for who, arm, drugs in (("P-001", "ablation", 1000), ("P-002", "chemotherapy", 3000)):
        found.add(who)
        found.record(who, {"on": "2026-01-05", "do": "enrolment"})
        found.record(who, {"on": "2026-01-06", "do": "randomisation", "items": {"arm": arm}})
        found.record(who, {"id": f"{who}-a", "on": "2026-06-01", "do": "hospital_bill", "items": {
            "drugs_cost": drugs, "procedures_cost": 200.5, "scans_cost": 0, "stay_cost": 0}})  # fmt: skip
        found.record(who, {"id": f"{who}-b", "on": "2026-07-01", "do": "hospital_bill", "items": {"drugs_cost": 10}})
    return found


def test_bills_add_up_by_item_and_in_all_and_what_is_open_is_said(site: Site) -> None:
    page = site.client("nurse").get(site.url("p/P-001/costs/")).content.decode()
    assert "1\u202f200.50" in page and "1\u202f210.50" in page
    assert page.count("<em>open</em>") == 3 and "1 bill with an item left open" in page


def test_the_study_lists_each_participants_sum(site: Site) -> None:
    page = site.client("data").get(site.url("costs/")).content.decode()
    assert "1\u202f210.50" in page and "3\u202f210.50" in page
    assert site.client("board").get(site.url("costs/")).status_code == 403


def locked(site: Site) -> None:
    """The study is locked."""
    from equipoise.web.ledger import Draft, append

    append(site.slug, [Draft(by="data", role="data_manager", kind="locked", body={"reason": "done"})], request=token())


def test_what_an_arm_costs_is_shown_to_nobody_before_the_lock_and_after_it_to_whom_the_table_says(site: Site) -> None:
    for name in ("nurse", "doctor", "data", "statistics", "monitor", "auditor"):
        page = site.client(name).get(site.url("costs/")).content.decode()
        assert "By arm" not in page, name
    locked(site)
    for name in ("data", "statistics"):
        assert "By arm" in site.client(name).get(site.url("costs/")).content.decode(), name
    for name in ("nurse", "doctor", "monitor", "auditor"):
        assert "By arm" not in site.client(name).get(site.url("costs/")).content.decode(), name


def test_another_site_sees_none_of_these_sums(site: Site) -> None:
    from django.contrib.auth.models import User

    from equipoise.web.demonstration import give_roles

    User.objects.create_user("elsewhere", password="a long enough password")
    give_roles(site.slug, {"elsewhere": "coordinator"}, site="another")
    page = site.client("elsewhere").get(site.url("costs/")).content.decode()
    assert "P-001" not in page and "Nobody yet" in page
