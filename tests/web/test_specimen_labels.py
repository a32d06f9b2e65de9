"""Specimens: each with a code of its own, on a label that is read without colour and names nobody."""

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bedside import Site
from equipoise.web.staff.specimens import ALPHABET, code_of, is_code, square

T2 = "synchronous-surgery-indications"
NAMES = st.text(min_size=1, max_size=20)


@given(st.lists(st.tuples(NAMES, NAMES, NAMES), min_size=1, max_size=20, unique=True))
def test_codes_of_different_specimens_differ_and_each_is_one(several: list[tuple[str, str, str]]) -> None:
    codes = [code_of("study", *each) for each in several]
    assert len(set(codes)) == len(several)
    assert all(map(is_code, codes))


@given(NAMES, st.integers(0, 10), st.sampled_from(ALPHABET))
def test_one_slip_of_the_pen_is_seen(event: str, place: int, other: str) -> None:
    code = code_of("study", "P-001", event, "tumour")
    slip = code[:place] + other + code[place + 1 :]
    assert is_code(slip) == (slip == code)


@given(NAMES, st.integers(0, 9))
def test_two_characters_that_changed_places_are_seen(event: str, place: int) -> None:
    code = code_of("study", "P-001", event, "tumour")
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert is_code(swapped) == (swapped == code)


def test_the_square_is_black_on_white_without_a_style_and_reads_back() -> None:
    drawn = square("study/P-001/ABC")
    assert "style" not in drawn and set(re.findall(r'fill="([^"]+)"', drawn)) == {"#fff", "#000"}
    import qrcode

    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_Q, border=4)
    code.add_data("study/P-001/ABC")
    code.make(fit=True)
    dark = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", drawn)}
    assert dark == {(x, y) for y, row in enumerate(code.get_matrix()) for x, each in enumerate(row) if each}


def test_each_specimen_has_a_label_that_stays_the_same(opened_on_sqlite: Any) -> None:
    from equipoise.web.staff.studies import opened

    site: Site = opened_on_sqlite(T2)
    site.add("P-001", site=next(iter(opened(site.slug).protocol.sites)))
    nurse, url = site.client("nurse"), site.url("p/P-001/specimens/")
    assert "No specimen is recorded yet" in nurse.get(url).content.decode()
    site.record("P-001", {"id": "s1", "on": "2026-11-02", "do": "research_tissue",
                          "items": {"tumour_tissue": "96 mg", "adjacent_tissue": "110 mg"}})  # fmt: skip
    first = nurse.get(url).content.decode()
    assert first.count("<svg") == 2 and "Tumour, 96 mg" in first and "P-001" in first
    codes = re.findall(r'label-code">([^<]+)<', first)
    assert len(set(codes)) == 2 and all(map(is_code, codes))
    site.record("P-001", {"id": "s0", "on": "2026-11-01", "do": "discarded_tissue", "items": {"discarded_mass": "480 mg"}})
    assert set(codes) < set(re.findall(r'label-code">([^<]+)<', nurse.get(url).content.decode()))
    one = nurse.get(url, {"code": codes[0].lower()}).content.decode()
    assert one.count("<svg") == 1 and codes[0] in one
    assert "This is no code of a specimen" in nurse.get(url, {"code": codes[0][:-1] + "?"}).content.decode()
