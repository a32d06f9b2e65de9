"""Numbers with units, as laboratories write them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.finding import Unreadable
from equipoise.quantity import NotConvertible, Quantity, are_alike, conversion, converted, scale

SAME = [
    ("10^9/L", "10*9/L"), ("10^9/L", "10**9/L"), ("10^9/L", "x10^9/L"), ("10^9/L", "x 10^9/L"), ("10^9/L", "× 10⁹/L"),
    ("10^9/L", "G/L"), ("10^12/L", "T/L"), ("10^9/L", "10^3/uL"), ("10^9/L", "K/uL"), ("10^12/L", "M/µL"), ("10^9/L", "10^9/l"),
    ("/uL", "/µL"), ("/uL", "/μL"), ("/uL", "/mcL"), ("/uL", "/mm3"), ("/uL", "cells/mm³"), ("umol/L", "µmol/L"), ("ug", "mcg"),
    ("U/L", "IU/L"), ("U/L", "UI/L"), ("kU/L", "U/mL"), ("mU/mL", "U/L"), ("ng/mL", "ug/L"), ("mg/dL", "mg/dl"),
    ("mL/min/1.73m2", "mL/min/1.73 m²"), ("kg/m2", "kg/m^2"), ("mm[Hg]", "mmHg"), ("Cel", "°C"), ("a", "years"),
    ("mo", "months"),
    ("wk", "weeks"), ("d", "day"), ("h", "hours"), ("min", "minute"), ("/min", "beats/min"), ("mg/d", "mg/24h"), ("cm3", "mL"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_unit_has_many_spellings(one, other):
    assert conversion(one, other) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("value", "of", "to", "molar_mass", "is_"),
    [
        (50, "10^9/L", "/uL", None, 50_000),
        (5, "cm", "mm", None, 50),
        (12, "g/dL", "g/L", None, 120),
        (1, "mg/dL", "umol/L", 584.66, 17.1039578558),      # bilirubin: 10 mg / 584.66 g/mol
        (88.4, "umol/L", "mg/dL", 113.12, 0.9999808),       # creatinine: 88.4 x 113.12 / 10^4
        (5.6, "mmol/L", "mg/dL", 180.156, 100.88736),       # glucose
        (37, "Cel", "[degF]", None, 98.6),
        (98.6, "°F", "Cel", None, 37),
        (120, "mm[Hg]", "kPa", None, 15.9986864898),
        (60, "U/L", "ukat/L", None, 1),
        (50, "%", "", None, 0.5),
        (2, "years", "months", None, 24),
        (90, "min", "h", None, 1.5),
    ],
)  # fmt: skip
def test_numbers_worked_out_on_paper(value, of, to, molar_mass, is_):
    assert converted(value, of, to, molar_mass) == pytest.approx(is_, rel=1e-11)


@pytest.mark.parametrize(
    ("of", "to", "molar_mass"),
    [("mg/dL", "umol/L", None), ("mg", "mm", None), ("mg/dL", "U/L", 584.66), ("mmol/L", "meq/L", None), ("EUR", "USD", None),
     ("10^9/L", "mg/L", 100.0), ("", "mg", None), ("mOsm/kg", "mmol/kg", None), ("Cel", "%", None)],
)  # fmt: skip
def test_unlike_things_are_not_exchanged(of, to, molar_mass):
    assert not are_alike(of, to, molar_mass)
    with pytest.raises(NotConvertible, match="cannot be turned into"):
        converted(1.0, of, to, molar_mass)


@pytest.mark.parametrize(
    ("unit", "says"),
    [
        ("furlongs", "'furlongs' is not a unit equipoise knows"),
        ("hectare", "'hectare' is not a unit equipoise knows"),
        ("mgg/L", "'mgg' (in 'mgg/L') is not a unit equipoise knows; did you mean 'mg'?"),
        ("umoll/L", "'umoll' (in 'umoll/L') is not a unit equipoise knows; did you mean 'umol'?"),
        ("g//L", None), ("/", None), ("10^", None), ("0/L", None), ("mg mg", None), ("1e9/L", None), ("m9", None), ("[", None),
        ("Cel/min", None), ("import os", None), ("ULN", None), ("\x00", None), ("mg/", None), ("g" * 10_000, None),
    ],
    ids=lambda each: str(each)[:20],
)  # fmt: skip
def test_what_is_no_clinics_unit_is_refused(unit, says):
    with pytest.raises(Unreadable) as found:
        scale(unit)
    assert says is None or found.value.says == says
    assert len(found.value.says) < 150


@given(
    st.text(max_size=45)
    | st.lists(st.sampled_from(["mg", "/", "10", "^", "9", "L", "x", ".", "m", "2", " ", "[", "]", "u"])).map("".join)
)
def test_any_text_is_a_unit_or_is_refused(text):
    with contextlib.suppress(Unreadable):
        assert scale(text).factor > 0


@given(st.floats(1e-6, 1e9), st.sampled_from(SAME + [("mg/dL", "umol/L"), ("g/L", "g/dL"), ("Cel", "[degF]")]))
def test_there_and_back_is_where_one_was(value, units):
    one, other = units
    assert converted(converted(value, one, other, 100.0), other, one, 100.0) == pytest.approx(value, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "quantity"),
    [("84 10^9/L", Quantity(84, "10^9/L")), ("1.2 mg/dL", Quantity(1.2, "mg/dL")), ("3.5", Quantity(3.5)),
     ("-2", Quantity(-2.0)),
     (" 84x10^9/L ", Quantity(84, "x10^9/L")), ("1e3 /uL", Quantity(1000.0, "/uL"))],
)  # fmt: skip
def test_a_quantity_is_a_number_and_its_unit(text, quantity):
    assert Quantity.from_text(text) == quantity


@pytest.mark.parametrize("text", ["", "mg", "1,2 mg", "1 furlong", "1 2", "inf", "nan", "1e999", "1..2", "<5", "0x10"])
def test_what_is_no_quantity_is_refused(text):
    with pytest.raises(Unreadable):
        Quantity.from_text(text)
