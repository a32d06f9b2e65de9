"""What was recorded, as SDTM domains: DM, AE, LB, TU, TR, RS, DS, EX and PR."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...calendar import NO_TIME, Span, When, later
from ...chart import Chart
from ...events import Recorded, current
from ...expression.facts import Unclear, Value
from ...finding import Finding, Severity
from ...protocol import Activity, Item
from ...study import Study
from ...vocabulary import vocabulary
from .table import Cell, Column, Table, table

Row = dict[str, Cell]

ID = (
    Column("STUDYID", "Study Identifier", key=1),
    Column("DOMAIN", "Domain Abbreviation"),
    Column("USUBJID", "Unique Subject Identifier", key=2, says="the study's name, a hyphen, the participant's number"),
)
DAY = Span(days=1)
SEXES = {"female": "F", "male": "M"}
OF_LESION = {"target": "TARGET", "non_target": "NON-TARGET", "new": "NEW"}
RESPONSES = {"CR": "CR", "PR": "PR", "SD": "SD", "PD": "PD", "NE": "NE", "NON_CR_NON_PD": "NON-CR/NON-PD", "NED": "NED"}
DISPOSITION = {
    "consent": ("INFORMED CONSENT OBTAINED", "PROTOCOL MILESTONE"), "enrolment": ("ENROLLED", "PROTOCOL MILESTONE"),
    "randomisation": ("RANDOMIZED", "PROTOCOL MILESTONE"), "assignment": ("ASSIGNED", "PROTOCOL MILESTONE"),
    "off_treatment": ("OFF TREATMENT", "DISPOSITION EVENT"), "withdrawal": ("WITHDRAWAL BY SUBJECT", "DISPOSITION EVENT"),
    "death": ("DEATH", "DISPOSITION EVENT"),
}  # fmt: skip


@dataclass(frozen=True)
class Subject:
    """A participant as every domain sees them: the chart, what stands of it, and the day from which study days count."""

    study: Study
    known: Chart
    name: str

    @property
    def row(self) -> Row:
        """What each of their rows begins with."""
        return {"STUDYID": self.study.protocol.study, "USUBJID": f"{self.study.protocol.study}-{self.name}"}

    @property
    def standing(self) -> tuple[Recorded, ...]:
        """What was recorded up to the day of the chart, as it stands after corrections."""
        return tuple(
            each for each in current(self.known.events)[0] if isinstance(each, Recorded) and each.on.first <= self.known.until
        )

    def of(self, *activities: str) -> Iterator[Recorded]:
        """The records of some activities."""
        return (each for each in self.standing if each.activity in activities)

    def of_laboratories(self) -> Iterator[tuple[Recorded, Item, Value]]:
        """Each laboratory value."""
        for event in self.standing:
            activity = self.study.activities.get(event.activity)
            for key, item in (activity.items if activity is not None else {}).items():
                if activity is not None and key in event.values and is_of_laboratory(activity, item):
                    yield event, item, event.values[key]

    def using(self, term: str) -> Iterator[tuple[Recorded, Item, Value]]:
        """Each answer to an item that uses a term of the shared vocabulary, or any term of a shelf (`labs.`)."""
        for event in self.standing:
            activity = self.study.activities.get(event.activity)
            for key, item in (activity.items if activity is not None else {}).items():
                if (item.use == term or term.endswith(".") and item.use.startswith(term)) and key in event.values:
                    yield event, item, event.values[key]

    @property
    def reference(self) -> When | None:
        """The reference start date: the first day of treatment, else of allocation, else of enrolment."""
        given = [each.on for each in self.standing if _is_given(self.study, each.activity)]
        begun = [each.on for each in self.of("randomisation", "assignment")] or [each.on for each in self.of("enrolment")]
        return min(given or begun, key=lambda when: when.first, default=None)

    def day(self, when: When) -> int | None:
        """The study day: the reference start is day 1, the day before it is day -1, and there is no day 0."""
        start = self.reference
        if start is None or not start.is_exact or not when.is_exact:
            return None
        days = (when.first - start.first).days
        return days + 1 if days >= 0 else days


def domains(study: Study, charts: Mapping[str, Chart]) -> tuple[tuple[Table, ...], tuple[Finding, ...]]:
    """Every domain that the study writes something down for, and the answers that no domain takes."""
    people = [Subject(study, known, name) for name, known in charts.items()]
    made = [_dm(people), _ae(people), _lb(people), _tu(people), _tr(people), _rs(people), _ds(people), _ex(people), _pr(people)]
    return tuple(made), tuple(_left(study, people))


def is_of_laboratory(activity: Activity, item: Item) -> bool:
    """Whether an item is a laboratory's: by its term, or as a number of a form that asks for such terms."""
    if item.use.startswith("labs."):
        return True
    beside = any(each.use.startswith("labs.") for each in activity.items.values())
    return beside and not item.use and item.type in ("quantity", "real")


