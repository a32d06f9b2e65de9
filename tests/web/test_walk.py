"""A walk through batch-rfa-crlm, page by page, with the clock moved on: the pages always say what is next and why."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from bedside import Site, signed, token

START = date(2026, 11, 2)


class Walk:
    """One participant through the trial; `day` is the clock of the desk."""

    def __init__(self, site: Site, who: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.site, self.who, self.day = site, who, START
        self.nurse = site.client("nurse")
        monkeypatch.setattr("equipoise.web.staff.here.today", lambda: self.day)

    def wait(self, **days: int) -> None:
        """Let time pass."""
        self.day += timedelta(**days)

    def record(self, activity: str, *, expected: bool = False, **items: str) -> str:
        """Fill in a form, and say what the page said if the protocol did not expect it."""
        told = {f"{activity}.{key}": value for key, value in items.items()}
        told |= {f"{activity}.on": self.day.isoformat(), "request": token()}
        address = self.site.url(f"p/{self.who}/record/{activity}/")
        response = self.nurse.post(address, told)
        said = response.content.decode()
        if response.status_code == 422 and not expected:
            seen = re.search(r'name="seen" value="(\w+)"', said)
            assert seen is not None, said
            response = self.nurse.post(address, {**told, "seen": seen[1]})
        assert response.status_code == 302, said
        return said

    def imaging(self, sizes: dict[str, str], **items: str) -> None:
        """An imaging with these lesions, each a size or a word."""
        for row, (name, size) in enumerate(sizes.items()):
            key = "diameter" if size[0].isdigit() else "status"
            items |= {f"lesion.{row}.id": name, f"lesion.{row}.organ": "liver", f"lesion.{row}.{key}": size}
        self.record("liver_imaging", method="MRI", **items)

    @property
    def next(self) -> list[tuple[str, str]]:
        """What is next, and why, as the timeline has it."""
        response = self.nurse.get(self.site.url(f"p/{self.who}/"))
        assert response.status_code == 200
        found = response.context["nexts"]
        text = response.content.decode()
        assert all(part in text for each in found for part, _ in each.parts)
        return [(part, each.why) for each in found for part, _ in each.parts]

    def says(self, does: str, why: str = "") -> None:
        """The page says that this is next, for this reason."""
        assert any(does == each and why in because for each, because in self.next), (does, why, self.next)


LABS = {"haemoglobin": "124", "leucocytes": "5", "neutrophils": "3.1", "platelets": "170", "alt": "27", "ast": "25", "bilirubin": "12",
        "albumin": "41", "creatinine": "70", "inr": "1.0", "cea": "22", "ca19_9": "31"}  # fmt: skip


def test_the_pages_say_what_is_next_and_why_from_induction_to_the_third_year(
    opened_on_sqlite: Callable[[str], Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = opened_on_sqlite("batch-rfa-crlm")
    walk = Walk(site, "T5-001", monkeypatch)
    site.add(walk.who)
    walk.says("Record consent")
    walk.record("consent", version="1.0.0")
    walk.says("Complete screening", "5 of 5 criteria")
    walk.record("screening", age="61", histology="colorectal_adenocarcinoma", liver_operated="yes", liver_operated_on="2025-05-05",
                re_resection="unsuitable")  # fmt: skip
    walk.imaging({"L1": "14", "L2": "22", "L3": "18", "L4": "12", "L5": "10"})
    walk.says("Sign eligibility and enrol", "Every criterion is met")
    assert signed(site, walk.who).status_code == 302
    walk.says("Assign to an arm")
    walk.record("assignment", arm="batch_rfa")
    # induction
    walk.says("Cycle of systemic therapy", "First systemic therapy")
    for _ in range(3):
        walk.wait(days=14)
        walk.record("systemic_cycle", regimen="FOLFIRI", antibody="bevacizumab")
    walk.wait(days=14)
    walk.imaging({"L1": "11", "L2": "17", "L3": "14", "L4": "9", "L5": "8"}, response="PR")
    walk.record("ultrasound", mode="multimodal")
    # failing labs, and a retry
    walk.says("Blood tests", "Fit for ablation?")
    walk.wait(days=1)
    walk.record("labs", **{**LABS, "platelets": "38"})
    assert any("Fit for ablation?" in why and "platelets" in why.lower() for _, why in walk.next), (
        walk.next
    )  # it says which of them failed
    walk.wait(days=7)
    walk.record("labs", **LABS)
    # the first session, of three lesions
    walk.says("Choice of the lesions to ablate", "Which lesions?")
    walk.record("selection", chosen="L1,L2,L3")
    walk.says("Session of radiofrequency ablation")
    walk.wait(days=3)
    walk.record("rfa_session", lesions_ablated="L1,L2,L3", access="percutaneous", guidance="ultrasound")
    # consolidation
    walk.says("Cycle of systemic therapy", "Systemic therapy after ablation")
    walk.wait(days=8)
    walk.record("systemic_cycle", regimen="FOLFIRI")
    walk.wait(days=21)
    walk.imaging(
        {"L1": "absent", "L2": "absent", "L3": "absent", "L4": "9", "L5": "8"}, response="PR", ablation_result="complete"
    )
    walk.record("ultrasound", mode="multimodal")
    # the second session
    walk.says("Blood tests", "Fit for ablation?")
    walk.wait(days=1)
    walk.record("labs", **LABS)
    walk.record("selection", chosen="L4,L5")
    walk.wait(days=2)
    walk.record("rfa_session", lesions_ablated="L4,L5", access="percutaneous", guidance="ultrasound")
    walk.wait(days=10)
    walk.record("systemic_cycle", regimen="FOLFIRI")
    walk.wait(days=20)
    walk.imaging({f"L{n}": "absent" for n in range(1, 6)}, response="CR", ablation_result="complete")
    walk.record("ultrasound", mode="multimodal")
    walk.says("Off treatment", "End of treatment")
    walk.record("off_treatment", reason="nothing left to ablate")
    # follow-up, past two years
    for visit in range(1, 11):
        walk.wait(days=91)
        assert walk.next, walk.day
        why = "Within 2 years" if visit <= 8 else "After 2 years"
        walk.says("Visit", why)
        for activity, items in (("ultrasound", {"mode": "contrast"}), ("labs", LABS), ("ecg", {"ecg_finding": "normal"}),
                                ("visit", {"complaints": "none", "examination": "well"})):  # fmt: skip
            walk.record(activity, **items)
        if visit <= 8 or visit == 10:
            walk.imaging({f"L{n}": "absent" for n in range(1, 6)}, response="CR")
    walk.says("Visit", "After 2 years, 33 months after off treatment")
