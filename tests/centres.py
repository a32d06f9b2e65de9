"""Three centres' files for `synchronous-resection-modena`, as messy as hospitals' are, made with faults that are known.

Each centre heads its columns, writes its dates and its numbers, and codes its answers in a way of its own:

    modena.csv       Italian, cp1252, semicolons, decimal commas, day/month/year, sizes in cm, centre's own numbers 1, 2, …
    centre_b.xlsx    two sheets: patients under a title and headings above headings, each marker with its unit, days as
                     Excel counts them, some typed as text, some only to the month; and their chemotherapy
    centre_c.parquet French, typed columns; centre_c_chimio.csv with a byte-order mark holds the chemotherapy

    python tests/centres.py FOLDER      writes the files, what is true, and the faults that were put in
"""

import csv
import json
import random
import sys
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import polars as pl

from workbook import workbook

EACH = 30
"""Patients of each centre: 90 in all, as the study has."""


@dataclass(frozen=True)
class Fault:
    """A fault that was put in: where it stands, what it says, and what it should have said; for a row, the whole of it."""

    file: str
    sheet: str
    line: int
    column: str
    says: str
    right: str
    who: str


@dataclass
class Centres:
    """The files, what is true of each participant (as lines of events, without names), and the faults."""

    files: dict[str, bytes] = field(default_factory=dict)
    truth: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


@dataclass
class Person:
    """What is true of one patient."""

    number: int
    site: str
    name: str
    diagnosed: date
    age: int
    sex: str
    ecog: int
    location: str
    resectability: str
    mets: int
    largest_mm: int
    ca19_9: float
    chemo: date
    regimen: str
    cycles: int
    operated: date | None
    procedure: str
    liver: str
    margin: str
    days: int
    last: date
    died: bool


def person(number: int, site: str, chance: random.Random) -> Person:
    diagnosed = date(2014, 1, 6) + timedelta(days=chance.randrange(2500))
    operated = diagnosed + timedelta(days=chance.randrange(90, 220)) if chance.random() < 0.5 else None
    location = chance.choice(["head", "head", "body", "tail"])
    return Person(
        number=number, site=site, name=f"{site}-{number}", diagnosed=diagnosed, age=chance.randrange(38, 82),
        sex=chance.choice(["female", "male"]), ecog=chance.randrange(0, 3), location=location,
        resectability=chance.choice(["resectable", "borderline"]), mets=chance.randrange(1, 6),
        largest_mm=chance.randrange(4, 45), ca19_9=round(chance.uniform(3, 4000), 1),
        chemo=diagnosed + timedelta(days=chance.randrange(7, 40)), regimen=chance.choice(["FOLFIRINOX", "AG", "gemcitabine"]),
        cycles=chance.randrange(3, 13), operated=operated,
        procedure="pancreaticoduodenectomy" if location == "head" else "distal_pancreatectomy",
        liver=chance.choice(["minor", "minor", "major"]), margin=chance.choice(["R0", "R0", "R1"]), days=chance.randrange(7, 40),
        last=(operated or diagnosed) + timedelta(days=chance.randrange(200, 1500)), died=chance.random() < 0.7,
    )  # fmt: skip


def truth(one: Person, *, month_only: bool = False) -> list[dict[str, Any]]:
    """The events that a clean import tells of a patient, in the order of the mapping."""
    on = one.diagnosed.isoformat()[:7] if month_only else one.diagnosed.isoformat()
    told: list[dict[str, Any]] = [
        {"do": "diagnosis", "on": on, "items": {
            "age": one.age, "sex": one.sex, "ecog": one.ecog, "histology": "PDAC", "primary_location": one.location,
            "metastasis_timing": "synchronous", "resectability": one.resectability, "liver_metastases": one.mets,
            "largest_metastasis": f"{one.largest_mm} mm", "ca19_9": f"{one.ca19_9} kU/L"}},
        {"do": "chemotherapy", "on": one.chemo.isoformat(), "items": {
            "regimen": one.regimen, "cycles": one.cycles}},
    ]  # fmt: skip
    if one.operated is not None:
        told.append({"do": "surgery", "on": one.operated.isoformat(), "items": {
            "pancreatic_procedure": one.procedure, "liver_resection": one.liver, "margin": one.margin,
            "hospital_days": f"{one.days} days"}})  # fmt: skip
    told.append({"do": "death" if one.died else "last_contact", "on": one.last.isoformat()})
    return told


