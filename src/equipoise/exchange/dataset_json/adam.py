"""What follows from the records, as ADaM datasets: ADSL, ADTTE and ADAE."""

from collections.abc import Mapping
from datetime import date

from ...chart import Chart
from ...endpoints import TimeToEvent, outcome
from ...study import Study
from .sdtm import SEXES, Row, Subject, label, plain
from .table import Column, Table, table

ID = (Column("STUDYID", "Study Identifier", key=1), Column("USUBJID", "Unique Subject Identifier", key=2))
FLAG = {"Y": "Yes", "N": "No"}


def datasets(study: Study, charts: Mapping[str, Chart]) -> tuple[Table, ...]:
    """ADSL, ADTTE for every endpoint that is a time to an event, and ADAE."""
    people = [Subject(study, known, name) for name, known in charts.items()]
    subjects = {each.name: _subject(each) for each in people}
    return _adsl(list(subjects.values())), _adtte(people, subjects), _adae(people, subjects)


def _day(when: date | None) -> str | None:
    return when.isoformat() if when is not None else None


def _subject(each: Subject) -> Row:
    arm = each.study.protocol.arms.get(each.known.arm)
    treated = each.known.arm and any(one.activity in (arm.gives if arm is not None else ()) for one in each.standing)
    allocated = each.known.first("randomisation") or each.known.first("assignment")
    ended = next((one.activity for one in each.of("death", "withdrawal")), "")
    said: Row = {
        **each.row, "SUBJID": each.name, "SITEID": next((str(one.values["site"]) for one in each.of("enrolment") if "site" in one.values), None),
        "ARM": (arm.label or each.known.arm) if arm is not None else None, "TRT01P": (arm.label or each.known.arm) if arm is not None else None,
        "TRT01PN": [*each.study.protocol.arms].index(each.known.arm) + 1 if arm is not None else None,
        "RANDDT": _day(each.known.first("randomisation")), "ENRLDT": _day(each.known.first("enrolment")),
        "TRTSDT": _day(each.reference.first) if treated and each.reference is not None and each.reference.is_exact else None,
        "ENRLFL": "Y" if each.known.first("enrolment") else "N", "ITTFL": "Y" if allocated else "N", "SAFFL": "Y" if treated else "N",
        "DTHDT": _day(each.known.first("death")), "DTHFL": "Y" if each.known.first("death") else None,
        "EOSSTT": {"death": "DISCONTINUED", "withdrawal": "DISCONTINUED"}.get(ended, "ONGOING"), "DCSREAS": ended.upper() or None,
    }  # fmt: skip
    for _, _item, value in each.using("demographics.age"):
        said |= {"AGE": plain(value), "AGEU": "YEARS"}
    for _, _item, value in each.using("demographics.sex"):
        said["SEX"] = SEXES.get(str(value), "U")
    return said


def _adsl(subjects: list[Row]) -> Table:
    columns = (
        *ID, Column("SUBJID", "Subject Identifier for the Study"), Column("SITEID", "Study Site Identifier"), Column("AGE", "Age", "float"), Column("AGEU", "Age Units"),
        Column("SEX", "Sex", codes={"F": "Female", "M": "Male", "U": "Unknown"}), Column("ARM", "Description of Planned Arm"), Column("TRT01P", "Planned Treatment for Period 01"),
        Column("TRT01PN", "Planned Treatment for Period 01 (N)", "integer", says="the arm's place in the protocol"), Column("ENRLDT", "Date of Enrollment", "day"),
        Column("RANDDT", "Date of Randomization", "day"), Column("TRTSDT", "Date of First Exposure to Treatment", "day", says="first activity that the arm gives"),
        Column("ENRLFL", "Enrolled Population Flag", codes=FLAG), Column("ITTFL", "Intent-To-Treat Population Flag", codes=FLAG, says="randomised or assigned"),
        Column("SAFFL", "Safety Population Flag", codes=FLAG, says="received an activity that the arm gives"), Column("DTHDT", "Date of Death", "day"),
        Column("DTHFL", "Subject Death Flag", codes={"Y": "Yes"}), Column("EOSSTT", "End of Study Status"), Column("DCSREAS", "Reason for Discontinuation from Study"),
    )  # fmt: skip
    return table("ADSL", "Subject-Level Analysis Dataset", "One record per subject", columns, subjects, purpose="Analysis")


