"""A workbook written by hand, as small as one can be: for tests, since the product only reads them."""

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

Cell = str | int | float | bool | date | None
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def workbook(sheets: Mapping[str, Sequence[Sequence[Cell]]], merged: Mapping[str, Iterable[str]] | None = None) -> bytes:
    """An XLSX file. A date is kept as Excel keeps it: a number with a format; `merged` are ranges such as `A1:C1`."""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{OFFICE}/officeDocument"'
        ' Target="xl/workbook.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
    }
    named = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="s{number}"/>' for number, name in enumerate(sheets, 1)
    )
    parts["xl/workbook.xml"] = f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{named}</sheets></workbook>'
    links = "".join(
        f'<Relationship Id="s{number}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, len(sheets) + 1)
    )
    parts["xl/_rels/workbook.xml.rels"] = (
        f'<Relationships xmlns="{PACKAGE}/relationships">{links}'
        f'<Relationship Id="st" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>'
    )
    for number, (name, rows) in enumerate(sheets.items(), 1):
        ranges = [*((merged or {}).get(name, ()))]
        told = "".join(f'<mergeCell ref="{each}"/>' for each in ranges)
        parts[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(_row(at, row) for at, row in enumerate(rows, 1))}</sheetData>'
            + (f'<mergeCells count="{len(ranges)}">{told}</mergeCells>' if ranges else "")
            + "</worksheet>"
        )
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in parts.items():
            archive.writestr(zipfile.ZipInfo(path), HEAD + text)
    return made.getvalue()


def _row(at: int, cells: Sequence[Cell]) -> str:
    return f'<row r="{at}">' + "".join(_cell(f"{_letters(n)}{at}", cell) for n, cell in enumerate(cells)) + "</row>"


def _letters(column: int) -> str:
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def _cell(at: str, cell: Cell) -> str:
    match cell:
        case None | "":
            return ""
        case bool():
            return f'<c r="{at}" t="b"><v>{int(cell)}</v></c>'
        case date():
            return f'<c r="{at}" s="1"><v>{(cell - date(1899, 12, 30)).days}</v></c>'
        case str():
            return f'<c r="{at}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
        case _:
            return f'<c r="{at}"><v>{cell!r}</v></c>'


def write(
    path: Path, sheets: Mapping[str, Sequence[Sequence[Cell]]], merged: Mapping[str, Iterable[str]] | None = None
) -> None:
    """Write a workbook to a file."""
    path.write_bytes(workbook(sheets, merged))
