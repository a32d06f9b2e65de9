"""The plan of a walk through batch-rfa-crlm: what happens, on which day, and what the pages have to say is next, and why.

How a form is filled in and how a page is read is left to who walks: a client that posts, or a person at a browser.
"""

from abc import ABC, abstractmethod
from datetime import date, timedelta

import pytest

from bedside import Site

START = date(2026, 11, 2)


class Walk(ABC):
    """One participant through the trial; `day` is the clock of the desk."""

    def __init__(self, site: Site, who: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.site, self.who, self.day = site, who, START
        monkeypatch.setattr("equipoise.web.staff.here.today", lambda: self.day)

    def wait(self, **days: int) -> None:
        """Let time pass."""
        self.day += timedelta(**days)

    @abstractmethod
    def fill(self, activity: str, items: dict[str, str]) -> None:
        """Fill in a form of today and save it; what the protocol did not expect is saved all the same."""

    @abstractmethod
    def sign(self) -> None:
        """The investigator signs eligibility, which enrols."""

    @property
    @abstractmethod
    def next(self) -> list[tuple[str, str]]:
        """What is next, and why, as the timeline has it."""

    def record(self, activity: str, **items: str) -> None:
        """Fill in a form; the page then says what is next, and gives a reason for each."""
        self.fill(activity, items)
        found = self.next
        assert found and all(why for _, why in found), (self.day, activity, found)

    def imaging(self, sizes: dict[str, str], **items: str) -> None:
        """An imaging with these lesions, each a size or a word."""
        for row, (name, size) in enumerate(sizes.items()):
            key = "diameter" if size[0].isdigit() else "status"
            items |= {f"lesion.{row}.id": name, f"lesion.{row}.organ": "liver", f"lesion.{row}.{key}": size}
        self.record("liver_imaging", method="MRI", **items)

    def says(self, does: str, why: str = "") -> None:
        """The page says that this is next, for this reason; and gives a reason for all else that is."""
        found = self.next
        assert any(does == each and why in because for each, because in found), (self.day, does, why, found)


LABS = {"haemoglobin": "124", "leucocytes": "5", "neutrophils": "3.1", "platelets": "170", "alt": "27", "ast": "25", "bilirubin": "12",
        "albumin": "41", "creatinine": "70", "inr": "1.0", "cea": "22", "ca19_9": "31"}  # fmt: skip


def through_the_trial(walk: Walk) -> None:
    """From consent to the third year after treatment."""
    walk.says("Record consent")
    walk.record("consent", version="1.0.0")
    walk.says("Complete screening", "5 of 5 criteria")
    walk.record("screening", age="61", histology="colorectal_adenocarcinoma", liver_operated="yes", liver_operated_on="2025-05-05",
                re_resection="unsuitable")  # fmt: skip
    walk.imaging({"L1": "14", "L2": "22", "L3": "18", "L4": "12", "L5": "10"})
    walk.says("Sign eligibility and enrol", "Every criterion is met")
    walk.sign()
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
    for why in (
        "Fit for ablation?",
        "Platelets: 38",
        "If not by ",
        "the step times out",
    ):  # which of them failed, and until when
        walk.says("Blood tests", why)
    walk.wait(days=7)
    walk.record("labs", **LABS)
    # the first session, of three lesions
    walk.says("Choice of the lesions to ablate", "Which lesions?")
    walk.record("selection", chosen="L1,L2,L3")
    walk.says("Session of radiofrequency ablation", "Radiofrequency ablation")
    walk.wait(days=3)
    walk.record("rfa_session", lesions_ablated="L1,L2,L3", access="percutaneous", guidance="ultrasound")
    # consolidation
    walk.says("Cycle of systemic therapy", "Systemic therapy after ablation")
    walk.wait(days=8)
    walk.record("systemic_cycle", regimen="FOLFIRI")
    walk.says("Cycle of systemic therapy", "Systemic therapy after ablation")
    walk.says("Enhanced CT or MRI", "Did the ablation work?")
    walk.wait(days=21)
    walk.imaging(
        {"L1": "absent", "L2": "absent", "L3": "absent", "L4": "9", "L5": "8"}, response="PR", ablation_result="complete"
    )
    walk.record("ultrasound", mode="multimodal")
    # the second session
    walk.says("Blood tests", "Fit for ablation?")
    walk.wait(days=1)
    walk.record("labs", **LABS)
    walk.says("Choice of the lesions to ablate", "Which lesions?")
    walk.record("selection", chosen="L4,L5")
    walk.says("Session of radiofrequency ablation", "Radiofrequency ablation")
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
        why = "Within 2 years" if visit <= 8 else "After 2 years"
        walk.says("Visit", why)
        for activity, items in (("ultrasound", {"mode": "contrast"}), ("labs", LABS), ("ecg", {"ecg_finding": "normal"}),
                                ("visit", {"complaints": "none", "examination": "well"})):  # fmt: skip
            walk.record(activity, **items)
        if visit <= 8 or visit == 10:
            walk.imaging({f"L{n}": "absent" for n in range(1, 6)}, response="CR")
    walk.says("Visit", "After 2 years, 33 months after off treatment")
