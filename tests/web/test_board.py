"""The tumour-board gate: nothing goes on until who decides has decided, with a quorum, a reason where needed, and a signature."""

from typing import Any

import pytest

from a_board import T2, T3, decided, put, step
from bedside import Site
from equipoise.verifier import shown_hash


@pytest.fixture
def waits(opened: Any) -> tuple[Site, str]:
    """Somebody of T3 for whom the board has not decided."""
    site: Site = opened(T3)
    return site, put(site, "waiting_for_the_board")


def test_the_pathway_stands_at_the_board_until_it_is_signed(waits: tuple[Site, str]) -> None:
    site, who = waits
    assert step(site, who) == "board"
    page = site.client("board").get(site.url(f"p/{who}/board/")).content.decode()
    assert "The rule proposes: resect" in page and "Decide and sign" in page
    assert decided(site, who, option="resect").status_code == 302
    assert step(site, who) == "resection"
    from equipoise.web.ledger import links

    signed, event = list(links(site.slug, participant=who))[-2:]
    assert (signed.kind, event.kind, event.body["decide"]) == ("signed", "event", "board")
    assert signed.body["purpose"] == "gate" and signed.body["shown"]["decided"]["option"] == "resect"
    assert signed.body["hash"] == shown_hash(signed.body["shown"])
    assert signed.body["shown"]["lesions"] and signed.body["shown"]["happened"]
    again = decided(site, who, option="resect")
    assert again.status_code == 422 and "No decision waits here" in again.content.decode()


def test_a_signed_decision_of_the_board_is_no_deviation(waits: tuple[Site, str]) -> None:
    site, who = waits
    assert decided(site, who, option="resect").status_code == 302
    from equipoise.web.staff import charts
    from equipoise.web.staff.here import today
    from equipoise.web.staff.models import Participant

    row = Participant.objects.get(study=site.slug, participant=who)
    known = charts.known(site.slug, row, until=today())
    assert [each.says for each in known.deviations if each.rule in ("decision", "override", "quorum")] == []


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"option": "ablate"}, "Give the reason"),
        ({"option": "operate"}, "Choose what was decided"),
        ({"option": "resect", "members": ""}, "Say how many took part"),
        ({"option": "resect", "who_you_are": "wrong"}, "neither your password"),
        ({"option": "resect", "shown": "0" * 64}, "has changed since this page was made"),
    ],
)
def test_what_is_not_whole_decides_nothing(opened_on_sqlite: Any, told: dict[str, str], says: str) -> None:
    site: Site = opened_on_sqlite(T3)
    who = put(site, "waiting_for_the_board")
    answer = decided(site, who, **told)
    assert answer.status_code == 422 and says in answer.content.decode()
    assert step(site, who) == "board"


def test_to_depart_from_the_rule_takes_a_reason(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite(T3)
    who = put(site, "waiting_for_the_board")
    assert decided(site, who, option="ablate", reason="Too frail for a resection.").status_code == 302
    assert step(site, who) == "ablation"


def test_who_is_not_of_the_board_decides_nothing(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite(T3)
    who = put(site, "waiting_for_the_board")
    for name in ("doctor", "nurse", "monitor"):
        page = site.client(name).get(site.url(f"p/{who}/board/")).content.decode()
        assert "Decide and sign" not in page and "The tumour board decides" in page
        answer = decided(site, who, name, option="resect", shown="0" * 64)
        assert answer.status_code == 422 and step(site, who) == "board"


def test_below_the_quorum_nothing_is_decided(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite(T2)
    who = put(site, "marker-missing")
    assert step(site, who) == "team_decision"
    answer = decided(site, who, option="continue_systemic", members="2", reason="marker to come")
    assert answer.status_code == 422 and "At least 3 have to take part" in answer.content.decode()
    assert step(site, who) == "team_decision"
    assert decided(site, who, option="continue_systemic", members="3", reason="marker to come").status_code == 302
    assert step(site, who) != "team_decision"


def test_what_cannot_be_told_is_said_beside_its_option(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite(T2)
    who = put(site, "marker-missing")
    page = site.client("board").get(site.url(f"p/{who}/board/")).content.decode()
    assert "CA 19-9: never recorded" in page and "The rule proposes nothing" in page


def test_a_study_whose_rules_decide_has_no_tab_for_the_board(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite("batch-rfa-crlm")
    site.add("P-001")
    assert "/board/" not in site.client("board").get(site.url("p/P-001/")).content.decode()
    assert "No decision waits here" in site.client("board").get(site.url("p/P-001/board/")).content.decode()
