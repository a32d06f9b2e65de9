"""Curves as pictures: the same each time, legible without colour, and marked where the data are virtual."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest

from analysis.invented import SIX, UNTIL, people, trial
from equipoise.analysis import Result, analyse
from equipoise.reports.curves import curve_figure, curves, told
from equipoise.reports.page import harmless

ONE = "one: {endpoint: os, method: kaplan_meier, estimand: {population: randomised, contrast: new vs old_way}}"


def result(*, virtual: bool = False) -> Result:
    study = trial(ONE)
    return analyse(study, people(study, SIX), until=UNTIL, virtual=virtual)[0]


def test_a_picture_is_the_same_each_time() -> None:
    assert curves(result()) == curves(result())


def test_a_picture_is_whole_and_harmless() -> None:
    svg = curves(result())
    ElementTree.fromstring(svg)
    assert harmless(svg) == svg
    assert "<style" not in svg, "a style in a picture would reach the page around it"
    assert not re.search(r"20\d\d-\d\d-\d\d", svg)


def test_arms_differ_by_dash_and_not_by_colour_alone() -> None:
    svg = curves(result())
    assert "stroke-dasharray" in svg


def test_the_words_hold_the_numbers() -> None:
    said = told(result())
    assert "New: 3 participants, 2 with the event" in said
    assert "Old: 3 participants, 2 with the event" in said
    assert said.split(".")[0] in curves(result())


def test_virtual_data_are_marked_and_others_are_not() -> None:
    assert "VIRTUAL DATA" in curves(result(virtual=True))
    assert "VIRTUAL" not in curves(result())


def test_no_curve_no_picture() -> None:
    study = trial(ONE)
    empty = analyse(study, {}, until=UNTIL)[0]
    assert curves(empty) == ""
    assert curve_figure(empty) is None


@pytest.mark.parametrize("label", ["<script>alert(1)</script>", 'A "quoted" & odd $x^2$ arm', "very " * 40])
def test_a_label_is_only_ever_letters(label: str) -> None:
    found = result()
    odd = replace(found, curves=tuple(replace(each, label=label) for each in found.curves))
    svg = curves(odd)
    ElementTree.fromstring(svg)
    assert "<script" not in svg
