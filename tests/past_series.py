"""A past series for `synchronous-surgery-indications`: one workbook of four sheets and what is true of its patients.

Patients in rows; cycles, laboratory values and lesions in long sheets, each row with its day. Numbers are typed as text with
decimal commas here and there, bilirubin comes in two units, and the team's decisions stand in a column of their own.
"""

from datetime import date, timedelta
from typing import Any

from workbook import workbook

TABLES = """
tables:
  - file: series.xlsx
    sheet: Patients
    header: 2
    dates: [day_month_year]
    decimal: comma
    participant: No
    prefix: p
    site: cjfh
    missing: ["", "-"]
    events:
      - do: enrolment
        on: Start
        items: {cohort: {says: retrospective}}
      - do: baseline
        on: Start
        items:
          age: Age
          sex: {column: Sex, codes: {男: male, 女: female}}
          histology: {says: PDAC}
          metastasis_timing: {says: synchronous}
          primary_location: {column: Site, codes: {胰头: head, 胰体: body, 胰尾: tail}}
      - {do: prescription, on: Start, items: {regimen: Regimen}}
      - {do: evaluation, on: Evaluated, items: {response: Response}}
      - decide: team_decision
        on: MDT
        option: {column: Decision, codes: {手术: operate, 继续: continue_systemic, 支持治疗: supportive_care}}
        members: Members
        reason: Reason
      - {do: surgery, on: Operated, items: {margin: Margin, blood_loss: {column: Blood loss, unit: L}}}
      - {do: death, on: Died}
  - file: series.xlsx
    sheet: Cycles
    participant: No
    prefix: p
    site: cjfh
    events: [{do: systemic_cycle, on: Day}]
  - file: series.xlsx
    sheet: Labs
    decimal: comma
    participant: No
    prefix: p
    site: cjfh
    events:
      - {do: labs, on: Day, when: {Test: 总胆红素}, items: {bilirubin: {column: Value, unit: Unit, uln: 21 umol/L}}}
      - {do: labs, on: Day, when: {Test: CA19-9}, items: {ca19_9: {column: Value, unit: Unit}}}
  - file: series.xlsx
    sheet: Lesions
    decimal: comma
    participant: No
    prefix: p
    site: cjfh
    events:
      - do: imaging
        on: Day
        items: {modality: {column: By, codes: {CT: CT, MR: MRI}}, pet_ct_needed: PET}
        lesion:
          id: Lesion
          organ: {column: Organ, codes: {肝: liver, 胰: pancreas}}
          segment: Segment
          diameter: {column: Size (cm), unit: cm}
"""

TOPS = ("No", "Start", "Age", "Sex", "Site", "Regimen", "Evaluated", "Response", "MDT", "Decision", "Members", "Reason", "Operated",
        "Margin", "Blood loss", "Died")  # fmt: skip


def series() -> tuple[bytes, dict[str, list[dict[str, Any]]]]:
    """The workbook, and the true events of each of its patients."""
    patients: list[list[Any]] = [["回顾性队列 2018-2023"], list(TOPS)]
    cycles, labs = [["No", "Day"]], [["No", "Day", "Test", "Value", "Unit"]]
    lesions: list[list[Any]] = [["No", "Day", "By", "PET", "Lesion", "Organ", "Segment", "Size (cm)"]]
    truth: dict[str, list[dict[str, Any]]] = {}
    for n in range(1, 11):
        start = date(2021, 1, 4) + timedelta(days=31 * n)
        evaluated, met = start + timedelta(days=120), start + timedelta(days=125)
        operate = n % 3 == 0
        response, decision = ("PR", "operate") if operate else ("SD", "continue_systemic" if n % 2 else "supportive_care")
        operated = start + timedelta(days=150) if operate else None
        died = start + timedelta(days=500 + n) if n % 4 else None
        regimen, site, sex = ("AG", "FOLFIRINOX")[n % 2], ("head", "body", "tail")[n % 3], ("male", "female")[n % 2]
        words = {"operate": "手术", "continue_systemic": "继续", "supportive_care": "支持治疗"}
        patients.append([
            n, start if n % 5 else start.strftime("%d.%m.%Y"), 50 + n, {"male": "男", "female": "女"}[sex],
            {"head": "胰头", "body": "胰体", "tail": "胰尾"}[site], regimen, evaluated, response, met, words[decision], 4,
            "" if operate else "too many lesions", operated, "R0" if operate else "-", "0,35" if operate else "-", died,
        ])  # fmt: skip
        told: list[dict[str, Any]] = [
            {"do": "enrolment", "on": str(start), "items": {"cohort": "retrospective"}},
            {"do": "baseline", "on": str(start), "items": {"age": 50 + n, "sex": sex, "histology": "PDAC",
             "metastasis_timing": "synchronous", "primary_location": site}},
            {"do": "prescription", "on": str(start), "items": {"regimen": regimen}},
            {"do": "evaluation", "on": str(evaluated), "items": {"response": response}},
            {"decide": "team_decision", "on": str(met), "option": decision, "items": {"members": 4}, "reason": "" if operate else "too many lesions"},
        ]  # fmt: skip
        if operated:
            told.append({"do": "surgery", "on": str(operated), "items": {"margin": "R0", "blood_loss": "350 mL"}})
        if died:
            told.append({"do": "death", "on": str(died)})
        for turn in range(4):
            day = start + timedelta(days=3 + 28 * turn)
            cycles.append([n, day])  # type: ignore[list-item]
            told.append({"do": "systemic_cycle", "on": str(day)})
        day = start + timedelta(days=1)
        in_mg = n % 2 == 0
        labs += [[n, day, "总胆红素", "1,2" if in_mg else 14 + n, "mg/dL" if in_mg else "umol/L"],  # type: ignore[list-item]
                 [n, day, "CA19-9", f"{100 * n},5", "U/mL"]]  # type: ignore[list-item]  # fmt: skip
        told += [{"do": "labs", "on": str(day), "items": {"bilirubin": {"value": "1.2 mg/dL" if in_mg else f"{14 + n} umol/L", "uln": "21 umol/L"}}},
                 {"do": "labs", "on": str(day), "items": {"ca19_9": f"{100 * n}.5 kU/L"}}]  # fmt: skip
        for day, size in ((start, 2.4), (evaluated, 1.5)):
            lesions += [
                [n, day, "MR", "no", "P1", "胰", "", f"{size + 1:.1f}".replace(".", ",")],
                [n, day, "MR", "no", "L1", "肝", "VII", size],
            ]
            told.append({"do": "imaging", "on": str(day), "items": {"modality": "MRI", "pet_ct_needed": "no"}, "lesions": [
                {"id": "L1", "organ": "liver", "segment": "VII", "diameter": f"{size * 10:g} mm", "status": "measured"},
                {"id": "P1", "organ": "pancreas", "diameter": f"{size * 10 + 10:g} mm", "status": "measured"}]})  # fmt: skip
        truth[f"p{n}"] = told
    sheets = {"Patients": patients, "Cycles": cycles, "Labs": labs, "Lesions": lesions}
    return workbook(sheets, {"Patients": ["A1:P1"]}), truth  # type: ignore[arg-type]