def _left(study: Study, people: list[Subject]) -> Iterator[Finding]:
    """What is written down and goes into none of these domains: a warning where anybody has answered it."""
    answered = {(event.activity, key) for each in people for event in each.standing for key in event.values}
    for name, activity in study.protocol.activities.items():
        left = [
            key for key, item in activity.items.items()
            if not item.use.startswith(("demographics.age", "demographics.sex", "oncology.recist_response"))
            and not is_of_laboratory(activity, item)
            and not (name == "adverse_event" and key in ("term", "grade", "serious", "related_to", "ended"))
            and item.type != "lesions" and not _is_given(study, name) and not activity.procedure
        ]  # fmt: skip
        if left:
            lost = [key for key in left if (name, key) in answered]
            says = f"Dataset-JSON: of '{name}', {', '.join(lost or left)} have no place in these domains"
            if lost:
                yield Finding("not-carried", activity.place, f"{says}: their answers are not in the export", Severity.WARNING)
            else:
                yield Finding("not-carried", activity.place, says, Severity.NOTE)


def _is_given(study: Study, name: str) -> bool:
    """Whether an activity is an exposure: an arm gives it, or it lasts, and it is no procedure."""
    activity = study.activities.get(name)
    if activity is None or activity.procedure:
        return False
    return activity.lasts is not None or any(name in arm.gives for arm in study.protocol.arms.values())


def plain(value: Value) -> Cell:
    """An answer as a cell."""
    match value:
        case Unclear():
            return value.text
        case bool():
            return "Y" if value else "N"
        case float() | int():
            return int(value) if float(value).is_integer() else value
        case When():
            return str(value)
        case tuple():
            return "; ".join(value)
        case str():
            return value


def label(item: Item, value: Value) -> Cell:
    """An answer in words: a code by its label."""
    if isinstance(value, str) and not isinstance(item.of, tuple):
        return next((says for code, says in item.of.items() if str(code) == value), value)
    return plain(value)


def code(name: str, taken: dict[str, str]) -> str:
    """A test code: at most eight capitals and digits, its own for each name."""
    base = "".join(each for each in name.upper() if each.isascii() and each.isalnum())[:8] or "TEST"
    if base[0].isdigit():
        base = f"T{base}"[:8]
    made, number = base, 2
    while taken.setdefault(made, name) != name:
        made, number = f"{base[: 8 - len(str(number))]}{number}", number + 1
    return made


# --- the domains -----------------------------------------------------------------------------------------------------