# --- Modena ----------------------------------------------------------------------------------------------------------

MODENA = (
    "Codice paziente", "Data diagnosi", "Età", "Sesso", "ECOG PS", "Istologia", "Sede", "Resecabilità", "Metastasi",
    "N° metastasi epatiche", "Diametro max (cm)", "CA 19-9", "Inizio chemioterapia", "Schema", "N. cicli", "Data intervento",
    "Tipo intervento", "Resezione epatica", "Margine", "Degenza", "Stato", "Ultimo follow-up",
)  # fmt: skip
PLACES = {"head": "testa", "body": "corpo", "tail": "coda"}
OPERATIONS = {"pancreaticoduodenectomy": "DCP", "distal_pancreatectomy": "pancreasectomia distale"}


def _it(number: float) -> str:
    whole, _, tenths = f"{number:,.1f}".partition(".")
    return f"{whole.replace(',', '.')},{tenths}"


def _day(when: date | None, pattern: str = "%d/%m/%Y") -> str:
    return when.strftime(pattern) if when is not None else ""


def _modena(one: Person) -> list[str]:
    operated = one.operated is not None
    return [
        str(one.number), _day(one.diagnosed), str(one.age), one.sex[0].upper(), str(one.ecog), "adenocarcinoma duttale",
        PLACES[one.location], {"resectable": "resecabile", "borderline": "borderline"}[one.resectability], "sincrone", str(one.mets),
        _it(one.largest_mm / 10), _it(one.ca19_9), _day(one.chemo),
        {"AG": "gem + nab-paclitaxel", "gemcitabine": "gemcitabina"}.get(one.regimen, one.regimen), str(one.cycles),
        _day(one.operated), OPERATIONS[one.procedure] if operated else "",
        {"minor": "minore", "major": "maggiore"}[one.liver] if operated else "n.d.", one.margin if operated else "",
        str(one.days) if operated else "", "deceduto" if one.died else "vivo", _day(one.last),
    ]  # fmt: skip


def modena(made: Centres, chance: random.Random) -> None:
    people = [person(n, "modena", chance) for n in range(1, EACH + 1)]
    rows = [_modena(one) for one in people]
    for at, column, says in (
        (3, "Data diagnosi", "31/02/2016"), (5, "Età", "sessantuno"), (7, "Sesso", "X"), (9, "CA 19-9", "12.5"),
        (11, "Ultimo follow-up", "primavera"), (13, "Codice paziente", ""), (15, "Età", "230"), (17, "Resecabilità", "??"),
        (19, "Data intervento", "12/13/2017"), (19, "Stato", "n.d."), (21, "N. cicli", "sei"), (23, "Diametro max (cm)", "1,2,3"),
    ):  # fmt: skip
        index = MODENA.index(column)
        made.faults.append(Fault("modena.csv", "", at + 2, column, says, rows[at][index], people[at].name))
        rows[at][index] = says
    right = list(rows[25])
    rows[25] = [*rows[25][:7], "forse", *rows[25][7:]]  # one cell too many
    made.faults.append(Fault("modena.csv", "", 27, "", _line(rows[25]), _line(right), people[25].name))
    rows.append(list(rows[0]))  # the same patient typed in twice
    made.faults.append(Fault("modena.csv", "", EACH + 2, "", _line(rows[0]), "leave out", people[0].name))
    text = StringIO()
    out = csv.writer(text, delimiter=";", lineterminator="\r\n")
    out.writerow(MODENA)
    out.writerows(rows)
    made.files["modena.csv"] = text.getvalue().encode("cp1252")
    made.truth |= {one.name: truth(one) for one in people}


def _line(cells: list[str]) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


# --- centre B --------------------------------------------------------------------------------------------------------

TOPS = ("", "At diagnosis", *[""] * 10, "Surgery", "", "", "", "", "Follow-up", "")
HEADS = (
    "Patient", "Date", "Age", "Gender", "ECOG", "Histology", "Site of primary", "Timing", "Stage", "No. of liver mets",
    "Largest met (mm)", "CA 19-9", "Date", "Procedure", "Hepatectomy", "R status", "LOS", "Date of death", "Last seen",
)  # fmt: skip


