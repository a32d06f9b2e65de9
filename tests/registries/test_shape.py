"""A page's layout as a whole: the same fields, in any order, laid out in eleven ways, are read as the same record."""

import random
from collections.abc import Callable, Sequence
from itertools import zip_longest

import pytest

from equipoise.registries import FIELDS, Record, read_record, surest
from equipoise.registries.labels import criteria_heading, label
from equipoise.registries.layout.questions import asked

Pairs = Sequence[tuple[str, str]]
SAID = {
    "title": ("Public title", "Cold Caps for Hair Loss During Chemotherapy"),
    "identifiers": ("Registration number", "NCT09990080"),
    "sponsor": ("Sponsor", "Northern University Hospital"),
    "status": ("Recruitment status", "Active, not recruiting"),
    "phases": ("Phase", "Phase 2"),
    "study_type": ("Study type", "Interventional"),
    "enrolment": ("Sample size", "140"),
    "sex": ("Sex", "Female"),
    "minimum_age": ("Minimum age", "18 years"),
    "maximum_age": ("Maximum age", "70 years"),
    "healthy_volunteers": ("Healthy volunteers", "No"),
    "start": ("Study start", "4 March 2024"),
    "completion": ("Completion date", "31 December 2026"),
    "conditions": ("Condition", "Alopecia"),
}
READ = {
    "identifiers": "NCT09990080", "status": "active_not_recruiting", "phases": "2", "study_type": "interventional", "sex": "female",
    "healthy_volunteers": "False", "start": "2024-03-04", "completion": "2026-12-31",
}  # fmt: skip


def heads_over_values(pairs: Pairs) -> str:
    rows: list[str] = []
    for at in range(0, len(pairs), 3):
        some = pairs[at : at + 3]
        widths = [max(map(len, pair)) + 4 for pair in some]
        for cells in zip(*some, strict=True):
            rows.append("".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())
        rows.append("")
    return "\n".join(rows)


LAYOUTS: dict[str, Callable[[Pairs], str]] = {
    "label: value": lambda pairs: "\n".join(f"{name}: {value}" for name, value in pairs),
    "label – value": lambda pairs: "\n".join(f"{name} – {value}" for name, value in pairs),
    "label over value": lambda pairs: "\n".join(f"{name}\n{value}" for name, value in pairs),
    "value over label": lambda pairs: "\n".join(f"{value}\n{name}" for name, value in pairs),
    "labels, then values": lambda pairs: "\n".join([*(name for name, _ in pairs), *(value for _, value in pairs)]),
    "margin": lambda pairs: "\n".join(f"{name + ':':<28}{value}" for name, value in pairs),
    "dots": lambda pairs: "\n".join(f"  {name + ' ':.<28} {value}" for name, value in pairs),
    "two pairs a row": lambda pairs: "\n".join(
        "\t".join(cell for pair in row for cell in pair) for row in zip_longest(pairs[::2], pairs[1::2], fillvalue=())
    ),
    "heads over values": heads_over_values,
    "table": lambda pairs: "\n".join(["| Field | Entry |", "|---|---|", *(f"| {name} | {value} |" for name, value in pairs)]),
    "numbered table": lambda pairs: "\n".join(
        [
            "| No. | Item | Entry |",
            "|---|---|---|",
            *(f"| {n} | {name} | {value} |" for n, (name, value) in enumerate(pairs, 1)),
        ]
    ),
}


def value_of(record: Record, name: str) -> str:
    best = surest(record.said(name))
    return "" if best is None else str(getattr(best.value, "id", best.value))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("layout", LAYOUTS)
def test_fields_in_any_order_and_layout_are_read_the_same(layout: str, seed: int) -> None:
    chance = random.Random(seed)
    names = [name for name in SAID if chance.random() > 0.15 or name == "title"]
    chance.shuffle(names)
    (record,), _ = read_record(LAYOUTS[layout]([SAID[name] for name in names]) + "\n")
    assert {name: value_of(record, name) for name in names} == {name: READ.get(name, SAID[name][1]) for name in names}
    assert not [name for name in FIELDS if name not in names and record.said(name)]


@pytest.mark.parametrize("layout", ["label: value", "two pairs a row", "table", "margin"])
def test_a_value_under_a_wrong_label_is_found_and_nothing_else_is_disturbed(layout: str) -> None:
    pairs = dict(SAID) | {"sex": ("Sex", "18 years"), "minimum_age": ("Minimum age", "Female")}
    (record,), findings = read_record(LAYOUTS[layout](list(pairs.values())) + "\n")
    assert sum(each.rule == "record-value-misplaced" for each in findings) == 2
    others = [name for name in SAID if name not in ("sex", "minimum_age")]
    assert {name: value_of(record, name) for name in others} == {name: READ.get(name, SAID[name][1]) for name in others}