def _dm(people: list[Subject]) -> Table:
    rows: list[Row] = []
    for each in people:
        arm = each.study.protocol.arms.get(each.known.arm)
        said: Row = {**each.row, "DOMAIN": "DM", "SUBJID": each.name}
        said["RFSTDTC"] = str(each.reference) if each.reference is not None else None
        said["RFENDTC"] = str(max((one.on for one in each.standing), key=lambda when: when.last)) if each.standing else None
        for key, name in (("RFICDTC", "consent"), ("DTHDTC", "death")):
            said[key] = next((str(one.on) for one in each.of(name)), None)
        said["DTHFL"] = "Y" if said["DTHDTC"] else None
        said["RFXSTDTC"] = next((str(one.on) for one in each.standing if _is_given(each.study, one.activity)), None)
        said["SITEID"] = next((str(one.values["site"]) for one in each.of("enrolment") if "site" in one.values), None) or next(
            (one.site for one in each.standing if one.site), None
        )
        for _, item, value in each.using("demographics.age"):
            said |= {
                "AGE": plain(value),
                "AGEU": {"a": "YEARS", "years": "YEARS", "mo": "MONTHS"}.get(item.unit, item.unit.upper() or "YEARS"),
            }
        for _, _item, value in each.using("demographics.sex"):
            said["SEX"] = SEXES.get(str(value), "U")
        said |= {
            "ARMCD": each.known.arm.upper()[:20] or None,
            "ARM": (arm.label or each.known.arm) if arm is not None else None,
        }
        if arm is None:
            said["ARMNRS"] = "NOT ASSIGNED" if each.study.protocol.arms else None
        rows.append(said)
    columns = (
        *ID, Column("SUBJID", "Subject Identifier for the Study"), Column("RFSTDTC", "Subject Reference Start Date/Time", "date", says="first day of treatment; else of allocation; else of enrolment"),
        Column("RFENDTC", "Subject Reference End Date/Time", "date", says="last day on which anything was recorded"),
        Column("RFXSTDTC", "Date/Time of First Study Treatment", "date"), Column("RFICDTC", "Date/Time of Informed Consent", "date"),
        Column("DTHDTC", "Date/Time of Death", "date"), Column("DTHFL", "Subject Death Flag", codes={"Y": "Yes"}),
        Column("SITEID", "Study Site Identifier"), Column("AGE", "Age", "float"), Column("AGEU", "Age Units"),
        Column("SEX", "Sex", codes={"F": "Female", "M": "Male", "U": "Unknown"}), Column("ARMCD", "Planned Arm Code"),
        Column("ARM", "Description of Planned Arm"), Column("ARMNRS", "Reason Arm and/or Actual Arm is Null"),
    )  # fmt: skip
    return table("DM", "Demographics", "One record per subject", columns, rows)


def _ae(people: list[Subject]) -> Table:
    rows: list[Row] = []
    for each in people:
        form = each.study.activities["adverse_event"]
        for one in each.of("adverse_event"):
            said = {key: one.values[key] for key in ("term", "grade", "serious", "related_to", "ended") if key in one.values}
            term = label(form.items["term"], said["term"]) if "term" in said else None
            ended = said.get("ended")
            rows.append(
                {**each.row, "DOMAIN": "AE", "AETERM": term, "AEDECOD": term if form.items["term"].type == "choice" else None,
                 "AESER": plain(said["serious"]) if "serious" in said else None, "AEREL": label(form.items["related_to"], said["related_to"]) if "related_to" in said else None,
                 "AETOXGR": str(plain(said["grade"])) if "grade" in said else None, "AESTDTC": str(one.on), "AESTDY": each.day(one.on),
                 "AEENDTC": str(ended) if isinstance(ended, When) else None, "AEENDY": each.day(ended) if isinstance(ended, When) else None,
                 "AESPID": one.id}
            )  # fmt: skip
    columns = (
        *ID, Column("AESEQ", "Sequence Number", "integer", key=5), Column("AESPID", "Sponsor-Defined Identifier", says="the event's own identifier"),
        Column("AETERM", "Reported Term for the Adverse Event", key=4), Column("AEDECOD", "Dictionary-Derived Term", says="the CTCAE term, where the form offers terms"),
        Column("AESER", "Serious Event", codes={"Y": "Yes", "N": "No"}), Column("AEREL", "Causality"),
        Column("AETOXGR", "Standard Toxicity Grade", says="CTCAE"), Column("AESTDTC", "Start Date/Time of Adverse Event", "date", key=3),
        Column("AEENDTC", "End Date/Time of Adverse Event", "date"), Column("AESTDY", "Study Day of Start of Adverse Event", "integer"),
        Column("AEENDY", "Study Day of End of Adverse Event", "integer"),
    )  # fmt: skip
    return table("AE", "Adverse Events", "One record per adverse event per subject", columns, rows, numbered=True)


