"""A new version of a study, looked at before it is opened: what changes, what speaks against it, who consents again."""

from dataclasses import dataclass
from typing import Any

from ... import study as read_study
from ...amendment import Amended, amended
from ...calendar import When
from ...finding import Finding, Severity, errors
from ...protocol import Amendment
from ...study import FILE, Study, Unsound
from ..ledger import links
from .commitment import unkept
from .models import Participant
from .studies import OPENING, opened, text_hash

PURPOSE = "amendment"
LARGEST = 1_000_000
"""Bytes of a study's text, as the language has it."""
GONE = ("withdrawn", "died")


@dataclass(frozen=True)
class Proposed:
    """A text that may become the next version, and what is to be said of it."""

    text: str
    study: Study | None = None
    findings: tuple[Finding, ...] = ()
    says: tuple[str, ...] = ()
    """Why it cannot be opened."""
    found: Amended | None = None
    made_by: Amendment | None = None

    @property
    def is_sound(self) -> bool:
        """Whether it may be opened."""
        return self.study is not None and not self.says

    def shown(self, slug: str) -> dict[str, Any]:
        """What is signed."""
        assert self.study is not None and self.made_by is not None and self.found is not None
        return {
            "study": slug, "from": self.found.old, "to": self.study.protocol.version, "on": str(self.made_by.on),
            "changes": self.made_by.changes, "affects": self.made_by.affects, "hash": text_hash(self.text),
            "found": [each.says for each in self.found.changes],
        }  # fmt: skip


def proposed(slug: str, text: str, *, today: When) -> Proposed:
    """A text as the next version of a study."""
    now = opened(slug)
    if len(text.encode()) > LARGEST:
        return Proposed("", says=(f"A study's text has at most {LARGEST:,} bytes.",))
    try:
        new = read_study(text, file=FILE)
    except Unsound as why:
        return Proposed(text, findings=tuple(why.findings), says=("This text cannot be read as a study.",))
    findings = new.check()
    wrong = tuple(each for each in findings if each.severity is Severity.ERROR)
    says = []
    if errors(findings) or wrong:
        says.append("This text has errors that must be mended first.")
    if new.protocol.study != slug:
        says.append(f"This text is of '{new.protocol.study}', and not of '{slug}'.")
    known = {str(link.body["version"]) for link in links(slug, kinds=OPENING)}
    if not new.protocol.version or new.protocol.version in known:
        says.append(f"A new version has a name of its own: '{new.protocol.version}' is known already.")
    made_by = next((each for each in new.protocol.amendments if each.version == new.protocol.version), None)
    if made_by is None:
        says.append("`amendments` has no entry of this version, with its day and what it changes.")
    elif made_by.on.first > today.last:
        says.append(f"It comes into force on {made_by.on}: it is opened on that day.")
    if now.protocol.design.masking != new.protocol.design.masking or list(now.protocol.arms) != list(new.protocol.arms):
        says.append("Masking and arms cannot be changed while the study runs: slots are sealed for those that there are.")
    if not errors(findings) and (broken := unkept(slug, new)) is not None:
        says.append(broken)
    found = None
    if not errors(findings):
        try:
            found = amended(now, new)
        except ValueError as why:
            says.append(str(why))
    return Proposed(text, new, findings, tuple(says), found, made_by)


def consents_again(slug: str, study: Study) -> list[Participant]:
    """Those who consented to an earlier version and are to be asked again, as the amendment says who is affected."""
    version = study.protocol.version
    made_by = next((each for each in study.protocol.amendments if each.version == version), None)
    if made_by is None or made_by.affects.strip().lower().startswith("new participants"):
        return []
    rows = Participant.objects.filter(study=slug, consented_on__isnull=False).exclude(version=version).exclude(status__in=GONE)
    return list(rows.order_by("site", "participant"))
