"""EudraCT and its public register (EUCTR): the fields of a trial's form, A to P, by their numbers, as JSON or text."""

import re
from collections.abc import Iterator
from typing import Any

from ..finding import Finding
from .intake import Intake
from .record import Intervention, Outcome, Record
from .structured import note_unread, tidy
from .tree import Tree, found, several, written

FIELDS_OF = {
    "a2_eudract_number": "identifiers",
    "a41_sponsors_protocol_code_number": "identifiers",
    "a51_isrctn_international_standard_randomised_controlled_trial_number": "identifiers",
    "a52_us_nct_clinicaltrialsgov_registry_number": "identifiers",
    "a53_who_universal_trial_reference_number_utrn": "identifiers",
    "trialInformation.usctnIdentifier": "identifiers",
    "trialInformation.isrctnIdentifier": "identifiers",
    "a31_title_of_the_trial_for_lay_people_in_easily_understood_ie_nontechnical_language": "title",
    "a3_full_title_of_the_trial": "official_title",
    "a32_name_or_abbreviated_title_of_the_trial_where_available": "acronym",
    "b1_sponsor[].b11_name_of_sponsor": "sponsor",
    "b1_sponsor[].b31_and_b32_status_of_the_sponsor": "sponsor_kind",
    "x5_trial_status": "status",
    "x6_date_on_which_this_record_was_first_entered_in_the_eudract_database": "first_posted",
    "trialInformation.recruitmentStartDate": "start",
    "p_date_of_the_global_end_of_the_trial": "completion",
    "e11_medical_conditions_being_investigated": "conditions",
    "e12_meddra_classification[].e12_term": "condition_terms",
    "e21_main_objective_of_the_trial": "objectives",
    "e22_secondary_objectives_of_the_trial": "objectives",
    "f422_in_the_whole_clinical_trial": "enrolment",
    "e824_number_of_treatment_arms_in_the_trial": "groups",
    "e851_number_of_sites_anticipated_in_the_eea": "sites",
    "e87_trial_has_a_data_monitoring_committee": "has_monitoring_committee",
    "f31_healthy_volunteers": "healthy_volunteers",
    "e8171_other_trial_design_description": "design",
    "a1_member_state_concerned": "countries",
}
_PHASES = {
    "e71_human_pharmacology_phase_i": "phase 1",
    "e72_therapeutic_exploratory_phase_ii": "phase 2",
    "e73_therapeutic_confirmatory_phase_iii": "phase 3",
    "e74_therapeutic_use_phase_iv": "phase 4",
}
_MASKINGS = {"e812_open": "none", "e813_single_blind": "single", "e814_double_blind": "double"}
_MODELS = {"e815_parallel_group": "parallel", "e816_cross_over": "crossover"}
_AGES = {"f11_trial_has_subjects_under_18": "child", "f12_adults_1864_years": "adult", "f13_elderly_65_years": "older_adult"}


def recognises(tree: Tree) -> bool:
    """Whether a tree is a trial of EudraCT."""
    return isinstance(tree, dict) and "a2_eudract_number" in tree


_NUMBERED = re.compile(r"(?P<code>[A-P]\.(?:IMP\.)?[\d.]+?)\.?\s+(?P<label>[A-Z(][^:]{1,200}?)\s*:[ \t]*(?P<value>.*)")
_HEAD = {"trial status": "x5_trial_status", "clinical trial type": "x4_clinical_trial_type", "eudract number": "a2_eudract_number",
         "date on which this record was first entered in the eudract database": "x6_date_on_which_this_record_was_first_entered_in_the_eudract_database"}  # fmt: skip
_BY_CODE = {
    key.partition("_")[0]: key
    for way in FIELDS_OF
    for key in (way.rpartition(".")[2],)
    if re.match(r"[a-f]\d+_", key)
} | {
    key.partition("_")[0]: key
    for key in (
        *_PHASES, *_MASKINGS, *_MODELS, *_AGES, "e811_randomised", "f21_female", "f22_male", "e3_principal_inclusion_criteria", "e4_principal_exclusion_criteria",
        "e51_primary_end_points", "e52_secondary_end_points", "e511_timepoints_of_evaluation_of_this_end_point", "e521_timepoints_of_evaluation_of_this_end_point",
        "d31_product_name", "d2111_trade_name", "d38_inn__proposed_inn", "d32_product_code",
    )
}  # fmt: skip
"""The key of each field that is read, by its number in the form: `E.2.1` is `e21`."""
_CODE = re.compile(r"(?P<code>[A-P]\.(?:IMP\.)?[\d.]*?)\.?\s+(?=[A-Z(])")


