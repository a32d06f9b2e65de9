"""Real eligibility texts: none crashes the reader, and what registers and people say of them is what it reads."""

import re
from pathlib import Path

import pytest

from criteria.corpora import compared_fields, comparisons, forms, texts
from equipoise.criteria import ReadCriterion, coverage, criteria
from equipoise.criteria.scope import read

PAGE = Path(__file__).parent.parent.parent / "docs" / "explanation" / "reading-criteria.md"


def some(shared: Path, share: int) -> list[ReadCriterion]:
    """The criteria of one text in so many, and that each stands where it says and can be used."""
    found: list[ReadCriterion] = []
    for number, (kind, text) in enumerate(texts(shared)):
        if number % share:
            continue
        for each in criteria(text, kind=kind).criteria:
            assert text[each.start : each.end] == each.text
            if each.expression is not None:
                read(each.expression, each.items)
            found.append(each)
    return found


def test_each_of_322_texts_is_read_into_well_typed_expressions(shared: Path) -> None:
    counts = coverage(some(shared, share=20))
    assert counts.whole > 0.1 * counts.all
    assert counts.text < 0.2 * counts.all


@pytest.mark.long
def test_each_of_3223_texts_is_read_and_the_table_in_the_docs_is_what_came_of_it(
    shared: Path, request: pytest.FixtureRequest
) -> None:
    counts = coverage(some(shared, share=1))
    table = " | ".join(
        f"{count:,} ({100 * count / counts.all:.0f} %)" for count in (counts.whole, counts.part, counts.judgement, counts.text)
    )
    row = f"| {counts.all:,} | {table} | {counts.unsure:,} |"
    page = PAGE.read_text(encoding="utf-8")
    if request.config.getoption("--accept"):
        page = re.sub(r"(\| criteria \| whole .*\n.*\n)\|.*", lambda found: found[1] + row, page)
        PAGE.write_text(page, encoding="utf-8")
    assert row in page


@pytest.mark.slow
def test_the_registers_fields_agree_with_what_the_texts_say(shared: Path, request: pytest.FixtureRequest) -> None:
    counts, apart = compared_fields(shared)
    said = sum(said for said, _ in counts.values())
    agree = sum(agree for _, agree in counts.values())
    assert said >= 400
    assert agree >= 0.98 * said, "\n".join(apart)
    table = "\n".join(f"| {name} | {told} | {same} |" for name, (told, same) in counts.items())
    page = PAGE.read_text(encoding="utf-8")
    if request.config.getoption("--accept"):
        page = re.sub(r"(\| field \| said .*\n.*\n)(?:\|.*\n)+", lambda found: f"{found[1]}{table}\n", page)
        PAGE.write_text(page, encoding="utf-8")
    assert table in page


def test_the_comparisons_of_logical_forms_are_read(shared: Path) -> None:
    found = wanted = 0
    for _, kind, text, there in forms(shared):
        have = comparisons(criteria(text, kind=kind).criteria)
        wanted += len(there)
        found += sum(any(value == ours and op in ("?", ou) for ou, ours in have) for op, value in there)
    assert wanted >= 40
    assert found >= 0.95 * wanted