def _lb(people: list[Subject]) -> Table:
    rows: list[Row] = []
    taken: dict[str, str] = {}
    for each in people:
        for event, item, value in each.of_laboratories():
            number = plain(value) if isinstance(value, float | int) and not isinstance(value, bool) else None
            rows.append(
                {**each.row, "DOMAIN": "LB", "LBTESTCD": code(item.name, taken), "LBTEST": (item.label or item.name)[:40],
                 "LBCAT": each.study.label(event.activity), "LBORRES": str(label(item, value)), "LBORRESU": item.unit or None,
                 "LBSTRESC": str(plain(value)), "LBSTRESN": number, "LBSTRESU": item.unit or None,
                 "LBORNRLO": _limit(event, item, "lln"), "LBORNRHI": _limit(event, item, "uln"),
                 "LBLOINC": _loinc(item), "LBDTC": str(event.on), "LBDY": each.day(event.on),
                 "LBSPID": event.id}
            )  # fmt: skip
    columns = (
        *ID, Column("LBSEQ", "Sequence Number", "integer", key=5), Column("LBSPID", "Sponsor-Defined Identifier"),
        Column("LBTESTCD", "Lab Test or Examination Short Name", key=4), Column("LBTEST", "Lab Test or Examination Name"),
        Column("LBCAT", "Category for Lab Test"), Column("LBORRES", "Result or Finding in Original Units"), Column("LBORRESU", "Original Units", says="UCUM: the unit in which the study keeps it"),
        Column("LBORNRLO", "Reference Range Lower Limit in Orig Unit"), Column("LBORNRHI", "Reference Range Upper Limit in Orig Unit"),
        Column("LBSTRESC", "Character Result/Finding in Std Format"), Column("LBSTRESN", "Numeric Result/Finding in Standard Units", "float"),
        Column("LBSTRESU", "Standard Units"), Column("LBLOINC", "LOINC Code"), Column("LBDTC", "Date/Time of Specimen Collection", "date", key=3),
        Column("LBDY", "Study Day of Specimen Collection", "integer"),
    )  # fmt: skip
    return table(
        "LB", "Laboratory Test Results", "One record per lab test per specimen per subject", columns, rows, numbered=True
    )


def _limit(event: Recorded, item: Item, end: str) -> str | None:
    found = event.limits.get((item.name, end))
    return f"{found:g}" if found is not None else None


def _loinc(item: Item) -> str | None:
    term = vocabulary().get(item.use)
    return next((code for system, code in term.codes.items() if system == "LOINC"), None) if term is not None else None


def _tu(people: list[Subject]) -> Table:
    rows: list[Row] = []
    for each in people:
        seen: set[str] = set()
        for event in each.standing:
            for one in event.lesions or ():
                if one.id in seen:
                    continue
                seen.add(one.id)
                known = next((lesion for lesion in each.known.lesions if lesion.id == one.id), None)
                role = (known.role if known is not None else None) or one.role or "unstated"
                place = (known.organ if known is not None else None) or one.organ
                rows.append(
                    {**each.row, "DOMAIN": "TU", "TULNKID": one.id, "TUTESTCD": "TUMIDENT", "TUTEST": "Tumor Identification",
                     "TUORRES": OF_LESION.get(role, "UNSPECIFIED"), "TUSTRESC": OF_LESION.get(role, "UNSPECIFIED"),
                     "TULOC": place.upper().replace("_", " ") if place else None, "TUPORTOT": one.segment or None,
                     "TUEVAL": "INVESTIGATOR", "TUDTC": str(event.on), "TUDY": each.day(event.on)}
                )  # fmt: skip
    columns = (
        *ID, Column("TUSEQ", "Sequence Number", "integer", key=5), Column("TULNKID", "Link ID", key=4, says="the lesion's own name"),
        Column("TUTESTCD", "Tumor/Lesion ID Short Name"), Column("TUTEST", "Tumor/Lesion ID Test Name"), Column("TUORRES", "Tumor/Lesion ID Result"),
        Column("TUSTRESC", "Tumor/Lesion ID Result Std. Format"), Column("TULOC", "Location of the Tumor/Lesion"),
        Column("TUPORTOT", "Portion or Totality", says="the segment"), Column("TUEVAL", "Evaluator"),
        Column("TUDTC", "Date/Time of Tumor/Lesion Identification", "date", key=3), Column("TUDY", "Study Day of Tumor/Lesion Identification", "integer"),
    )  # fmt: skip
    return table("TU", "Tumor/Lesion Identification", "One record per lesion per subject", columns, rows, numbered=True)