def _adtte(people: list[Subject], subjects: Mapping[str, Row]) -> Table:
    rows: list[Row] = []
    for each in people:
        for number, endpoint in enumerate(
            (one for one in each.study.protocol.endpoints.values() if one.kind == "time_to_event"), 1
        ):
            found = outcome(endpoint, each.study, each.known)
            if not isinstance(found, TimeToEvent):
                continue
            told = subjects[each.name]
            is_event = found.status == "event"
            rows.append(
                {**each.row, "SUBJID": each.name, "TRTP": told["TRT01P"], "TRTPN": told["TRT01PN"], "ITTFL": told["ITTFL"], "PARAMCD": endpoint.name.upper()[:8],
                 "PARAM": f"{endpoint.label or endpoint.name} (days)", "PARAMN": number, "STARTDT": _day(found.origin), "ADT": _day(found.ended),
                 "AVAL": found.days, "CNSR": {"event": 0, "censored": 1, "competing": 2}[found.status], "EVNTDESC": found.cause if found.status != "censored" else None,
                 "CNSDTDSC": found.cause if not is_event and found.status == "censored" else None, "SRCDOM": "DS"}
            )  # fmt: skip
    columns = (
        *ID, Column("SUBJID", "Subject Identifier for the Study"), Column("TRTP", "Planned Treatment"), Column("TRTPN", "Planned Treatment (N)", "integer"),
        Column("ITTFL", "Intent-To-Treat Population Flag", codes=FLAG), Column("PARAMCD", "Parameter Code", key=3, says="the endpoint's name"), Column("PARAM", "Parameter"),
        Column("PARAMN", "Parameter (N)", "integer"), Column("STARTDT", "Time-to-Event Origin Date for Subject", "day"), Column("ADT", "Analysis Date", "day"),
        Column("AVAL", "Analysis Value", "float", says="ADT minus STARTDT in days; no day is added"),
        Column("CNSR", "Censor", "integer", codes={"0": "Event", "1": "Censored", "2": "Competing event"}), Column("EVNTDESC", "Event or Censoring Description"),
        Column("CNSDTDSC", "Censor Date Description"),
    )  # fmt: skip
    return table(
        "ADTTE", "Time-to-Event Analysis Dataset", "One record per subject per parameter", columns, rows, purpose="Analysis"
    )


def _adae(people: list[Subject], subjects: Mapping[str, Row]) -> Table:
    rows: list[Row] = []
    for each in people:
        form, told = each.study.activities["adverse_event"], subjects[each.name]
        for one in each.of("adverse_event"):
            term = one.values.get("term")
            start = told["TRTSDT"]
            emerged = isinstance(start, str) and one.on.first >= date.fromisoformat(start)
            grade = one.values.get("grade")
            rows.append(
                {**each.row, "SUBJID": each.name, "TRTA": told["TRT01P"], "SAFFL": told["SAFFL"], "AETERM": label(form.items["term"], term) if term is not None else None,
                 "AESER": plain(one.values["serious"]) if "serious" in one.values else None, "ATOXGRN": plain(grade) if grade is not None else None,
                 "AEREL": label(form.items["related_to"], one.values["related_to"]) if "related_to" in one.values else None,
                 "ASTDT": _day(one.on.first) if one.on.is_exact else None, "ASTDY": each.day(one.on), "TRTEMFL": "Y" if emerged else None, "AESPID": one.id}
            )  # fmt: skip
    columns = (
        *ID, Column("SUBJID", "Subject Identifier for the Study"), Column("AESPID", "Sponsor-Defined Identifier", key=4), Column("TRTA", "Actual Treatment", says="the arm"),
        Column("SAFFL", "Safety Population Flag", codes=FLAG), Column("AETERM", "Reported Term for the Adverse Event"), Column("AESER", "Serious Event", codes=FLAG),
        Column("ATOXGRN", "Analysis Toxicity Grade (N)", "integer"), Column("AEREL", "Causality"), Column("ASTDT", "Analysis Start Date", "day", key=3),
        Column("ASTDY", "Analysis Start Relative Day", "integer"), Column("TRTEMFL", "Treatment Emergent Analysis Flag", codes={"Y": "Yes"}, says="on or after the first exposure"),
    )  # fmt: skip
    return table(
        "ADAE", "Adverse Events Analysis Dataset", "One record per adverse event per subject", columns, rows, purpose="Analysis"
    )