def _marked(line: str) -> tuple[str, str, str] | None:
    """A line with a colon between label and value."""
    if (found_here := _NUMBERED.match(line)) is None:
        return None
    code = re.sub(r"\.|IMP", "", found_here["code"]).casefold()
    return code, re.sub(r"[^a-z0-9]+", "_", found_here["label"].casefold()).strip("_"), found_here["value"]


def _numbered(line: str) -> tuple[str, str, str] | None:
    """Number, label and value of a line of the form; the mark between label and value may be lost, or a tab.

    >>> _numbered("E.1.1 Medical condition(s) being investigated Sepsis")
    ('e11', 'medical_conditions_being_investigated', 'Sepsis')
    """
    begun = _CODE.match(line)
    if begun is None:
        return _marked(line)
    code, rest = re.sub(r"\.|IMP", "", begun["code"]).casefold(), line[begun.end() :]
    if "\t" in rest:
        label, _, value = rest.partition("\t")
        return code, re.sub(r"[^a-z0-9]+", "_", label.casefold()).strip("_"), value.strip()
    known = _BY_CODE.get(code, "" if code != "p" else "p_date_of_the_global_end_of_the_trial")
    letters = re.sub(r"[^a-z0-9]", "", known.partition("_")[2].replace("__", "_"))
    said = ""
    for at, letter in enumerate(rest[:300]):
        said += letter.casefold() if letter.isascii() and letter.isalnum() else ""
        if said == letters and letters:
            end = at + 1 + len(rest[at + 1 :]) - len(rest[at + 1 :].lstrip(" ).:/"))
            return code, known.partition("_")[2], rest[end:].strip()
    if (marked := _marked(line)) is not None:
        return marked
    # A part's heading, `B. Sponsor information`, or a field that is not read: nothing of it goes on to the field before.
    return code, re.sub(r"[^a-z0-9]+", "_", rest.casefold()).strip("_")[:80], ""


def of_text(text: str) -> bool:
    """Whether a text is the form printed line by line: `A.2 EudraCT number: 2016-004489-24`."""
    return (
        bool(re.search(r"(?mi)^\s*(?:A\.2\s+EudraCT number|EudraCT Number)\s*:\s*\d{4}-\d{6}-\d{2}", text[:20_000]))
        and len(re.findall(r"(?m)^\s*[A-F]\.\d[\d.]*\s+\S", text[:200_000])) > 3
    )


def from_text(text: str, file: str) -> Iterator[tuple[Record, tuple[Finding, ...]]]:
    """The trials of the form as text, one after the other; a value goes on until the next number.

    How the register prints it is written down from memory: only the JSON was at hand.
    """
    trees: list[dict[str, Any]] = []
    tree: dict[str, Any] = {}
    last: tuple[dict[str, Any], str] | None = None
    for line in text.splitlines():
        found_here = _numbered(line.strip())
        head, colon, rest = line.strip().partition(":")
        key = _HEAD.get(head.casefold()) if colon else None
        if found_here is None and key is None:
            if last is not None and line.strip() and last[1][:1] in "ade":
                if last[1] == "a2_eudract_number":
                    continue  # the head of the form: what is not read there belongs to no field
                between = "\n" if last[1].startswith("e") else " "  # criteria and end points are lists
                last[0][last[1]] = f"{last[0][last[1]]}{between}{line.strip()}".strip()
            continue
        if found_here is not None:
            code, label, rest = found_here
            key = _BY_CODE.get(code, f"{code}_{label}" if label else code)
        assert key is not None
        if key == "a2_eudract_number" and tree.get(key) not in (None, rest.strip()):
            trees.append(tree)
            tree = {}
        holder = tree
        if key.startswith(("b11_", "b31_")):
            sponsors = tree.setdefault("b1_sponsor", [])
            if key.startswith("b11_") or not sponsors:
                sponsors.append({})
            holder = sponsors[-1]
        elif key.startswith("d"):
            products = tree.setdefault("dimp", [])
            if not products or key in products[-1]:
                products.append({})
            holder = products[-1]
        holder[key] = rest.strip()
        last = holder, key
    for each in (*trees, tree):
        if recognises(each):
            yield from records({key: value for key, value in each.items() if value not in ("", [])}, file)


