"""A study file drafted from a record: each line with its source, and what the record does not say marked as unstated."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .calendar import NO_TIME
from .criteria import Needed, ReadCriterion, criteria
from .document import HIDDEN
from .finding import Finding, Place, Unreadable, errors
from .outcomes import ITSELF, PANELS, Outcome, Role, outcome
from .protocol import BUILT_IN, LESION_FACTS
from .registries.record import FIELDS, Arm, Confidence, Intervention, Record, Said, surest, trial_number
from .registries.record import Outcome as OutcomeSaid
from .structure import TAKEN
from .study import Study, Unsound, study
from .timings import EXAMINATIONS, Visit, moment, visits
from .writing import written

MOST = 150
"""Arms, interventions, outcomes or sites that are drafted of each."""

_WORDS = frozenset(
    "after and at before between else exists false if in least no not nth of or prior since then to true where within x yes "
    "any all count first last min max mean sum nadir months years weeks days arm cohort group entered left over".split()
)
_NAMES_TAKEN = frozenset(
    {*_WORDS, *TAKEN, *BUILT_IN, *LESION_FACTS, *(item for each in BUILT_IN.values() for item in each.items)}
)


@dataclass(frozen=True)
class Draft:
    """A drafted study: the text of its file, the study that it loads as, and what `check` finds in it."""

    text: str
    study: Study
    findings: tuple[Finding, ...]
    name: str

    @property
    def unstated(self) -> tuple[str, ...]:
        """What the record does not say, or not in words that are understood."""
        return tuple(each.what for each in self.study.protocol.unstated)


# --- the draft -------------------------------------------------------------------------------------------------------


def draft(record: Record, *, name: str = "") -> Draft:
    """A study drafted from a record. It loads, and nothing that `check` calls an error is left unexplained.

    An expression that does not hold in the study becomes a question that a person answers. What `check` finds wrong in what
    the record says is kept, as the record's, under `accepted`: whoever takes up the draft decides.

    Args:
        record: The record; of a trial with several, the merged one.
        name: What the study is called; unsaid, its number or its title.

    Raises:
        Unreadable: The record says nothing of a trial.
    """
    called = surest(record.title) or surest(record.official_title)
    number = trial_number(record)
    if not (called or number or record.summary or record.description):
        raise Unreadable("the record holds no title, no number and no description of a trial: there is nothing to draft")
    name = _slug(name or number or (called.value if called else Path(pages(record)[0]).stem), 60).replace("_", "-") or "trial"
    made = _Made(record, name)
    made.draw()
    for _ in range(6):
        text = made.text()
        try:
            told = study(text)
        except Unsound as why:
            raise AssertionError(f"a draft that cannot be read: {why.findings[0]}") from why
        if not made.mended(errors(told.findings)):
            break
    found = told.check()
    for _ in range(4):  # criteria that let nobody in are more likely misread than meant
        if not made.questioned([each for each in errors(found) if each.rule in ("nobody-can-enter", "cohort-cannot-enter")]):
            break
        text = made.text()
        told = study(text)
        found = told.check()
    if faults := errors(found):
        for each in faults:
            made.accept(each)
        text = made.text()
        told = study(text)
        found = told.check()
    return Draft(text, told, found, name)


# Words of a register that a study file has other words for, or none.
_PHASES = {"early_1": "early 1", "not_applicable": ""}
_PURPOSES = {
    "device_feasibility": "other",
    "electroconvulsive_therapy": "other",
    "educational": "other",
    "quality_of_life": "other",
}
_MODELS = frozenset({"parallel", "single_group", "crossover", "factorial", "sequential", "cohort", "case_control"})
_ROLES = {"sham_comparator": "placebo_comparator"}
_DATES = {"registered": "first_posted", "first_submitted": "first_submitted", "start": "start", "primary_completion": "primary_completion",
          "completion": "completion", "last_updated": "last_update_posted", "last_verified": "verified"}  # fmt: skip
_PROCEDURE = re.compile(
    r"surg|resect|ectomy|ablat|\brfa\b|transplant|implant|biops|embolis|embolizat|radiother|radiation|catheter|stent|operation|puncture|laparoscop",
    re.IGNORECASE,
)
_ASSIGNS = re.compile(
    r"\bclinical trial|\brandomi[sz]ed|\bcontrol group|\bwill (?:be performed|receive|undergo)", re.IGNORECASE
)
_DRUG = re.compile(
    r"chemo|drug|therapy|mab\b|nib\b|platin|tablet|infusion|\bmg\b|vaccin|systemic|inject|placebo|dose", re.IGNORECASE
)


def _word(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def _slug(text: str, longest: int = 40) -> str:
    """A name made of a text: small letters, digits and `_`, a letter first, cut between words."""
    import unicodedata

    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    words = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")
    if len(words) > longest:
        words = words[: longest + 1].rpartition("_")[0] or words[:longest]
    return words if not words or words[0].isalpha() else f"n{words}"


def _clean(text: str, longest: int = 3_000) -> str:
    """A text as a file may hold it: no sign that cannot be seen, no more than so many characters."""
    plain = " ".join(HIDDEN.sub(" ", text).split())
    return plain if len(plain) <= longest else plain[: longest - 1].rpartition(" ")[0] + " …"


class _Made:
    """A draft as it is made, section by section."""

    def __init__(self, record: Record, name: str) -> None:
        self.record, self.name = record, name
        self.names: set[str] = set(_NAMES_TAKEN)
        self.design: dict[str, Any] = {}
        self.activities: dict[str, dict[str, Any]] = {}
        self.item_of: dict[str, str] = {}
        self.eligibility: list[dict[str, Any]] = []
        self.cohorts: dict[str, dict[str, Any]] = {}
        self.arms: dict[str, dict[str, Any]] = {}
        self.groups: dict[str, dict[str, Any]] = {}
        self.schedule: list[dict[str, Any]] = []
        self.endpoints: dict[str, dict[str, Any]] = {}
        self.unstated: list[dict[str, str]] = []
        self.outside: list[dict[str, Any]] = []
        self.accepted: list[dict[str, Any]] = []
        self.closed: list[str] = []
        self.treatments: dict[str, str] = {}
        self.raw: dict[str, ReadCriterion] = {}

    # --- small helps

    def own(self, text: str, other: str, longest: int = 40) -> str:
        """A name that nothing else in the study has."""
        base = _slug(text, longest) or other
        made, number = base, 2
        while made in self.names:
            made, number = f"{base}_{number}", number + 1
        self.names.add(made)
        return made

    def source(self, said: Said[Any] | None, says: str = "") -> Any:
        """Where a line comes from: the record, the place in it, and its words."""
        if said is None:
            return "the record" if not says else {"page": "the record", "says": _clean(says, 160)}
        return {"page": cited(said), "says": _clean(says or said.text, 160)}

    def one(self, name: str) -> Said[Any] | None:
        """The surest value of a field; that others differ, or that its label is lost, is said under `unstated`."""
        values = self.record.said(name)
        best = surest(values)
        if best is None:
            return None
        what = FIELDS[name].says
        others = {str(each.value): each for each in values if each.value != best.value}
        if others and FIELDS[name].kind not in ("prose", "title"):
            told = "; ".join(f"'{_clean(each.text, 80)}' ({cited(each)})" for each in (best, *others.values()))
            self.missing(f"Which of these holds: {what}", _clean(str(best.value), 120), f"The records differ: {told}.")
        elif best.confidence is Confidence.UNSURE:
            self.missing(
                f"Whether '{_clean(best.text, 80)}' is {what}", "it is", f"Its label is lost on the page ({cited(best)})."
            )
        return best

    def many(self, name: str) -> tuple[Said[Any], ...]:
        """The values of a field that has several, each once."""
        kept: dict[str, Said[Any]] = {}
        for each in self.record.said(name):
            kept.setdefault(_word(str(each.value))[:300], each)
        return tuple(kept.values())[:MOST]

    def missing(self, what: str, assumed: str = "", why: str = "") -> None:
        """Something that the record does not say."""
        one = (
            {"what": _clean(what, 600)}
            | ({"assumed": _clean(assumed, 300)} if assumed else {})
            | ({"why": _clean(why, 400)} if why else {})
        )
        if one not in self.unstated:
            self.unstated.append(one)

    def activity(self, name: str, label: str, **said: Any) -> str:
        """An activity, once."""
        if name not in self.activities and name not in BUILT_IN:
            self.names.add(name)
            self.activities[name] = {"label": _clean(label, 200), **said}
        return name

    def item(self, form: str, name: str, **said: Any) -> str:
        """An item of a form, once in the study."""
        if name not in self.item_of:
            self.names.add(name)
            self.activities.setdefault(form, {}).setdefault("items", {})[name] = said
            self.item_of[name] = form
        return name

    # --- the parts

    def draw(self) -> None:
        """All parts, in the order in which they lean on each other."""
        self._design()
        self._treatments()
        self._arms()
        self._eligibility()
        self._schedule()
        self._endpoints()
        self._rest()

    def _design(self) -> None:
        kind = self.one("study_type")
        text = " ".join(
            each.value for name in ("title", "official_title", "summary", "description") for each in self.record.said(name)[:1]
        )
        word = kind.value if kind is not None and kind.value in ("interventional", "observational") else ""
        if not word:
            assigns = any(self.record.said(name) for name in ("allocation", "masking", "purpose")) or bool(
                _ASSIGNS.search(text)
            )
            word = "interventional" if assigns else "observational"
            why = (
                "its words tell of treatments that are given" if assigns else "no word of it tells that treatments are assigned"
            )
            self.missing("Whether the study is interventional or observational", word, f"No field says it; {why}.")
        self.design = {"type": word}
        told = [kind] if kind is not None and word == kind.value else []
        for key in ("allocation", "model", "masking", "purpose", "perspective"):
            said = self.one(key)
            value = _PURPOSES.get(said.value, said.value) if said is not None else ""
            if said is not None and (
                value in _MODELS if key == "model" else value not in ("cross_sectional", "other") or key == "purpose"
            ):
                self.design[key] = value
                told.append(said)
            elif said is not None:
                self.missing(f"How the design's {key}, '{_clean(said.text, 80)}', is said in the language")
            elif word == "interventional" and key != "perspective":
                self.missing(f"The design's {key}")
        phases = [_PHASES.get(each.value, each.value) for each in self.many("phases")]
        if any(phases):
            self.design["phase"] = "/".join(filter(None, phases))
        if (count := self.one("enrolment")) is not None:
            self.design["enrolment"] = count.value
            told.append(count)
        else:
            self.missing("How many participants are planned")
        self.design["source"] = (
            self.source(told[0], "; ".join(each.text for each in told)) if told else "assumed: no field of the record says it"
        )

    def _treatments(self) -> None:
        """What is given or done: an activity each."""
        for said in self.many("interventions"):
            each: Intervention = said.value
            if not each.name.strip() or each.name in self.treatments:
                continue
            name = self.own(each.name, "treatment")
            by_name = bool(_PROCEDURE.search(each.name)) and not re.search(r"chemo", each.name, re.IGNORECASE)
            told: dict[str, Any] = {"label": _clean(each.name, 200)}
            if each.kind in ("procedure", "radiation", "device") or (
                each.kind in ("", "other", "combination_product") and by_name
            ):
                told["procedure"] = True
                self.closed.append(name)
            self.activities[name] = told | {"source": self.source(said)}
            self.treatments[each.name] = name
        if not self.treatments and self.record.arms:
            self._named_by_arms()
        if self.treatments:
            why = "The record tells it in sentences, if at all; a draft takes no pathway from sentences."
            self.missing("How much of each treatment is given, how often, and in which order (the pathway)", "", why)

    def _named_by_arms(self) -> None:
        """What is given, where the record names it in the labels of its arms alone."""
        for said in self.many("arms"):
            for part in re.split(
                r"\s+(?:combined with|in combination with|plus|and|with|\+|versus|vs\.?)\s+|\s+(?:alone|only)\b",
                said.value.label,
                flags=re.IGNORECASE,
            ):
                label = part.strip(" ,.;:")
                if not (_PROCEDURE.search(label) or _DRUG.search(label)) or _word(label) in map(_word, self.treatments):
                    continue
                name = self.own(label, "treatment")
                is_procedure = bool(_PROCEDURE.search(label)) and not re.search(r"chemo", label, re.IGNORECASE)
                self.activities[name] = {
                    "label": _clean(label, 200),
                    **({"procedure": True} if is_procedure else {}),
                    "source": self.source(said),
                }
                self.treatments[label] = name
                if is_procedure:
                    self.closed.append(name)
                self.missing(
                    f"Whether '{_clean(label, 120)}' is a treatment of its own",
                    "it is",
                    "It is named in the label of an arm alone.",
                )

    def _given(self, arm: Arm) -> list[str]:
        named = [
            name
            for label, name in self.treatments.items()
            if any(_word(label) in _word(each) or _word(each) in _word(label) for each in arm.interventions if _word(each))
        ]
        back = [
            self.treatments[each.value.name]
            for each in self.record.interventions
            if arm.label in each.value.arms and each.value.name in self.treatments
        ]
        told = set(_word(f"{arm.label} {arm.description}").split("_"))
        words = [name for label, name in self.treatments.items() if set(_word(label).split("_")) <= told]
        return list(dict.fromkeys([*named, *back] or words))

    def _arms(self) -> None:
        arms = [each for each in self.many("arms") if each.value.label.strip() or each.value.description.strip()]
        if self.design["type"] == "observational":
            if len(arms) > 1:
                self._groups(arms)
            return
        for said in arms:
            each: Arm = said.value
            told: dict[str, Any] = {"label": _clean(each.label or each.description, 200)}
            if each.kind:
                told["role"] = _ROLES.get(each.kind, each.kind)
            if gives := self._given(each):
                told["gives"] = gives
            if each.description:
                told["text"] = _clean(each.description, 1_500)
            self.arms[self.own(each.label, "arm_1")] = told | {"source": self.source(said)}
            if said.confidence is Confidence.UNSURE:
                self.missing(f"Whether '{_clean(each.label, 120)}' is an arm", "it is", "Its label is lost on the page.")
        if len(self.arms) > 1 and self.design.get("allocation") == "randomised":
            self.missing("How the random list is made: method, blocks, ratio, strata", "", "Registers do not ask for it.")
        elif len(self.arms) > 1 and "allocation" not in self.design:
            self.design["allocation"] = "non_randomised"
            self.missing(
                "How participants come to their arms",
                "by assignment, not at random",
                "Chance is not to be claimed where no record names it.",
            )
        if not self.arms:
            self.missing("The arms")

    def _groups(self, arms: Sequence[Said[Any]]) -> None:
        names = {self.own(each.value.label or each.value.description, "observed"): each for each in arms}
        self.activity("screening", "Screening", by="investigator")
        labels = {key: _clean(each.value.label or each.value.description, 160) for key, each in names.items()}
        item = self.item("screening", "observed_group", label="Group", type="choice", of=labels)
        for name, said in names.items():
            text = {"text": _clean(said.value.description, 1_000)} if said.value.description else {}
            self.groups[name] = {
                "label": labels[name],
                "member": f"{item} == {name}",
                "zero": "enrolment",
                **text,
                "source": self.source(said),
            }
        self.missing(
            "By what rule somebody belongs to a group",
            "whoever screens answers it",
            "The record describes the groups in words.",
        )
        self.missing(
            "Time zero, from which the groups are followed and compared",
            "enrolment",
            "A comparison needs a moment that both groups have.",
        )

    # --- who may join

    def _eligibility(self) -> None:
        self.activity("screening", "Screening", by="investigator")
        said = self.one("eligibility")
        low, high, sex = self.one("minimum_age"), self.one("maximum_age"), self.one("sex")
        if said is None:
            self.missing(
                "The criteria for joining, word for word",
                "what the fields for age and sex say" if low or high or sex else "",
                "The record prints no list of criteria.",
            )
        for each in criteria(said.value, file=cited(said)).criteria if said is not None else ():
            if len(self.eligibility) < 400 and said is not None:
                self._criterion(each, said)
        bounds = " ".join(str(each.get("include") or each.get("exclude")) for each in self.eligibility)
        for age, op, name in ((high, "<=", "maximum_age"), (low, ">=", "minimum_age")):
            if age is None or age.value.unit in ("hours", "minutes"):
                continue
            if f"age {op} {age.value}" not in bounds and f"age {'<' if op == '>=' else '>'} {age.value}" not in bounds:
                self._need(Needed("age", "demographics.age"))
                text = f"{'At least' if op == '>=' else 'At most'} {age.value}."
                self.eligibility.insert(
                    0,
                    {"id": self.own(name, name), "include": f"age {op} {age.value}", "text": text, "source": self.source(age)},
                )
        if low is None and "age" not in bounds:
            self.missing("The lowest age")
        if sex is None:
            self.missing("The sex of those who may join", "every sex")
        elif sex.value in ("female", "male") and f"sex == {sex.value}" not in bounds:
            self._need(Needed("sex", "demographics.sex"))
            self.eligibility.insert(
                0,
                {
                    "id": self.own(f"{sex.value}_only", "sex"),
                    "include": f"sex == {sex.value}",
                    "text": f"{sex.value.capitalize()} participants only.",
                    "source": self.source(sex),
                },
            )
        if self.one("healthy_volunteers") is None:
            self.missing("Whether healthy volunteers are accepted")
        if self.cohorts:
            self.item(
                "screening",
                "screened_for",
                label="Cohort screened for",
                type="choice",
                of={key: each["label"] for key, each in self.cohorts.items()},
            )

    def _need(self, needed: Needed) -> None:
        form = "screening"
        if needed.use.startswith("labs."):
            form = self.activity("labs", "Blood tests")
        elif needed.use.startswith("vitals."):
            form = self.activity("vital_signs", "Vital signs")
        told: dict[str, Any] = {"use": needed.use} if needed.use else {"type": needed.type or "yes_no"}
        if needed.label:
            told["label"] = _clean(needed.label, 160)
        if needed.unit:
            told["unit"] = needed.unit
        if needed.of:
            told["of"] = list(needed.of)
        self.item(form, needed.name, **told)

    def _criterion(self, each: ReadCriterion, said: Said[str]) -> None:
        text = _clean(each.text.replace("\\", ""), 2_000)
        if each.status == "text" and (text.endswith(":") or len(text) < 4):
            return
        told: dict[str, Any] = {}
        if each.cohort and len(self.cohorts) < 12:
            cohort = _slug(each.cohort) or "cohort_1"
            if cohort not in self.cohorts:
                cohort = next(
                    (key for key, known in self.cohorts.items() if known["label"] == _clean(each.cohort, 160)), ""
                ) or self.own(each.cohort, "cohort_1")
                self.cohorts.setdefault(
                    cohort,
                    {
                        "label": _clean(each.cohort, 160),
                        "member": f"screened_for == {cohort}",
                        "source": self.source(said, each.cohort),
                    },
                )
            told["cohorts"] = [cohort]
        source = self.source(said, text)
        words = re.sub(
            r"^(?:patients?|subjects?|participants?)\s+(?:must\s+|with\s+|who\s+|have\s+|are\s+|has\s+)*",
            "",
            text,
            flags=re.IGNORECASE,
        )
        first = " ".join(re.findall(r"[A-Za-z][A-Za-z0-9]*", words)[:4])
        if each.expression:
            for needed in each.items:
                self._need(needed)
            if "lesions" in each.expression and not any(known.get("lesions") for known in self.activities.values()):
                self.activity("imaging", "Imaging")
                self.activities["imaging"]["lesions"] = True
            name = self.own(
                "_".join(dict.fromkeys(item.name for item in each.items[:2])) + f"_{each.kind}d" if each.items else first,
                "criterion",
            )
            self.eligibility.append({"id": name, each.kind: each.expression, **told, "text": text, "source": source})
            self.raw[name] = each
            doubt = each.unsure or (
                "two bounds on one measure, of which one may hold for some alone" if _is_doubled(each) else ""
            )
            if doubt:
                self.missing(
                    f"Whether '{_clean(text, 200)}' means: {each.expression}", "it does", f"Marked as unsure: {doubt}."
                )
        if each.status != "whole":
            name = self.own(f"{each.topic or first}{'_rest' if each.expression else ''}", "judged")
            question = _clean(each.judge or f"Is this so: “{text}”?", 900)
            self.eligibility.append(
                {
                    "id": name,
                    each.kind: {"judge": question, "by": "investigator"},
                    **told,
                    **({} if each.expression else {"text": text}),
                    "source": source,
                }
            )

    # --- when what is done

    def _moment(self, name: str, words: str = "") -> str:
        """The activity that a moment is in this study; it is added where the study has none yet."""
        if name in ("enrolment", "death", "off_treatment"):
            return name
        if name == "randomisation":
            return "randomisation" if self.design.get("allocation") == "randomised" else "enrolment"
        pattern = {
            "ablation": r"ablat|rfa\b|radiofreq",
            "surgery": r"surg|resect|ectomy|operat|transplant",
            "vaccination": r"vaccin",
            "procedure": r".",
        }.get(name, "")
        if pattern:
            own = [
                key
                for label, key in self.treatments.items()
                if re.search(pattern, label, re.IGNORECASE) and self.activities[key].get("procedure")
            ]
            if own:
                best = max(own, key=lambda key: sum(word in _word(words).split("_") for word in key.split("_")))
                return best
        if name == "procedure" and (done := [key for key, each in self.activities.items() if each.get("procedure")]):
            return done[0]
        labels = {
            "ablation": "Ablation",
            "surgery": "Surgery",
            "diagnosis": "Diagnosis",
            "discharge": "Discharge",
            "vaccination": "Vaccination",
            "first_treatment": "Start of treatment",
            "procedure": "Procedure",
        }
        made = self.activity(
            name,
            labels.get(name, name.replace("_", " ").capitalize()),
            **({"procedure": True} if name in ("ablation", "surgery", "procedure") else {}),
        )
        if self.activities[made].get("procedure") and made not in self.closed:
            self.closed.append(made)
        return made

    def _cycle(self) -> str:
        """The activity whose rounds are counted."""
        own = [
            key for label, key in self.treatments.items() if _DRUG.search(label) and not self.activities[key].get("procedure")
        ]
        if len(own) == 1:
            self.activities[own[0]]["repeats"] = True
            return own[0]
        return self.activity(
            "treatment_cycle",
            "Cycle of treatment",
            repeats=True,
            source=self.source(surest(self.record.description), "treatment cycles"),
        )

    def _schedule(self) -> None:
        labels = {name: label for name, label, _ in EXAMINATIONS}
        told, found = None, tuple[Visit, ...]()
        for name in ("description", "summary"):
            if not found and (told := surest(self.record.said(name))) is not None:
                found = visits(told.value)
        for visit in found[:MOST] if told is not None else ():
            self._line(visit, [self.activity(name, labels[name]) for name in visit.do], told)
            for gap in visit.gaps:
                self.missing(f"{_clean(gap, 200)}: “{_clean(visit.says, 200)}”")
        if not found:
            self.missing("When participants are seen and examined (the schedule)")
        if (rest := surest(self.record.description)) is not None:
            why = "A draft takes from sentences the lines of a schedule, and no more. Read it beside the draft."
            self.outside.append({"what": "What else the detailed description tells", "why": why, "source": self.source(rest)})

    def _line(self, visit: Visit, do: list[str], said: Said[Any] | None) -> None:
        when = visit.timing
        line: dict[str, Any] = {"do": do}
        if when.rounds:
            line["every"] = f"{when.rounds} cycles of {self._cycle()}"
        elif when.every is not None:
            line["every"] = str(when.every)
        elif when.on:
            line["on"] = list(when.on)
        elif not when.at:
            return  # its gap is said
        word = "after" if when.on or when.at else "from"
        anchor = (moment(when.anchor) or "") if when.anchor else ""
        if not anchor and not when.rounds:
            anchor = "enrolment"
            told = (
                f"'{_clean(when.anchor, 80)}' is no moment that is understood here"
                if when.anchor
                else "The sentence does not name a moment"
            )
            self.missing(f"From when this counts: “{_clean(visit.says, 200)}”", "enrolment", f"{told}.")
        if anchor:
            line[word] = self._moment(anchor, when.anchor)
        if when.starting is not None and when.every is not None:
            line["starting"] = str(when.starting)
        if when.until is not None:
            line["until"] = str(when.until)
        elif when.ends_with and "death" not in when.ends_with:
            ends = moment(when.ends_with) or (
                "progression"
                if "progress" in when.ends_with
                else "recurrence"
                if re.search("recur|relaps", when.ends_with)
                else ""
            )
            if ends:
                line["until"] = self._event(ends) if ends in ("progression", "recurrence") else self._moment(ends)
        if visit.only:
            item = self.own(f"is {visit.only}", "applies", 50)
            self.activity("conditions", "What a line of the schedule depends on", repeats=True)
            self.item(
                "conditions", item, type="yes_no", judge=f"Does this hold: “{_clean(visit.only, 300)}”?", by="investigator"
            )
            line["while"] = item
            self.missing(f"Who decides of whom this holds: “{_clean(visit.only, 200)}”", "the investigator answers it")
        line["source"] = self.source(said, visit.says)
        spans = when.at if when.at and "every" not in line else (None,)
        for span in spans:
            one = {
                "do": line["do"],
                **({"at": str(span)} if span is not None else {}),
                **{key: value for key, value in line.items() if key != "do"},
            }
            if not any({**known, "source": ""} == {**one, "source": ""} for known in self.schedule):
                self.schedule.append(one)
        if self.schedule:
            self.missing(
                "The windows around the days on which something is due", "", "The record gives days, if that, and no windows."
            )

    # --- what is measured

    def _event(self, name: str, label: str = "") -> str:
        """The activity by which an event is recorded."""
        labels = {
            "progression": "Progression",
            "recurrence": "Recurrence",
            "complication": "Complication",
            "response": "Response",
            "hospitalisation": "Admission to hospital",
            "infection": "Infection",
        }
        return self.activity(
            name,
            label or labels.get(name, name.replace("_", " ").capitalize()),
            **(
                {"repeats": True}
                if name in ("complication", "hospitalisation", "infection", "response", "recurrence", "progression")
                else {}
            ),
        )

    def _happening(self, event: str, endpoint: str, read: Outcome) -> str:
        return self._event(self.own(f"{endpoint}_seen", "seen", 60), read.title) if event == ITSELF else self._event(event)

    def _endpoints(self) -> None:
        outcomes = self.many("outcomes")
        if not outcomes:
            self.missing("The outcomes, primary and secondary")
        elif not any(each.value.role == "primary" for each in outcomes):
            self.missing(
                "Which outcome is the primary one",
                "none of them",
                "The record prints the outcomes and has lost which is which.",
            )
        for said in outcomes:
            each: OutcomeSaid = said.value
            title, text = (each.measure, each.description) if each.measure.strip() else (each.description, "")
            if title.strip():
                role: Role = "primary" if each.role == "primary" else "exploratory" if each.role == "other" else "secondary"
                self._endpoint(outcome(title, text, each.time_frame, role), said)

    _SHORT = (
        ("os", r"\boverall[- ]survival|^os$"),
        ("pfs", r"progression[- ]free|^pfs$"),
        ("rfs", r"(?:recurrence|relapse)[- ]free|^rfs$"),
        ("dfs", r"disease[- ]free|^dfs$"),
        ("efs", r"event[- ]free|^efs$"),
    )

    def _endpoint(self, read: Outcome, said: Said[Any]) -> None:
        short = next(
            (
                name
                for name, pattern in self._SHORT
                if read.kind == "time_to_event" and re.search(pattern, f"{read.title}".lower())
            ),
            "",
        )
        name = self.own(short or read.title, "outcome")
        told: dict[str, Any] = {"label": _clean(read.title, 300), "role": read.role, "kind": read.kind}
        origin = self._moment(read.origin, read.origin_words)
        if "recurrence" in read.events and not read.origin_said and (cleared := self._clearing()):
            origin = cleared  # only what was gone can come back
        told["from"] = origin
        if read.kind in ("time_to_event", "occurrence"):
            events = [
                event if event in ("death", "withdrawal", "adverse_event") else self._happening(event, name, read)
                for event in read.events
            ]
            if read.kind == "occurrence" and read.attributed_to and events == ["death"]:
                events = ["first(death where cause == procedure)"]
            told["event"] = events[0] if len(events) == 1 else events
        if read.kind == "time_to_event":
            if read.competing:
                told["competing"] = list(read.competing)
            told["censor"] = "last_known_alive"
            if read.horizon is not None and read.horizon != NO_TIME:
                told["horizon"] = str(read.horizon)
        elif read.kind == "occurrence":
            if read.horizon is not None and read.horizon != NO_TIME:
                told["within"] = str(read.horizon)
            if read.attributed_to and "cause" not in str(told["event"]) and self.activities.get(origin, {}).get("procedure"):
                told["attributed_to"] = origin
        else:
            self._measured(read, told, name)
        if origin not in BUILT_IN and self.activities.get(origin, {}).get("procedure"):
            given = [arm for arm in self.arms.values() if origin in arm.get("gives", ())]
            if self.arms and len(given) < len(self.arms) or self.groups or origin not in self.treatments.values():
                told["among"] = f"exists {origin}"
                self.missing(
                    f"Of whom '{_clean(read.title, 120)}' is told",
                    f"those who had: {self.activities[origin]['label']}",
                    "Its clock starts there, and not everybody gets there.",
                )
        if read.text:
            told["text"] = _clean(read.text, 1_500)
        frame = read.timing.text
        told["source"] = self.source(said, " | ".join(filter(None, (read.title, read.text, frame))))
        self.endpoints[name] = told
        for gap in read.gaps:
            assumed = ""
            if gap.startswith("from when it counts"):
                assumed = origin
            elif "counts as is not said" in gap:
                assumed = "it ends the time at risk, and is not the event"
            elif gap.startswith("which tests"):
                assumed = ", ".join(
                    term.split(".")[1] for called, terms in PANELS.items() if f"'{called}'" in gap for term in terms
                )
            self.missing(
                f"Of '{_clean(read.title, 120)}': {gap}",
                assumed,
                f"The time frame says: {_clean(frame, 120)}." if frame and ("average" in gap or "length" in gap) else "",
            )

    def _clearing(self) -> str:
        """The procedure that may have made participants free of the disease, where the record tells of one; else nothing."""
        text = " ".join(
            str(each.value)
            for name in ("title", "description", "summary", "interventions")
            for each in self.record.said(name)[:1]
        )
        return next(
            (
                self._moment(name)
                for name, words in (("surgery", r"surg|resect|ectomy"), ("ablation", r"ablat"))
                if re.search(words, text, re.IGNORECASE)
            ),
            "",
        )

    def _measured(self, read: Outcome, told: dict[str, Any], name: str) -> None:
        """What an endpoint that is no event is made of: items, on the form where they are written down."""
        label = _clean(read.title, 200)
        if read.measures:
            for term in read.measures:
                self._need(Needed(term.split(".")[1], term))
            names = [term.split(".")[1] for term in read.measures]
            if read.kind == "measurement":
                told["item"] = names[0]
            else:
                told["items"] = names
        elif read.kind == "cost":
            self.activity("bill", "Bill", cost=True, repeats=True)
            told["items"] = [self.item("bill", self.own(f"{name}_amount", "amount"), use="outcomes.cost", label=label)]
            told["combine"] = "sum"
        elif read.kind == "score":
            form = self.activity("questionnaire", "Questionnaire")
            self.activities[form].setdefault("repeats", True)
            told["items"] = [self.item(form, self.own(f"{name}_score", "score"), type="score", label=label)]
        else:
            form = self.activity("assessment", "Assessment", repeats=True)
            told["item"] = self.item(form, self.own(f"{name}_value", "value"), type="real", label=label)
        if read.kind == "measurement" and len(read.timing.at) == 1:
            told["at"] = str(read.timing.at[0])
        elif read.horizon is not None and read.horizon != NO_TIME:
            told["horizon"] = str(read.horizon)

    def _rest(self) -> None:
        for what, name in (
            ("The sponsor", "sponsor"),
            ("The state of the study: planned, recruiting, completed", "status"),
            ("When the study starts", "start"),
        ):
            if self.one(name) is None:
                self.missing(what)
        if not self.record.locations and not self.record.countries:
            self.missing("The hospitals that take part")
        for each in self.record.other_dates:
            self.missing(
                f"Of what '{_clean(each.text, 60)}' is the date", "", f"It stands on the page without a label ({cited(each)})."
            )
        self.missing("What is written down at each activity, beyond what criteria and outcomes ask for")

    # --- mending, and telling

    def mended(self, faults: Sequence[Finding]) -> bool:
        """Whether something was changed because of what could not be read: an expression becomes a question."""
        changed = False
        lines = self.text().split("\n")
        for each in faults:
            at = max(each.place.line - 1, 0)
            name = ""
            for line in reversed(lines[: at + 1]):
                if found := re.match(r"\s*- (?:\{)?id: ([a-z0-9_]+)", line):
                    name = found[1]
                    break
                if re.match(r"[a-z]", line):
                    break
            changed = self._asked(name, f"does not hold here: {_clean(each.says, 160)}") or changed
        return changed

    def questioned(self, faults: Sequence[Finding]) -> bool:
        """Whether criteria that together let nobody in became questions."""
        named = {name for each in faults for name in re.findall(r"'([a-z0-9_]+)'", each.says)}
        return any([self._asked(name, "lets nobody in, alone or with another") for name in sorted(named)])

    def _asked(self, name: str, why: str) -> bool:
        """Make a question of a criterion whose expression cannot stand."""
        for number, criterion in enumerate(self.eligibility):
            kind = "include" if "include" in criterion else "exclude"
            if criterion["id"] == name and isinstance(criterion[kind], str):
                text = _clean(criterion.get("text", name), 800)
                self.eligibility[number] = criterion | {kind: {"judge": f"Is this so: “{text}”?", "by": "investigator"}}
                self.missing(
                    f"How '{_clean(text, 200)}' is said in the language",
                    "",
                    f"It was read as '{_clean(criterion[kind], 160)}', which {why}.",
                )
                return True
        return False

    def accept(self, found: Finding) -> None:
        """Keep what the record has wrong, said as the record's."""
        one = {
            "finding": found.rule,
            **({"about": found.about} if found.about else {}),
            "why": f"The record has it so, or it was misread here. Decide before this file is used. {_clean(found.says, 240)}",
            "source": "the record",
        }
        if not any(known["finding"] == one["finding"] and known.get("about") == one.get("about") for known in self.accepted):
            self.accepted.append(one)

    def text(self) -> str:
        """The file."""
        record, title = self.record, surest(self.record.title) or surest(self.record.official_title)
        head = {
            "equipoise": 1,
            "study": self.name,
            "version": "0.1.0",
            "title": _clean(title.value if title else self.name, 500),
        }
        identity: dict[str, Any] = {}
        if registrations := self._registrations():
            identity["registrations"] = registrations
        if (sponsor := surest(record.sponsor)) is not None:
            identity["sponsor"] = _clean(sponsor.value, 200)
        dates = {key: str(day.value) for key, name in _DATES.items() if (day := surest(record.said(name))) is not None}
        status, summary = surest(record.status), surest(record.summary) or surest(record.plain_summary)
        for name, value in (
            ("dates", dates), ("status", status.value.replace("_", " ") if status else ""),
            ("conditions", [_clean(each.value, 120) for each in self.many("conditions")[:60]]),
            ("keywords", [_clean(each.value, 120) for each in self.many("keywords")[:60]]),
            ("summary", _clean(summary.value, 4_000) if summary else ""), ("sites", self._sites()),
        ):  # fmt: skip
            if value:
                identity[name] = value
        parts: list[tuple[str, dict[str, Any]]] = [
            ("", head), ("", identity), ("", {"design": self.design}),
            ("What is done, and what is written down then", {"activities": {name: each for name, each in self.activities.items()}}),
            ("", {"closed": sorted({*self.closed})} if self.closed else {}),
            ("Who may join", {"eligibility": self.eligibility} if self.eligibility else {}),
            ("", {"cohorts": self.cohorts} if self.cohorts else {}), ("Groups", {"groups": self.groups} if self.groups else {}),
            ("Arms", {"arms": self.arms} if self.arms else {}), ("What is assessed when", {"schedule": self.schedule} if self.schedule else {}),
            ("What is measured", {"endpoints": self.endpoints} if self.endpoints else {}),
            ("What the record does not say, or not in words that are understood", {"unstated": self.unstated} if self.unstated else {}),
            ("What it says and this file leaves out", {"outside": self.outside} if self.outside else {}),
            ("What check finds in what the record says", {"accepted": self.accepted} if self.accepted else {}),
        ]  # fmt: skip
        pages_said = _clean("; ".join(pages(record)), 200)
        return written(
            parts,
            f"Drafted from {pages_said}. Every line has its source; what the record does not say is under `unstated`.",
            "A draft is read against its source before it is used: nothing in it was decided by a person.",
        )

    def _registrations(self) -> list[dict[str, Any]]:
        made: list[dict[str, Any]] = []
        low, high, sex = (surest(self.record.said(name)) for name in ("minimum_age", "maximum_age", "sex"))
        for said in self.many("identifiers")[:20]:
            one: dict[str, Any] = {"registry": _clean(said.value.registry or "sponsor", 80), "id": _clean(said.value.id, 80)}
            if said.value.registry and not any("sex" in each or "age" in each for each in made):
                if (
                    low is not None
                    and high is not None
                    and low.value.unit == high.value.unit == "years"
                    and low.value.value <= high.value.value
                ):
                    one["age"] = f"{low.value.value:g}..{high.value.value:g}"
                if sex is not None:
                    one["sex"] = sex.value
            made.append(one | {"source": self.source(said)})
        return made

    def _sites(self) -> dict[str, dict[str, str]]:
        made: dict[str, dict[str, str]] = {}
        places = [(each.value.facility or each.value.city, each.value.country) for each in self.many("locations")]
        for label, country in (places or [("", each.value) for each in self.many("countries")])[:60]:
            name = _slug(label or country) or "site"
            while name in made:
                name += "_x"
            made[name] = {"label": _clean(label or country, 160)} | ({"country": _clean(country, 80)} if country else {})
        return made


def _is_doubled(each: ReadCriterion) -> bool:
    """Whether one measure is bounded twice from the same side, without a condition that tells the two apart."""
    sides = [
        (atom.measure, atom.op[:1], atom.when, atom.unless)
        for atom in each.atoms
        if atom.op[:1] in "<>" and atom.measure not in ("time", "?")
    ]
    return len(sides) > len(set(sides))


def cited(said: Said[Any]) -> str:
    """Where something is said, as `source:` names it: the file's name, the line, and the way to it in a structured record."""
    place = Place(Path(said.place.file).name, said.place.line) if said.place.file else said.place
    return (
        " ".join(
            part
            for part in (
                str(place) if said.place.file or said.place.line else said.reader,
                f"({said.path})" if said.path else "",
            )
            if part
        )
        or "the record"
    )


def pages(record: Record) -> tuple[str, ...]:
    """The files and addresses that a record was read from."""
    every = (each for name in FIELDS for each in record.said(name))
    return tuple(dict.fromkeys(Path(each.place.file).name or each.reader or "a record" for each in every)) or ("a record",)