def test_a_page_number_and_a_repeated_head_say_nothing() -> None:
    text = "ACME 12   confidential\nSponsor: Acme Hospital\nExclusion criteria:\n- Asthma\nPage 1 of 2\nACME 12   confidential\n- Gout\nPage 2 of 2\n"
    (record,), findings = read_record(text)
    assert "Page" not in record.eligibility[0].value and "ACME" not in record.eligibility[0].value
    assert not [each for each in findings if each.rule == "record-line-left"]


def test_what_a_margin_broke_is_put_together_and_keeps_its_place() -> None:
    text = "Official title:       Cold caps or no caps against the loss of hair\n                      during chemotherapy\nPhase:                2\n"
    (record,), _ = read_record(text, file="page.txt")
    assert record.official_title[0].value == "Cold caps or no caps against the loss of hair during chemotherapy"
    assert (record.official_title[0].place.line, record.official_title[0].place.column) == (1, 23)


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("This phase II, open-label study will enrol 60 participants aged 18 to 75.", {"phases": "2", "masking": "none", "enrolment": "60", "minimum_age": "18 years"}),
        ("In this randomised trial, nobody knows the group.", {"allocation": "randomised"}),
        ("An earlier phase 3 trial enrolled 500 patients.", {}),
        ("A randomised trial may be questionable here.", {}),
        ("Many open-label studies have included 40 patients.", {}),
        ("The study started in March 2023 and is expected to finish in May 2026.", {"start": "2023-03", "completion": "2026-05"}),
    ],
)  # fmt: skip
def test_a_trial_tells_of_itself_in_sentences_and_not_of_others(sentence: str, told: dict[str, str]) -> None:
    (record,), _ = read_record(f"NCT09990080\nSummary: We ask whether caps keep the hair. {sentence}\n")
    names = ("phases", "masking", "allocation", "enrolment", "minimum_age", "start", "completion")
    assert {name: value_of(record, name) for name in names if record.said(name)} == told
    assert all(each.confidence.value == "unsure" for name in names for each in record.said(name))


def test_a_labelled_value_stands_before_one_in_a_sentence() -> None:
    (record,), _ = read_record("Phase: 3\nSummary: This phase II study will enrol 60 participants.\n")
    assert [each.value for each in record.phases] == ["3"]


def test_questions_are_labels_of_what_they_ask() -> None:
    assert asked("How many people do you need?") == ("value", "enrolment", "")
    assert asked("How many visits are there?") is None or asked("How many visits are there?")[1] != "enrolment"  # type: ignore[index]
    assert asked("Who should I call?") == ("nothing", "", "")
    assert asked("What other results will you look at?") == ("section", "outcomes", "secondary")
    assert asked("A sentence that asks nothing.") is None
    assert criteria_heading("You may not be able to join this trial if any of these apply. You:") == "exclude"
    assert criteria_heading("Patients with asthma were able to walk") == ""


@pytest.mark.parametrize(
    "contact", ["Contact person\nDr A. Nobody, 555 0100", "Contact: Dr A. Nobody", "Contactpersoon – Dr A. Nobody"]
)
def test_whom_to_ask_is_no_criterion(contact: str) -> None:
    (record,), _ = read_record(f"Inclusion criteria\n- Asthma for a year\nExclusion criteria\n- Gout\n{contact}\n")
    assert "Nobody" not in "".join(str(each.value) for name in FIELDS for each in record.said(name))


def test_a_button_of_the_site_ends_the_criteria_and_a_criterion_that_begins_like_one_does_not() -> None:
    text = "Inclusion criteria\nAsthma for a year\nShare a household with an infected person\nPrint disability\nShare this page\nOther trials\n"
    (record,), _ = read_record(text)
    assert record.eligibility[0].value.splitlines()[1:] == [
        "Asthma for a year",
        "Share a household with an infected person",
        "Print disability",
    ]


def test_a_label_in_two_languages_is_one_label() -> None:
    assert label("Promoteur / Sponsor") == label("Sponsor")
    (record,), _ = read_record("Insu / Masking : Ouvert / Open label\nSexe / Sex : Femmes / Men\n")
    assert [each.value for each in record.masking] == ["none"] and not record.sex
