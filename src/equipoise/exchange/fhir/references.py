"""Whether the references of a bundle lead anywhere."""

from collections.abc import Iterator, Mapping
from typing import Any


def entries(bundle: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each entry of a bundle, and the way to it; what is no entry is an empty one."""
    listed = bundle.get("entry")
    for number, entry in enumerate(listed if isinstance(listed, list) else ()):
        yield f"entry[{number}]", entry if isinstance(entry, Mapping) else {}


def resources(bundle: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each resource of a bundle, and the way to it."""
    for way, entry in entries(bundle):
        if isinstance(resource := entry.get("resource"), Mapping):
            yield way, resource


def address(entry: Mapping[str, Any]) -> str:
    """The full address of an entry's resource, where it says one."""
    return full if isinstance(full := entry.get("fullUrl"), str) else ""


def known(bundle: Mapping[str, Any]) -> set[str]:
    """By what names the resources of a bundle can be referred to: `Patient/p1`, and each entry's full address."""
    found = {f"{resource.get('resourceType')}/{resource.get('id')}" for _, resource in resources(bundle) if resource.get("id")}
    return found | ({address(entry) for _, entry in entries(bundle)} - {""})


def dangling(bundle: Mapping[str, Any]) -> tuple[str, ...]:
    """References that lead nowhere: to no resource of the bundle, no action of the plan, no group of the study."""
    names, found = known(bundle), list[str]()
    groups = {
        f"ResearchStudy/{resource.get('id')}": {str(each.get("linkId")) for each in resource.get("comparisonGroup", ())}
        for _, resource in resources(bundle)
        if resource.get("resourceType") == "ResearchStudy"
    }
    for way, resource in resources(bundle):
        inside = {f"#{each.get('id')}" for each in resource.get("contained", ()) if isinstance(each, Mapping)}
        for path, value in _said(resource, way, "reference"):
            if isinstance(value, str) and value not in names and value not in inside:
                found.append(f"{path}: '{value}' is not in the bundle")
        actions = {value for _, value in _said(resource.get("action"), way, "id")}
        for path, value in _said(resource.get("action"), f"{way}.action", "targetId"):
            if value not in actions:
                found.append(f"{path}: the plan has no action '{value}'")
        if resource.get("resourceType") == "ResearchSubject":
            study = resource.get("study", {}).get("reference", "")
            for key in ("assignedComparisonGroup", "actualComparisonGroup"):
                if key in resource and resource[key] not in groups.get(study, set()):
                    found.append(f"{way}.{key}: the study has no group '{resource[key]}'")
    return tuple(found)


def _said(tree: Any, way: str, name: str) -> Iterator[tuple[str, Any]]:
    """Each value under a key, however deep, and the way to it."""
    if isinstance(tree, Mapping):
        for key, each in tree.items():
            if key == name:
                yield f"{way}.{key}", each
            else:
                yield from _said(each, f"{way}.{key}", name)
    elif isinstance(tree, list):
        for number, each in enumerate(tree):
            yield from _said(each, f"{way}[{number}]", name)
