"""A trial's page in plain words: easy to read, never a verdict, and it says whom to ask."""

import re
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import equipoise as eq
from equipoise.reports.plain_page import LEVEL, own_words, plain_page, reading_age, syllables

SLUGS = sorted(each.parent.name for each in eq.shipped().glob("*/study.yaml"))
VERDICT = re.compile(
    r"\b(?:not )?eligible\b|you (?:can|may|cannot|can't) (?:join|take part)|you (?:do not )?qualify|you are (?:in|ex)cluded",
    re.IGNORECASE,
)


def words(page: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)))


def quoteless(text: str) -> str:
    return re.sub(r"“[^”]*”", "“”", text)


@pytest.mark.parametrize("slug", SLUGS)
def test_our_own_sentences_are_easy_to_read(slug: str) -> None:
    told = own_words(eq.load(eq.shipped() / slug))
    assert len(told) > 10 and reading_age(told).grade < LEVEL
    assert max(reading_age([each]).grade for each in told) < LEVEL + 8, max(told, key=lambda each: reading_age([each]).grade)


@pytest.mark.parametrize("slug", SLUGS)
def test_no_page_says_whether_somebody_can_join(slug: str) -> None:
    text = quoteless(words(plain_page(eq.load(eq.shipped() / slug)))).replace("No page can tell you whether you can join", "")
    assert VERDICT.search(text) is None


@pytest.mark.parametrize("slug", SLUGS)
def test_every_rule_of_a_study_stands_on_its_page(slug: str) -> None:
    study = eq.load(eq.shipped() / slug)
    text = " ".join(words(plain_page(study)).split())
    for each in study.protocol.eligibility:
        assert " ".join(each.text.split()) in text


def test_a_page_asks_nothing_of_any_other_host() -> None:
    page = plain_page(eq.load(eq.shipped() / SLUGS[0]))
    assert "<script" not in page and "://" not in page


def test_what_somebody_told_is_shown_with_what_is_still_to_be_known(tmp_path: Path) -> None:
    study = eq.load(eq.shipped() / "liver-surgery-linkoping")
    facts = tmp_path / "facts.yaml"
    facts.write_text("on: 2024-03-01\nage: 16\necog: 1\n", encoding="utf-8")
    events, _ = eq.read_facts(facts, study)
    known = eq.chart(study, events, until=eq.last_day(events)).facts
    text = " ".join(words(plain_page(study, known)).split())
    assert "The rule as it is written asks for something else. Ask the team what that means for you." in text
    assert "This goes with the rule as it is written. The team will check it." in text
    assert "Not known yet." in text
    assert VERDICT.search(quoteless(text).replace("No page can tell you whether you can join", "")) is None


def test_the_page_says_whom_to_ask() -> None:
    text = words(plain_page(eq.load(eq.shipped() / "liver-surgery-linkoping")))
    assert "Linköping University" in text and "NCT05271110" in text and "the register lists whom to call" in text


# Flesch-Kincaid by hand: 6 words, 1 sentence, 6 syllables: 0.39 x 6 + 11.8 x 1 - 15.59 = -1.45.
def test_the_grade_is_the_formula() -> None:
    assert reading_age(["The cat sat on the mat."]).grade == pytest.approx(-1.45)
    made = reading_age(["Randomised participants receive systemic chemotherapy."])
    assert (made.sentences, made.words) == (1, 5) and made.grade > 15


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("time", 1),
        ("people", 2),
        ("study", 2),
        ("tablet", 2),
        ("asked", 1),
        ("treated", 2),
        ("table", 2),
        ("the", 1),
        ("chemotherapy", 5),
    ],
)
def test_syllables_are_counted(word: str, count: int) -> None:
    assert syllables(word) == count


@given(st.lists(st.text(max_size=60), max_size=8))
def test_any_text_has_a_reading_age(texts: list[str]) -> None:
    assert 5 <= reading_age(texts).age < 10_000


def test_where_a_study_stands_is_said_in_plain_words() -> None:
    study = eq.study(
        "equipoise: 1\nstudy: s\nversion: 1.0.0\ntitle: A study of walking\nstatus: active not recruiting\nsites: {china: {label: China, country: China}}\ndesign: {type: observational}\n"
    )
    page = words(plain_page(study))
    assert "under way, no one new is taken" in page and "“China”" in page and "China, China" not in page
