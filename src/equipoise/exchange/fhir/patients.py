"""Whose record a resource is: the patients of a file by their addresses, and to which of them a reference leads."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

RESTFUL = re.compile(r"(https?://.+/)([A-Z][A-Za-z]+/[^/]+)")
"""The address of a resource on a server: where the server is, then the resource's type and id."""
LOCAL = re.compile(r"Patient/[^/:]+")

Told = Mapping[str, Any]


class Patients:
    """The patients of a file. Two of different addresses are two patients, though servers gave them one id.

    Source:
        HL7 FHIR R5, Bundle, 3.7.3, resolving references in bundles.
    """

    def __init__(self, listed: Iterable[tuple[str, str, Told]]) -> None:
        self._addresses: dict[str, set[str]] = {}
        self._numbers: dict[str, str] = {}
        self._servers: set[str] = set()
        for _, address, each in listed:
            self._servers |= {found[1] for text in (address, referred(each)) if (found := RESTFUL.fullmatch(_plain(text)))}
            if each.get("resourceType") == "Patient" and (number := self.number(each, address)):
                self._addresses.setdefault(number, set()).update({_plain(address)} - {""})
                self._numbers[_plain(address)] = number

    def number(self, patient: Told, address: str) -> str:
        """What a patient is called: its id; where it has none yet, the end of its address."""
        number = patient.get("id")
        if isinstance(number, str) and number:
            return number
        return _plain(address).rpartition("/" if "/" in address else ":")[2]

    def is_two(self, number: str) -> bool:
        """Whether the file has two patients of one id, at different addresses."""
        return len(self._addresses.get(number, ())) > 1

    def of(self, each: Told, address: str) -> str:
        """Whose record a resource is, by what it refers to and where it stands itself; nothing where the file does not tell."""
        reference = _plain(referred(each))
        server = RESTFUL.fullmatch(_plain(address))
        if LOCAL.fullmatch(reference) and server is not None:
            reference = server[1] + reference  # of the server from which the resource itself is
        number = self._numbers.get(reference, "") if reference else ""
        return "" if self.is_two(number) else number or self._by_its_end(reference)

    def _by_its_end(self, reference: str) -> str:
        """A patient whose own address the file does not say, or says as a bare name."""
        server = RESTFUL.fullmatch(reference)
        kind, _, number = (server[2] if server else reference).rpartition("/" if "/" in reference else ":")
        if kind not in ("Patient", "urn:uuid") or number not in self._addresses or self.is_two(number):
            return ""
        known = self._addresses[number]
        if server is not None and (len(self._servers) > 1 or any(RESTFUL.fullmatch(each) for each in known)):
            return ""  # of another server than the patient, or perhaps of another
        return number if kind == "Patient" or not known else ""


def referred(each: Told) -> str:
    """The reference to the patient whose record a resource is."""
    subject = each.get("subject") or each.get("patient")
    reference = subject.get("reference") if isinstance(subject, Mapping) else None
    return reference if isinstance(reference, str) else ""


def _plain(address: str) -> str:
    """An address without the version."""
    return address.partition("/_history/")[0]