def records(tree: Tree, file: str) -> Iterator[tuple[Record, tuple[Finding, ...]]]:
    """The trial."""
    intake = Intake("euctr", file)
    for way, name in FIELDS_OF.items():
        for path, node in found(tree, way):
            for each in several(node):
                text = tidy(written(each))
                if name == "countries":
                    text = text.partition(" - ")[0]
                if text:
                    intake.say(name, text, path=path, standing="expected" if name == "enrolment" else "")

    def ticked(key: str) -> bool:
        return written(tree.get(key)).casefold() == "yes"

    for boxes, name in ((_PHASES, "phases"), (_MASKINGS, "masking"), (_MODELS, "model"), (_AGES, "age_groups")):
        for key, word in boxes.items():
            if ticked(key):
                intake.say(name, word, path=key)
    if written(tree.get("e811_randomised")):
        intake.say("allocation", "randomised" if ticked("e811_randomised") else "non_randomised", path="e811_randomised")
    sexes = [word for key, word in (("f21_female", "female"), ("f22_male", "male")) if ticked(key)]
    if sexes:
        intake.say("sex", "all" if len(sexes) == 2 else sexes[0], path="f21_female, f22_male")
    criteria = [
        (key, title, text)
        for key, title in (
            ("e3_principal_inclusion_criteria", "Inclusion criteria:"),
            ("e4_principal_exclusion_criteria", "Exclusion criteria:"),
        )
        if (text := tidy(written(tree.get(key))))
    ]
    if criteria:
        whole = "\n\n".join(
            text if text[:12].casefold() == title[:12].casefold() else f"{title}\n{text}" for _, title, text in criteria
        )
        intake.say("eligibility", whole, path=" + ".join(key for key, _, _ in criteria))
    for role, key, when in (
        ("primary", "e51_primary_end_points", "e511_timepoints_of_evaluation_of_this_end_point"),
        ("secondary", "e52_secondary_end_points", "e521_timepoints_of_evaluation_of_this_end_point"),
    ):
        if text := tidy(written(tree.get(key))):
            outcome = Outcome(text, role, "", tidy(written(tree.get(when))))  # type: ignore[arg-type]
            intake.say("outcomes", text, path=key, whole=outcome)
    for n, product in enumerate(several(tree.get("dimp"))):
        if isinstance(product, dict):
            for key in ("d31_product_name", "d2111_trade_name", "d38_inn__proposed_inn", "d32_product_code"):
                if text := written(product.get(key)):
                    intake.say("interventions", text, path=f"dimp[{n}].{key}", whole=Intervention(text, "drug"))
                    break
    intake.say(
        "study_type", "a trial of a medicine under Directive 2001/20/EC", path="x4_clinical_trial_type", whole="interventional"
    )
    boxes_read = (
        *_PHASES,
        *_MASKINGS,
        *_MODELS,
        *_AGES,
        "e811_randomised",
        "f21_female",
        "f22_male",
        "dimp",
        "x4_clinical_trial_type",
    )
    texts_read = (
        "e3_principal_inclusion_criteria",
        "e4_principal_exclusion_criteria",
        "e51_primary_end_points",
        "e52_secondary_end_points",
    )
    times_read = ("e511_timepoints_of_evaluation_of_this_end_point", "e521_timepoints_of_evaluation_of_this_end_point")
    note_unread(intake, tree, (*FIELDS_OF, *boxes_read, *texts_read, *times_read, "_id", "ctrname", "record_last_import"))
    yield intake.record()