def _tr(people: list[Subject]) -> Table:
    rows: list[Row] = []
    for each in people:
        for event in each.standing:
            for one in event.lesions or ():
                said: Row = {
                    **each.row,
                    "DOMAIN": "TR",
                    "TRLNKID": one.id,
                    "TREVAL": "INVESTIGATOR",
                    "TRDTC": str(event.on),
                    "TRDY": each.day(event.on),
                }
                if one.diameter_mm is not None:
                    test = ("SAXIS", "Short Axis") if one.node else ("LDIAM", "Longest Diameter")
                    number = plain(one.diameter_mm)
                    rows.append(
                        {**said, "TRTESTCD": test[0], "TRTEST": test[1], "TRORRES": str(number), "TRORRESU": "mm", "TRSTRESC": str(number),
                         "TRSTRESN": number, "TRSTRESU": "mm"}
                    )  # fmt: skip
                if one.status != "measured" or one.diameter_mm is None:
                    state = one.status.upper().replace("_", " ")
                    rows.append({**said, "TRTESTCD": "TUMSTATE", "TRTEST": "Tumor State", "TRORRES": state, "TRSTRESC": state})
    columns = (
        *ID, Column("TRSEQ", "Sequence Number", "integer", key=6), Column("TRLNKID", "Link ID", key=4), Column("TRTESTCD", "Tumor/Lesion Assessment Short Name", key=5),
        Column("TRTEST", "Tumor/Lesion Assessment Test Name"), Column("TRORRES", "Result or Finding in Original Units"), Column("TRORRESU", "Original Units"),
        Column("TRSTRESC", "Character Result/Finding in Std Format"), Column("TRSTRESN", "Numeric Result/Finding in Standard Units", "float"),
        Column("TRSTRESU", "Standard Units"), Column("TREVAL", "Evaluator"), Column("TRDTC", "Date/Time of Tumor/Lesion Measurement", "date", key=3),
        Column("TRDY", "Study Day of Tumor/Lesion Measurement", "integer"),
    )  # fmt: skip
    return table(
        "TR",
        "Tumor/Lesion Results",
        "One record per measurement per lesion per visit per subject",
        columns,
        rows,
        numbered=True,
    )


def _rs(people: list[Subject]) -> Table:
    rows: list[Row] = []
    for each in people:
        for event, _item, value in each.using("oncology.recist_response"):
            rows.append(
                {**each.row, "DOMAIN": "RS", "RSTESTCD": "OVRLRESP", "RSTEST": "Overall Response", "RSCAT": "RECIST 1.1", "RSORRES": str(value),
                 "RSSTRESC": RESPONSES.get(str(value), str(value)), "RSEVAL": "INVESTIGATOR", "RSDTC": str(event.on), "RSDY": each.day(event.on)}
            )  # fmt: skip
    columns = (
        *ID, Column("RSSEQ", "Sequence Number", "integer", key=5), Column("RSTESTCD", "Assessment Short Name", key=4), Column("RSTEST", "Assessment Name"),
        Column("RSCAT", "Category for Assessment"), Column("RSORRES", "Result or Finding in Original Units"), Column("RSSTRESC", "Character Result/Finding in Std Format"),
        Column("RSEVAL", "Evaluator"), Column("RSDTC", "Date/Time of Assessment", "date", key=3), Column("RSDY", "Study Day of Assessment", "integer"),
    )  # fmt: skip
    return table(
        "RS",
        "Disease Response and Clin Classification",
        "One record per response assessment per subject",
        columns,
        rows,
        numbered=True,
    )


