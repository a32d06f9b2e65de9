"""Questionnaires, written down by staff for the participant who answered."""

import json
import re
from pathlib import Path
from typing import Any

from bedside import Site, token
from unfolding import unfolding

SLUG, FORM = "pdac-oligo-ablation", "p/P-001/questionnaires/satisfaction_questionnaire/"
ANSWERS = {"with_treatment": "5", "with_burden": "3", "with_information": "4"}


def told(**more: str) -> dict[str, str]:
    """The form as somebody fills it in."""
    answers = {f"satisfaction_questionnaire.{name}": value for name, value in ANSWERS.items()}
    return {"request": token(), "satisfaction_questionnaire.on": "2026-11-19", "how": "interview", **answers, **more}


def test_answers_are_kept_with_how_they_were_given_and_none_is_made_up(opened: Any) -> None:
    site: Site = opened(SLUG)
    site.add("P-001")
    nurse = site.client("nurse")
    assert nurse.get(site.url("p/P-001/record/satisfaction_questionnaire/"))["Location"].endswith(FORM)
    answer = nurse.post(site.url(FORM), told())
    if answer.status_code == 422:
        seen = re.search(r'name="seen" value="([^"]+)"', answer.content.decode())
        assert seen is not None, answer.content.decode()
        answer = nurse.post(site.url(FORM), told(seen=seen[1]))
    assert answer.status_code == 302
    page = nurse.get(site.url("p/P-001/questionnaires/")).content.decode()
    assert "3 of 4" in page and ">–<" in page
    from equipoise.web.ledger import links

    event = [each for each in links(site.slug, kinds=("event",))][-1]
    assert (
        event.body["note"] == "Read out, answered aloud, written down by nurse."
        and "would_choose_again" not in event.body["items"]
    )


def test_how_it_was_answered_has_to_be_said_and_something_be_answered(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite(SLUG)
    site.add("P-001")
    nurse = site.client("nurse")
    assert "Say how it was answered" in nurse.post(site.url(FORM), told(how="")).content.decode()
    empty = {"request": token(), "satisfaction_questionnaire.on": "2026-11-19", "how": "paper"}
    assert "No question is answered" in nurse.post(site.url(FORM), empty).content.decode()
    assert nurse.get(site.url("p/P-001/questionnaires/labs/")).status_code == 404
    assert site.client("monitor").get(site.url(FORM)).status_code == 403


def test_a_questionnaire_unfolds_as_it_is_answered(opened_on_sqlite: Any, tmp_path: Path) -> None:
    site: Site = opened_on_sqlite(SLUG)
    site.slug = unfolding(tmp_path)
    site.add("P-001")
    nurse = site.client("nurse")
    draft, page = site.url("p/P-001/record/smoking/?draft=1"), site.url("p/P-001/questionnaires/smoking/")

    def stands(**told: str) -> list[str]:
        answer = nurse.post(draft, {"smoking.on": "2026-11-19", **{f"smoking.{key}": value for key, value in told.items()}})
        asked = json.loads(answer["HX-Trigger"])["asked"]
        return [name.removeprefix("smoking.") for name, is_shown in asked.items() if is_shown]

    def sent(asked: str = "", **told: str) -> Any:
        fields = {f"smoking.{key}": value for key, value in told.items()}
        return nurse.post(page, {"request": token(), "how": "paper", "asked": asked, "smoking.on": "2026-11-19", **fields})

    assert stands() == stands(smokes="no") == []
    assert stands(smokes="yes") == stands(smokes="yes", a_day="3") == ["a_day", "tried"]
    assert stands(smokes="yes", a_day="20") == ["a_day", "stopping", "tried"]
    assert stands(smokes="yes", tried="yes") == ["a_day", "tried", "how"]
    assert stands(smokes="", a_day="") == [], "an answer that is taken back takes its questions with it"
    # Without script: asked after saving, one after the other; what is required is then required.
    first = sent(smokes="yes")
    assert first.status_code == 422 and "This is needed" in first.content.decode()
    second = sent("smoking.a_day,smoking.tried", smokes="yes", a_day="20")
    assert (
        second.status_code == 422 and "More is asked" in second.content.decode() and "like to stop" in second.content.decode()
    )
    assert sent("smoking.a_day,smoking.tried,smoking.stopping", smokes="yes", a_day="20").status_code == 302
    assert stands() == [], "another is answered anew"
    assert sent(smokes="no").status_code == 302
