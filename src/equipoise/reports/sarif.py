"""Findings as SARIF 2.1.0, which code hosts and editors show beside the line.

Source:
    Static Analysis Results Interchange Format (SARIF) Version 2.1.0, OASIS Standard, 27 March 2020.
"""

from collections.abc import Iterable
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

from ..finding import Finding, Severity
from ..pages import Page, pages

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

Json = dict[str, object]


def sarif(findings: Iterable[Finding]) -> Json:
    """A log of one run that found these: rules with their pages, results with their places.

    What the files accept is there, suppressed, with its reason. A result is known again by its rule and by what it is about,
    so lines that shift above it do not make it new.
    """
    found = tuple(findings)
    known = pages()
    names = list(dict.fromkeys(each.rule for each in found))
    seen: dict[str, int] = {}
    results = []
    for each in found:
        same = _same(each)
        seen[same] = seen.get(same, 0) + 1
        results.append(_result(each, names.index(each.rule), f"{same}\n{seen[same]}"))
    driver = {
        "name": "equipoise",
        "version": version("equipoise"),
        "rules": [_rule(name, known.get(name)) for name in names],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True}],
        "results": results,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(name: str, page: Page | None) -> Json:
    if page is None or not page.weighs:
        return {"id": name}
    return {
        "id": name,
        "shortDescription": {"text": page.says},
        "fullDescription": {"text": page.says},
        "help": {"text": page.text, "markdown": page.markdown},
        "defaultConfiguration": {"level": LEVELS[page.weighs[0]]},
        "properties": {"tags": [page.family]},
    }


def _result(each: Finding, index: int, same: str) -> Json:
    says = each.says[:1].upper() + each.says[1:] + ("" if each.says.endswith(("?", ".")) else ".")
    mend = f" To mend it: {each.fix}." if each.fix else ""
    properties = {key: told for key, told in (("about", each.about), ("fix", each.fix), ("witness", each.witness)) if told}
    result: Json = {
        "ruleId": each.rule,
        "ruleIndex": index,
        "level": LEVELS[each.severity],
        "message": {"text": says + mend},
        "partialFingerprints": {"equipoise/v1": sha256(same.encode("utf-8", "replace")).hexdigest()[:32]},
    }
    if each.place.file:
        result["locations"] = [_location(each)]
    if each.accepted:
        result["suppressions"] = [{"kind": "inSource", "justification": each.accepted}]
    if properties:
        result["properties"] = properties
    return result


def _location(each: Finding) -> Json:
    place = each.place
    path = Path(place.file)
    at: Json = {"uri": path.as_uri()} if path.is_absolute() else {"uri": quote(path.as_posix()), "uriBaseId": "%SRCROOT%"}
    physical: Json = {"artifactLocation": at}
    if place.line:
        region: Json = {"startLine": place.line}
        if place.column:
            region |= {"startColumn": place.column, "endColumn": place.column + max(1, place.width)}
        if each.text:
            region["snippet"] = {"text": each.text}
        physical["region"] = region
    location: Json = {"physicalLocation": physical}
    if each.about:
        location["logicalLocations"] = [{"name": each.about}]
    return location


def _same(each: Finding) -> str:
    """What stays the same of a finding while lines shift: the line's own words where it is about nothing that has a name."""
    return "\n".join((each.place.file, each.rule, each.about or " ".join(each.text.split()) or each.says))
