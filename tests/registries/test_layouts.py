"""One invented trial in five layouts that the reader was not written for: the same record from each."""

from pathlib import Path

import pytest

from equipoise.criteria import criteria
from equipoise.registries import Record, read_record, surest
from equipoise.registries.record import Outcome

LAYOUTS = sorted((Path(__file__).parent / "layouts").glob("*.txt"))
SINGLE = {
    "title": "Microwave ablation or surgery for small liver tumours",
    "official_title": "A Randomised Trial of Microwave Ablation Versus Resection for Liver Tumours up to 3 cm",
    "status": "recruiting", "sponsor": "Northern University Hospital", "study_type": "interventional", "allocation": "randomised",
    "model": "parallel", "masking": "none", "purpose": "treatment", "enrolment": "120", "start": "2024-03-01", "primary_completion": "2027-03-31",
    "completion": "2028-03-31", "sex": "all", "minimum_age": "18 years", "maximum_age": "80 years", "healthy_volunteers": "False",
}  # fmt: skip
SEVERAL = {"identifiers": ["NCT09990001"], "phases": ["3"], "conditions": ["Liver Metastases", "Hepatocellular Carcinoma"],
           "interventions": ["Microwave ablation", "Liver resection"], "countries": ["Norway"]}  # fmt: skip
OUTCOMES = [Outcome("Local recurrence", "primary", "", "2 years"), Outcome("Overall survival", "secondary", "", "5 years")]


def told(page: Path) -> dict[str, object]:
    (record,), _ = read_record(page)
    found: dict[str, object] = {name: str(best.value) for name in SINGLE if (best := surest(record.said(name))) is not None}
    for name in SEVERAL:
        found[name] = [_called(each.value) for each in record.said(name)]
    if not found["countries"]:
        found["countries"] = [each.value.country or each.value.facility for each in record.locations]
    found["outcomes"] = [each.value for each in record.outcomes]
    found["criteria"] = _criteria(record)
    return found


def _called(value: object) -> str:
    return str(getattr(value, "name", None) or getattr(value, "id", None) or value)


def _criteria(record: Record) -> list[tuple[str, str]]:
    (said,) = record.eligibility
    return [(each.kind, each.text) for each in criteria(said.value).criteria]


@pytest.mark.parametrize("page", LAYOUTS, ids=lambda each: each.stem)
def test_each_layout_gives_the_same_record(page: Path) -> None:
    assert told(page) == {
        **SINGLE,
        **SEVERAL,
        "outcomes": OUTCOMES,
        "criteria": [
            ("include", "ECOG performance status 0-1"),
            ("include", "Up to 3 tumours, each 3 cm or less"),
            ("exclude", "Child-Pugh class C"),
        ],
    }


@pytest.mark.parametrize("page", LAYOUTS, ids=lambda each: each.stem)
def test_no_line_of_a_layout_is_left(page: Path) -> None:
    assert not [each for each in read_record(page)[1] if each.rule in ("record-line-left", "record-refused", "record-conflict")]


def test_there_are_five() -> None:
    assert len(LAYOUTS) == 5