def centre_b(made: Centres, chance: random.Random) -> None:
    people = [person(n, "centre_b", chance) for n in range(1, EACH + 1)]
    partial = {4, 14}
    title = "Centre B – retrospective series, exported 2024"
    sheet: list[list[Any]] = [[title, *[None] * 19], [*TOPS, ""], [*HEADS[:12], "Unit", *HEADS[12:]]]
    sheet[1] = [*TOPS[:12], "", *TOPS[12:]]
    for one in people:
        operated = one.operated is not None
        diagnosed: Any = one.diagnosed
        if one.number in partial:
            diagnosed = one.diagnosed.strftime("%m/%Y")
        elif one.number % 7 == 0:
            diagnosed = (one.diagnosed - date(1899, 12, 30)).days  # a bare number: the cell lost its format
        elif one.number % 5 == 0:
            diagnosed = one.diagnosed.strftime("%d-%b-%Y")  # typed as text
        other = one.number % 3 == 0  # measured in another laboratory, which reports thousands of kU/L
        marker: Any = [round(one.ca19_9 / 1000, 6), "kU/mL"] if other else [one.ca19_9, "U/mL"]
        sheet.append([
            one.number, diagnosed, one.age, one.sex.capitalize(), one.ecog, "PDAC", one.location, "synchronous", one.resectability,
            one.mets, one.largest_mm, *marker, one.operated,
            {"pancreaticoduodenectomy": "Whipple"}.get(one.procedure, "DP") if operated else None, one.liver if operated else None,
            one.margin if operated else None, one.days if operated else None,
            one.last if one.died else None, None if one.died else one.last,
        ])  # fmt: skip
    heads = sheet[2]
    names = {at: f"{over} / {heads[at]}" if (over := _above(sheet[1], at)) else str(heads[at]) for at in range(len(heads))}
    for at, column, says in (
        (2, "At diagnosis / Age", "n.k.?"), (8, "At diagnosis / No. of liver mets", "several"), (10, "At diagnosis / Date", "03/04/19"),
        (12, "At diagnosis / Largest met (mm)", "big"), (18, "At diagnosis / Stage", "unresectable?"), (20, "Patient", None),
        (22, "At diagnosis / CA 19-9", "lost"), (16, f"Follow-up / {'Date of death' if people[16].died else 'Last seen'}", "2018?"),
    ):  # fmt: skip
        index = next(key for key, name in names.items() if name == column)
        right = sheet[at + 3][index]
        told = right.isoformat() if isinstance(right, date) else str(right)
        made.faults.append(Fault("centre_b.xlsx", "Patients", at + 4, column, says or "", told, people[at].name))
        sheet[at + 3][index] = says
    index = heads.index("CA 19-9")
    made.faults.append(Fault(
        "centre_b.xlsx", "Patients", 10, names[index], str(sheet[9][index]), f"{people[6].ca19_9} U/mL", people[6].name
    ))  # fmt: skip
    sheet[9][index + 1] = "furlongs"
    chemo: list[list[Any]] = [["Pat", "Start", "Regimen", "Cycles"]]
    chemo += [[one.number, one.chemo, one.regimen, one.cycles] for one in people]
    for at, index, says in ((6, 1, "spring 2020"), (8, 2, "some chemo")):
        right = chemo[at + 1][index]
        told = right.isoformat() if isinstance(right, date) else str(right)
        made.faults.append(Fault("centre_b.xlsx", "Chemo", at + 2, chemo[0][index], says, told, people[at].name))
        chemo[at + 1][index] = says
    merged = {"Patients": ["A1:T1", "B2:M2", "N2:R2", "S2:T2"]}
    made.files["centre_b.xlsx"] = workbook({"Patients": sheet, "Chemo": chemo}, merged)
    made.truth |= {one.name: truth(one, month_only=one.number in partial) for one in people}


def _above(tops: list[Any], index: int) -> str:
    return next((each for each in reversed(tops[: index + 1]) if each), "")


