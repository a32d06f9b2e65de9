"""The metadata of datasets as Define-XML 2.1: what each variable holds, its codes, and where its values come from."""

from collections.abc import Sequence
from datetime import date
from xml.etree import ElementTree as xml

from ...study import Study
from .table import Column, Table

ODM, DEF, XML = "http://www.cdisc.org/ns/odm/v1.3", "http://www.cdisc.org/ns/def/v2.1", "http://www.w3.org/XML/1998/namespace"
TYPES = {"string": "text", "integer": "integer", "float": "float", "date": "partialDate", "day": "date"}


def define(study: Study, tables: Sequence[Table], on: date) -> bytes:
    """The definition of some datasets.

    Args:
        study: The study that they are of.
        tables: The datasets.
        on: The day up to which they are known; the file is dated by it, so that it is the same whenever it is made.
    """
    for prefix, space in (("", ODM), ("def", DEF), ("xlink", "http://www.w3.org/1999/xlink")):
        xml.register_namespace(prefix, space)
    name = study.protocol.study
    root = xml.Element(_odm("ODM"), {
        "FileType": "Snapshot", "FileOID": f"DEF.{name}", "ODMVersion": "1.3.2", "CreationDateTime": f"{on}T00:00:00", "Originator": "equipoise",
        _def("Context"): "Other",
    })  # fmt: skip
    told = xml.SubElement(root, _odm("Study"), {"OID": f"STDY.{name}"})
    about = xml.SubElement(told, _odm("GlobalVariables"))
    for tag, text in (("StudyName", name), ("StudyDescription", study.protocol.title or name), ("ProtocolName", name)):
        xml.SubElement(about, _odm(tag)).text = text
    version = xml.SubElement(told, _odm("MetaDataVersion"), {
        "OID": f"MDV.{name}", "Name": f"{name} {study.protocol.version}".strip(), _def("DefineVersion"): "2.1.0",
    })  # fmt: skip
    standards = xml.SubElement(version, _def("Standards"))
    for oid, standard, number in (("STD.1", "SDTMIG", "3.4"), ("STD.2", "ADaMIG", "1.3")):
        xml.SubElement(
            standards, _def("Standard"), {"OID": oid, "Name": standard, "Type": "IG", "Version": number, "Status": "Final"}
        )
    for each in tables:
        _group(version, each)
    for each in tables:
        for column in each.columns:
            _item(version, each, column)
    for each in tables:
        for column in each.columns:
            if column.codes:
                _codes(version, each, column)
    for each in tables:
        for column in each.columns:
            if column.says:
                method = xml.SubElement(
                    version,
                    _odm("MethodDef"),
                    {"OID": f"MT.{each.name}.{column.name}", "Name": f"{each.name}.{column.name}", "Type": "Computation"},
                )
                _described(method, column.says)
    for each in tables:
        leaf = xml.SubElement(
            version, _def("leaf"), {"ID": f"LF.{each.name}", "{http://www.w3.org/1999/xlink}href": f"{each.name.lower()}.json"}
        )
        xml.SubElement(leaf, _def("title")).text = f"{each.name.lower()}.json"
    xml.indent(root)
    found: bytes = xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return found + b"\n"


def _odm(tag: str) -> str:
    return f"{{{ODM}}}{tag}"


def _def(tag: str) -> str:
    return f"{{{DEF}}}{tag}"


def _described(parent: xml.Element, text: str) -> None:
    described = xml.SubElement(parent, _odm("Description"))
    xml.SubElement(described, _odm("TranslatedText"), {f"{{{XML}}}lang": "en"}).text = text


def _group(parent: xml.Element, each: Table) -> None:
    is_analysis = each.purpose == "Analysis"
    made = xml.SubElement(parent, _odm("ItemGroupDef"), {
        "OID": f"IG.{each.name}", "Name": each.name, "SASDatasetName": each.name, "Repeating": "No" if each.structure == "One record per subject" else "Yes",
        "IsReferenceData": "No", "Purpose": each.purpose, _def("Structure"): each.structure, _def("StandardOID"): "STD.2" if is_analysis else "STD.1",
        _def("ArchiveLocationID"): f"LF.{each.name}",
        **({} if is_analysis else {"Domain": each.name}),
    })  # fmt: skip
    _described(made, each.label)
    for number, column in enumerate(each.columns, 1):
        xml.SubElement(made, _odm("ItemRef"), {
            "ItemOID": f"IT.{each.name}.{column.name}", "OrderNumber": str(number), "Mandatory": "Yes" if column.key else "No",
            **({"KeySequence": str(column.key)} if column.key else {}),
            **({"MethodOID": f"MT.{each.name}.{column.name}"} if column.says else {}),
        })  # fmt: skip
    kind = "SUBJECT LEVEL ANALYSIS DATASET" if each.name == "ADSL" else "BASIC DATA STRUCTURE" if each.name == "ADTTE" else ""
    kind = kind or ("OCCURRENCE DATA STRUCTURE" if is_analysis else _CLASSES[each.name])
    xml.SubElement(made, _def("Class"), {"Name": kind})


_CLASSES = {"DM": "SPECIAL PURPOSE", "AE": "EVENTS", "DS": "EVENTS", "EX": "INTERVENTIONS", "PR": "INTERVENTIONS",
            "LB": "FINDINGS", "TU": "FINDINGS", "TR": "FINDINGS", "RS": "FINDINGS"}  # fmt: skip


def length(each: Table, column: Column) -> int:
    """The length of the longest value of a column of text; 1 where there is none."""
    at = each.columns.index(column)
    return max((len(str(row[at])) for row in each.rows if row[at] is not None), default=1) or 1


def _item(parent: xml.Element, each: Table, column: Column) -> None:
    said = {
        "OID": f"IT.{each.name}.{column.name}",
        "Name": column.name,
        "SASFieldName": column.name,
        "DataType": TYPES[column.kind],
    }
    if column.kind in ("string", "integer", "float"):
        said["Length"] = str(length(each, column))
    if column.kind == "float":
        said["SignificantDigits"] = str(_digits(each, column))
    made = xml.SubElement(parent, _odm("ItemDef"), said)
    _described(made, column.label)
    if column.codes:
        xml.SubElement(made, _odm("CodeListRef"), {"CodeListOID": f"CL.{each.name}.{column.name}"})
    origin = "Derived" if column.says or each.purpose == "Analysis" else "Collected"
    if column.name in ("STUDYID", "DOMAIN") or column.name.endswith("SEQ"):
        origin = "Assigned"
    xml.SubElement(made, _def("Origin"), {"Type": origin, "Source": "Investigator" if origin == "Collected" else "Sponsor"})


def _digits(each: Table, column: Column) -> int:
    at = each.columns.index(column)
    return max((len(str(row[at]).partition(".")[2]) for row in each.rows if row[at] is not None), default=0)


def _codes(parent: xml.Element, each: Table, column: Column) -> None:
    made = xml.SubElement(parent, _odm("CodeList"), {
        "OID": f"CL.{each.name}.{column.name}", "Name": f"{each.name}.{column.name}", "DataType": "integer" if column.kind == "integer" else "text",
    })  # fmt: skip
    for code, says in column.codes.items():
        item = xml.SubElement(made, _odm("CodeListItem"), {"CodedValue": code})
        decode = xml.SubElement(item, _odm("Decode"))
        xml.SubElement(decode, _odm("TranslatedText"), {f"{{{XML}}}lang": "en"}).text = says
