"""The codes that a USDM file speaks in: CDISC's where there is one for our word, and our own word where there is none."""

from collections.abc import Mapping

OURS = "urn:equipoise:words"
VERSION = "1"
CDISC, CDISC_VERSION = "http://www.cdisc.org", "2025-09-26"

TERMS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "study": {"interventional": ("C98388", "Interventional Study")},
    "model": {"single_group": ("C82640", "Single Group Study"), "parallel": ("C82639", "Parallel Study"),
              "crossover": ("C82637", "Crossover Study"), "factorial": ("C82638", "Factorial Study")},
    "masking": {"none": ("C49659", "Open Label Study"), "single": ("C28233", "Single Blind Study"),
                "double": ("C15228", "Double Blind Study"), "triple": ("C66959", "Triple Blind Study")},
    "purpose": {"treatment": ("C49656", "Treatment Study")},
    "phase": {"1": ("C15600", "Phase I Trial"), "1/2": ("C15693", "Phase I/II Trial"), "2": ("C15601", "Phase II Trial"),
              "2/3": ("C15694", "Phase II/III Trial"), "3": ("C15602", "Phase III Trial"), "4": ("C15603", "Phase IV Trial")},
    "characteristic": {"randomised": ("C46079", "Randomized"), "multicentre": ("C217005", "Multicentre"),
                       "single": ("C217004", "Single-Centre"), "stratified": ("C147145", "Stratified Randomisation")},
    "arm": {"experimental": ("C174266", "Investigational Arm"), "active_comparator": ("C174267", "Active Comparator Arm"),
            "placebo_comparator": ("C174268", "Placebo Control Arm"), "other": ("C15538", "Protocol Treatment Arm")},
    "data": {"prospective": ("C188866", "Data Generated Within Study"), "retrospective": ("C165830", "Real World Data")},
    "epoch": {"screening": ("C202487", "Screening Epoch"), "treatment": ("C101526", "Treatment Epoch"),
              "follow_up": ("C202578", "Follow-Up Epoch")},
    "objective": {"primary": ("C85826", "Primary Objective"), "secondary": ("C85827", "Secondary Objective"),
                  "exploratory": ("C163559", "Exploratory Objective"), "safety": ("C85827", "Secondary Objective")},
    "endpoint": {"primary": ("C94496", "Primary Endpoint"), "secondary": ("C139173", "Secondary Endpoint"),
                 "exploratory": ("C170559", "Exploratory Endpoint"), "safety": ("C139173", "Secondary Endpoint")},
    "criterion": {"include": ("C25532", "Inclusion Criteria"), "exclude": ("C25370", "Exclusion Criteria")},
    "sex": {"female": ("C16576", "Female"), "male": ("C20197", "Male"), "all": ("C49636", "Both")},
    "title": {"official": ("C207616", "Official Study Title"), "brief": ("C207615", "Brief Study Title")},
    "organisation": {"registry": ("C93453", "Clinical Study Registry"), "sponsor": ("C70793", "Clinical Study Sponsor"),
                     "site": ("C21541", "Healthcare Facility")},
    "role": {"experimental": ("C41161", "Experimental Intervention"), "comparator": ("C68609", "Active Comparator"),
             "placebo": ("C753", "Placebo")},
    "timing": {"after": ("C201356", "After"), "before": ("C201357", "Before"), "fixed": ("C201358", "Fixed Reference")},
    "relative": {"start": ("C201355", "Start to Start")},
    "encounter": {"visit": ("C25716", "Visit")},
    "document": {"protocol": ("C70817", "Protocol")},
    "status": {"final": ("C25508", "Final")},
    "scope": {"global": ("C68846", "Global")},
    "reason": {"other": ("C17649", "Other")},
    "unit": {"year": ("C29848", "Year"), "day": ("C25301", "Day"), "month": ("C29846", "Month"), "week": ("C29844", "Week")},
}  # fmt: skip
"""Our words, by what they are words of, each with CDISC's code and how CDISC says it.

Source:
    CDISC controlled terminology for USDM 4.0 (DDF, protocol and SDTM packages).
"""


def word(family: str, code: str) -> str:
    """Our word for a code of CDISC's; empty where there is none."""
    return next((ours for ours, (theirs, _) in TERMS[family].items() if theirs == code), "")
