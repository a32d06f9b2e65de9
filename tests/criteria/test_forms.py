"""Logical forms whose meaning a person wrote down before any reading of them was seen: right, or asked; never surely wrong."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from criteria.meaning import ASK, forms, same, verdict
from equipoise.criteria.scope import read
from equipoise.criteria.topics import Needed

FORMS = list(forms())
PAGE = Path(__file__).parent.parent.parent / "docs" / "explanation" / "reading-criteria.md"


@cache
def told(at: int) -> str:
    """How one form was read."""
    return verdict(FORMS[at])


@pytest.mark.parametrize("at", range(len(FORMS)), ids=lambda at: FORMS[at]["text"][:60])
def test_a_form_is_read_as_it_is_meant_or_is_asked(at: int) -> None:
    assert told(at) in ("right", "asked")


def test_most_forms_are_read_and_what_cannot_be_told_is_always_asked() -> None:
    counts = Counter(told(at) for at, form in enumerate(FORMS) if form["means"] != ASK)
    assert counts["right"] >= 0.9 * counts.total()
    assert {told(at) for at, form in enumerate(FORMS) if form["means"] == ASK} == {"asked"}


def test_meanings_are_told_apart() -> None:
    flag = (Needed("liver_metastases", type="yes_no"),)
    one = read("if liver_metastases then alt <= 5 x ULN else alt <= 3 x ULN", flag)
    assert same(one, read("alt <= 3 x ULN or liver_metastases and alt <= 5 x ULN", flag))
    assert not same(one, read("alt <= 5 x ULN", flag))
    assert not same(one, read("alt <= 3 x ULN and liver_metastases", flag))


def test_the_table_in_the_docs_is_what_is_read(request: pytest.FixtureRequest) -> None:
    counts = Counter(
        (form["set"], "right" if form["means"] == ASK and said == "asked" else said.split(":")[0])
        for at, form in enumerate(FORMS)
        for said in (told(at),)
    )
    table = "".join(
        f"| {name} | {counts[name, 'right']} | {counts[name, 'asked']} | {counts[name, 'wrong']} |\n"
        for name in ("first", "second", "third", "fourth", "fifth", "sixth")
    )
    page = PAGE.read_text(encoding="utf-8")
    if request.config.getoption("--accept"):
        page = re.sub(r"(\| set \| right, .*\n.*\n)(?:\|.*\n)+", lambda found: found[1] + table, page)
        PAGE.write_text(page, encoding="utf-8")
    assert table in page
