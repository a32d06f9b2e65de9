"""Logical forms whose meaning a person wrote down before any reading of them was seen: right, or asked; never surely wrong."""

import re
from collections import Counter
from pathlib import Path

import pytest

from criteria.meaning import ASK, forms, same, verdict
from equipoise.criteria.scope import read
from equipoise.criteria.topics import Needed

FORMS = list(forms())
PAGE = Path(__file__).parent.parent.parent / "docs" / "explanation" / "reading-criteria.md"


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form["text"][:60])
def test_a_form_is_read_as_it_is_meant_or_is_asked(form: dict[str, str]) -> None:
    assert verdict(form) in ("right", "asked")


def test_most_forms_are_read_and_what_cannot_be_told_is_always_asked() -> None:
    told = Counter(verdict(form) for form in FORMS if form["means"] != ASK)
    assert told["right"] >= 0.82 * told.total()
    assert {verdict(form) for form in FORMS if form["means"] == ASK} == {"asked"}


def test_meanings_are_told_apart() -> None:
    flag = (Needed("liver_metastases", type="yes_no"),)
    one = read("if liver_metastases then alt <= 5 x ULN else alt <= 3 x ULN", flag)
    assert same(one, read("alt <= 3 x ULN or liver_metastases and alt <= 5 x ULN", flag))
    assert not same(one, read("alt <= 5 x ULN", flag))
    assert not same(one, read("alt <= 3 x ULN and liver_metastases", flag))


def test_the_table_in_the_docs_is_what_is_read(request: pytest.FixtureRequest) -> None:
    told = Counter(
        (form["set"], "right" if form["means"] == ASK and said == "asked" else said.split(":")[0])
        for form in FORMS
        for said in (verdict(form),)
    )
    table = "".join(
        f"| {name} | {told[name, 'right']} | {told[name, 'asked']} | {told[name, 'wrong']} |\n"
        for name in ("first", "second", "third")
    )
    page = PAGE.read_text(encoding="utf-8")
    if request.config.getoption("--accept"):
        page = re.sub(r"(\| set \| right, .*\n.*\n)(?:\|.*\n)+", lambda found: found[1] + table, page)
        PAGE.write_text(page, encoding="utf-8")
    assert table in page
