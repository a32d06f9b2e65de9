"""Questions that a study leaves to the tumour board, or to an investigator: asked of them, and answered by them alone."""

import re
from pathlib import Path
from typing import Any

import pytest

from bedside import ROLES, Site, committed, corrected, token
from equipoise.web.ledger import links

WORDS = """
equipoise: 1
study: judged
version: 1.0.0
title: A trial that leaves questions to people
design: {type: interventional, purpose: treatment, masking: none, enrolment: 10}
sites: {centre: {label: The centre}}
activities:
  imaging:
    label: Imaging
    items:
      method: {type: choice, of: [CT, MRI]}
      look: {type: yes_no, judge: Does it look like a metastasis?, by: investigator}
eligibility:
  - {id: board, text: The board finds an indication., include: {judge: Does the board find an indication?, by: mdt}}
  - {id: doctor, text: No other disease forbids it., exclude: {judge: Does another disease forbid it?, by: investigator}}
  - {id: site, text: The patient has understood., include: {judge: Has the patient understood?, by: site}}
"""


@pytest.fixture
def site(opened: Any, tmp_path: Path) -> Site:
    """A study of which the board, an investigator and the site each judge a part."""
    from equipoise.web.demonstration import give_roles
    from equipoise.web.staff.studies import open_study

    made: Site = opened("batch-rfa-crlm")
    (tmp_path / "judged").mkdir()
    (tmp_path / "judged" / "study.yaml").write_text(WORDS, encoding="utf-8")
    made.slug = open_study(tmp_path / "judged")
    give_roles(made.slug, ROLES)
    committed(made.slug)
    made.record(made.add(), {"id": "consent", "on": "2026-11-19", "do": "consent", "items": {"version": "1.0.0"}})
    return made


def answered(at: Site, name: str, **told: str) -> Any:
    """The form of screening, with answers to judgements."""
    fields = {"judgement.on": "2026-11-20", **{f"judgement.{key}": value for key, value in told.items()}}
    return at.client(name).post(at.url("p/P-001/screening/"), {"request": token(), **fields})


def asked(site: Site, name: str) -> set[str]:
    """The judgements that the page of screening asks of somebody."""
    page = site.client(name).get(site.url("p/P-001/screening/")).content.decode()
    return set(re.findall(r'name="judgement\.(board|doctor|site)"', page))


def test_each_is_asked_of_those_who_answer_it(site: Site) -> None:
    assert asked(site, "nurse") == {"site"}
    assert asked(site, "doctor") == {"doctor", "site"}
    assert asked(site, "board") == {"board"}
    assert asked(site, "monitor") == asked(site, "auditor") == set()
    page = site.client("nurse").get(site.url("p/P-001/")).content.decode()
    assert "An investigator and the tumour board have to answer some of it" in page
    assert "/screening/" in site.client("board").get(site.url("p/P-001/")).content.decode().partition("What happened")[0]


def test_the_board_answers_on_its_own_and_the_ledger_says_in_which_role(site: Site) -> None:
    first = max(each.number for each in links(site.slug))
    assert answered(site, "board", board="yes").status_code == 302
    assert answered(site, "doctor", doctor="no").status_code == 302
    assert answered(site, "nurse", site="yes").status_code == 302
    told = [(each.by, each.role, each.body["items"]) for each in links(site.slug, kinds=("event",), after=first)]
    assert told == [
        ("board", "board_member", {"board": "yes"}),
        ("doctor", "investigator", {"doctor": "no"}),
        ("nurse", "coordinator", {"site": "yes"}),
    ]


@pytest.mark.parametrize(
    ("name", "told"),
    [("nurse", {"site": "yes", "board": "yes"}), ("nurse", {"site": "yes", "doctor": "no"}), ("doctor", {"doctor": "no", "board": "yes"}),
     ("board", {"board": "yes", "site": "yes"})],
)  # fmt: skip
def test_what_is_anothers_to_answer_is_refused_wherever_it_is_put(site: Site, name: str, told: dict[str, str]) -> None:
    answer = answered(site, name, **told)
    assert answer.status_code == 422 and "answers that" in answer.content.decode()
    assert len(list(links(site.slug, kinds=("event",)))) == 1


def test_an_ordinary_form_asks_a_judgement_of_its_judge_alone(site: Site) -> None:
    nurse, doctor = site.client("nurse"), site.client("doctor")
    address = site.url("p/P-001/record/imaging/")
    assert "imaging.look" not in nurse.get(address).content.decode()
    assert 'name="imaging.look"' in doctor.get(address).content.decode()
    told = {"request": token(), "imaging.on": "2026-11-20", "imaging.method": "CT"}
    assert nurse.post(address, {**told, "imaging.look": "yes"}).status_code == 422
    assert nurse.post(address, told).status_code == 302
    event = list(links(site.slug, kinds=("event",)))[-1].body["id"]
    correct = site.url(f"p/P-001/event/{event}/correct/")
    change = {"imaging.on": "2026-11-20", "imaging.method": "CT"}
    answer = corrected(nurse, correct, {**change, "imaging.look": "yes", "reason": "x"})
    assert answer.status_code == 422 and "An investigator answers that" in answer.content.decode()
    assert corrected(doctor, correct, {**change, "imaging.look": "yes", "reason": "read"}).status_code == 302
    assert corrected(nurse, correct, {**change, "imaging.method": "MRI", "reason": "misread"}).status_code == 302
    last = list(links(site.slug, kinds=("event",)))[-1]
    assert last.body["items"] == {"method": "MRI"} and "empty" not in last.body, "what the doctor judged stands"
    for more in ({"retract": "yes"}, {"imaging.on": "2026-11-19"}):
        answer = corrected(nurse, correct, {**change, "imaging.method": "MRI", **more, "reason": "x"})
        assert answer.status_code == 422 and "may withdraw or move it" in answer.content.decode()


def test_a_program_answers_no_judgement_that_its_holder_may_not(site: Site) -> None:
    from django.test import Client

    from equipoise.web.api.tokens import SCOPES, made

    for name, status in (("nurse", 422), ("doctor", 201)):
        _, text = made(site.slug, name, "test", frozenset(SCOPES), 5)
        program = Client(headers={"authorization": f"Bearer {text}"}, raise_request_exception=False)
        told = {"activity": "imaging", "on": "2026-11-20", "items": {"look": True}, "request": token()}
        answer = program.post(f"/api/studies/{site.slug}/participants/P-001/events", told, content_type="application/json")
        assert answer.status_code == status, answer.content


def test_who_has_the_role_at_another_site_alone_does_not_answer(site: Site) -> None:
    from equipoise.web.staff.roles import Powers

    powers = Powers((("coordinator", "centre"), ("investigator", "north")))
    assert powers.roles_at("centre") == {"coordinator"} and powers.roles_at("north") == {"investigator"}