def _ds(people: list[Subject]) -> Table:
    rows: list[Row] = []
    for each in people:
        for event in each.of(*DISPOSITION):
            decoded, category = DISPOSITION[event.activity]
            why = event.values.get("reason")
            rows.append(
                {**each.row, "DOMAIN": "DS", "DSTERM": str(plain(why)) if why is not None else each.study.label(event.activity), "DSDECOD": decoded,
                 "DSCAT": category, "DSSTDTC": str(event.on), "DSSTDY": each.day(event.on)}
            )  # fmt: skip
    columns = (
        *ID, Column("DSSEQ", "Sequence Number", "integer", key=5), Column("DSTERM", "Reported Term for the Disposition Event"),
        Column("DSDECOD", "Standardized Disposition Term", key=4), Column("DSCAT", "Category for Disposition Event"),
        Column("DSSTDTC", "Start Date/Time of Disposition Event", "date", key=3), Column("DSSTDY", "Study Day of Start of Disposition Event", "integer"),
    )  # fmt: skip
    return table("DS", "Disposition", "One record per disposition event per subject", columns, rows, numbered=True)


def _details(activity: Activity, event: Recorded) -> str | None:
    """What else was written down of a treatment, in words."""
    told = [
        f"{item.label or key}: {label(item, event.values[key])}" for key, item in activity.items.items() if key in event.values
    ]
    return "; ".join(told)[:200] or None


def _ex(people: list[Subject]) -> Table:
    rows: list[Row] = []
    for each in people:
        for event in each.standing:
            if not _is_given(each.study, event.activity):
                continue
            activity = each.study.activities[event.activity]
            lasts = activity.lasts
            end = (
                str(later(later(event.on.first, lasts), DAY, -1))
                if lasts is not None and lasts != NO_TIME and event.on.is_exact
                else None
            )
            rows.append(
                {**each.row, "DOMAIN": "EX", "EXTRT": each.study.label(event.activity), "EXSTDTC": str(event.on), "EXENDTC": end,
                 "EXSTDY": each.day(event.on), "EXSPID": event.id, "EXDETAIL": _details(activity, event)}
            )  # fmt: skip
    columns = (
        *ID, Column("EXSEQ", "Sequence Number", "integer", key=5), Column("EXSPID", "Sponsor-Defined Identifier"), Column("EXTRT", "Name of Treatment", key=4),
        Column("EXDETAIL", "What Was Written Down of It", says="no variable of SDTM: for SUPPEX"), Column("EXSTDTC", "Start Date/Time of Treatment", "date", key=3),
        Column("EXENDTC", "End Date/Time of Treatment", "date", says="the start and how long the protocol says it lasts"), Column("EXSTDY", "Study Day of Start of Treatment", "integer"),
    )  # fmt: skip
    return table("EX", "Exposure", "One record per treatment given per subject", columns, rows, numbered=True)


def _pr(people: list[Subject]) -> Table:
    rows: list[Row] = []
    for each in people:
        for event in each.standing:
            activity = each.study.activities.get(event.activity)
            if activity is None or not activity.procedure:
                continue
            rows.append(
                {**each.row, "DOMAIN": "PR", "PRTRT": each.study.label(event.activity), "PRSTDTC": str(event.on), "PRSTDY": each.day(event.on),
                 "PRSPID": event.id, "PRDETAIL": _details(activity, event)}
            )  # fmt: skip
    columns = (
        *ID, Column("PRSEQ", "Sequence Number", "integer", key=5), Column("PRSPID", "Sponsor-Defined Identifier"), Column("PRTRT", "Reported Name of Procedure", key=4),
        Column("PRDETAIL", "What Was Written Down of It", says="no variable of SDTM: for SUPPPR"), Column("PRSTDTC", "Start Date/Time of Procedure", "date", key=3),
        Column("PRSTDY", "Study Day of Start of Procedure", "integer"),
    )  # fmt: skip
    return table("PR", "Procedures", "One record per procedure per subject", columns, rows, numbered=True)