# --- centre C --------------------------------------------------------------------------------------------------------


def centre_c(made: Centres, chance: random.Random) -> None:
    people = [person(n, "centre_c", chance) for n in range(1, EACH + 1)]
    for one in people:
        one.name = f"centre_c-C{one.number:03}"
    dead = {True: "Décédé", False: "Vivant"}
    columns: dict[str, list[Any]] = {
        "N° dossier": [f"C{one.number:03}" for one in people],
        "Date du diagnostic": [_day(one.diagnosed, "%d.%m.%Y") for one in people],
        "Âge au diagnostic": [float(one.age) for one in people],
        "Sexe": [{"female": "F", "male": "H"}[one.sex] for one in people],
        "PS OMS": [one.ecog for one in people],
        "Histologie": ["adénocarcinome"] * EACH,
        "Localisation": [{"head": "tête", "body": "corps", "tail": "queue"}[one.location] for one in people],
        "Résécabilité": [{"resectable": "résécable", "borderline": "borderline"}[one.resectability] for one in people],
        "Métastases": ["synchrone"] * EACH,
        "Nombre métastases hépatiques": [one.mets for one in people],
        "Taille max (mm)": [str(one.largest_mm) for one in people],
        "CA19-9 (kU/L)": [one.ca19_9 for one in people],
        "Date chirurgie": [one.operated for one in people],
        "Geste pancréatique": [{"pancreaticoduodenectomy": "DPC"}.get(one.procedure, "SPG") if one.operated else None for one in people],
        "Hépatectomie": [{"minor": "mineure", "major": "majeure"}[one.liver] if one.operated else None for one in people],
        "Marges": [one.margin if one.operated else None for one in people],
        "Durée de séjour": [one.days if one.operated else None for one in people],
        "Statut": [dead[one.died] for one in people],
        "Dernières nouvelles": [_day(one.last, "%d.%m.%Y") for one in people],
    }  # fmt: skip
    for at, column, says in ((1, "Date du diagnostic", "29.02.2015"), (4, "Taille max (mm)", "env. 2 cm"), (6, "Statut", "perdu?"),
                             (8, "Localisation", "uncus ou tête"), (10, "Dernières nouvelles", None)):  # fmt: skip
        made.faults.append(Fault("centre_c.parquet", "", at + 1, column, says or "", str(columns[column][at]), people[at].name))
        columns[column][at] = says
    stream = BytesIO()
    pl.DataFrame(columns).write_parquet(stream)
    made.files["centre_c.parquet"] = stream.getvalue()

    text = StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(("dossier", "début", "protocole", "cures"))
    rows = [[f"C{one.number:03}", one.chemo.isoformat(), one.regimen, str(one.cycles)] for one in people]
    order = list(range(EACH))
    chance.shuffle(order)
    rows = [rows[at] for at in order]
    for at, index, says in ((3, 1, "2019-13-01"), (5, 3, "12 ou 13"), (9, 2, "protocole maison")):
        column = ("dossier", "début", "protocole", "cures")[index]
        made.faults.append(Fault("centre_c_chimio.csv", "", at + 2, column, says, rows[at][index], people[order[at]].name))
        rows[at][index] = says
    out.writerows(rows)
    made.files["centre_c_chimio.csv"] = text.getvalue().encode("utf-8-sig")
    made.truth |= {one.name: truth(one) for one in people}


def centres(seed: int = 4) -> Centres:
    """The three centres; a seed gives the same ones."""
    made = Centres()
    for number, make in enumerate((modena, centre_b, centre_c)):
        make(made, random.Random(seed * 10 + number))
    return made


def main(to: Path) -> None:
    """Write the files, what is true and the faults to a folder."""
    made = centres()
    to.mkdir(parents=True, exist_ok=True)
    for name, data in made.files.items():
        (to / name).write_bytes(data)
    (to / "tables.yaml").write_text((Path(__file__).parent / "centres.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    (to / "truth.json").write_text(json.dumps(made.truth, ensure_ascii=False, indent=1), encoding="utf-8")
    (to / "faults.json").write_text(
        json.dumps([each.__dict__ for each in made.faults], ensure_ascii=False, indent=1), encoding="utf-8"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
