"""CDISC USDM 4.0: a study out as a file of the Unified Study Definitions Model, anybody's file in as a study.

What it carries
    Out: the native part, in USDM's own words (design, arms, epochs, activities, biomedical concepts, criteria, timelines
    with every bounded loop unrolled, objectives, estimands), and beside it the study file word for word, in an extension
    attribute. In: a file that equipoise wrote gives an equal protocol; somebody else's gives a draft, in which what the
    file does not say, or says in prose, stands under `unstated`.

What it does not
    An exported file whose native part was changed since is said to be so, and read as somebody else's. Somebody else's
    file is kept beside the draft, as `usdm.json`: as long as the draft is as it was drafted, its export is that file again,
    leaf for leaf.

Source
    CDISC, Digital Data Flow Reference Architecture, USDM 4.0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as field_
from pathlib import Path

from ...finding import Finding, Place, Severity
from ...study import FILE, VERSIONS, Study, Unsound
from ...study import study as told
from ..format import Cases, Exported, Format
from .drafted import drafted, marks
from .faults import faults, ways
from .native import EARLIER, EXACT, NATIVE, digest, exported
from .package import Package, as_text, is_usdm, package, plain, written

__all__ = ["FORMAT", "Package", "Read", "faults", "findings", "is_usdm", "package", "read", "ways", "written"]

ORIGINAL = "usdm.json"
"""The file of somebody else's from which a study was drafted, beside it in its folder."""


@dataclass(frozen=True)
class Read:
    """A study read from a USDM file: its text and those of earlier versions, by their paths, and what was found."""

    name: str
    study: Study
    is_exact: bool
    files: Mapping[str, str] = field_(hash=False)
    findings: tuple[Finding, ...] = ()


def findings(path: Path) -> tuple[Finding, ...]:
    """All that is wrong with a USDM file, and each condition in it that only people can read."""
    given, found = package(path)
    if given is None:
        return found
    return (*found, *faults(given), *marks(given))


def read(source: Path | str | bytes, *, file: str = "", name: str = "") -> tuple[Read | None, tuple[Finding, ...]]:
    """A study from a USDM file, and all that is wrong with the file.

    Args:
        source: The file, or its text.
        file: What findings call it.
        name: What a draft is called; unsaid, by its number.

    Raises:
        Unreadable: The file says nothing of a trial.
    """
    given, found = package(source, file=file)
    if given is None:
        return None, found
    wrong = (*found, *faults(given))
    exact, says = _exact(given)
    if exact is not None:
        return exact, wrong
    original = written(given)
    kept, _ = package(original, file=ORIGINAL)  # the draft cites the file that lies beside it
    assert kept is not None
    made, more = drafted(kept, name=name)
    return Read(made.name, made.study, False, {FILE: made.text, ORIGINAL: original}, made.findings), (
        *wrong, *says, *marks(given), *more,
    )  # fmt: skip


def _exact(given: Package) -> tuple[Read | None, tuple[Finding, ...]]:
    """The study that stands word for word in a file, if nobody has changed what stands beside it."""
    root = given.root.one("study")
    beside = (
        next((each for each in root.many("extensionAttributes") if each.text("url") == EXACT), None)
        if root is not None
        else None
    )
    if root is None or beside is None:
        return None, ()
    native = plain(root)
    native["extensionAttributes"] = [each for each in native["extensionAttributes"] if each.get("url") != EXACT]
    inner = beside.many("extensionAttributes")
    kept = next((each.text("valueString") for each in inner if each.text("url") == NATIVE), "")
    if digest(native) != kept:
        says = "the file was changed since equipoise wrote it: it is read by its own words, and the study file inside is not"
        return None, (Finding("usdm-changed", given.place(root), says, Severity.WARNING),)
    text = beside.text("valueString")
    try:
        study = told(text)
        earlier = [(each.text("valueString"), told(each.text("valueString"))) for each in inner if each.text("url") == EARLIER]
    except Unsound as why:
        return None, why.findings
    files = {FILE: text, **{f"{VERSIONS}/{each.protocol.version}.yaml": said for said, each in earlier}}
    return Read(study.protocol.study, study, True, files, study.findings), ()


def out(study: Study, cases: Cases | None = None) -> Exported:
    """A study as a USDM file; of a draft nobody has touched, the file it was drafted from."""
    name = f"{study.protocol.study}.usdm.json"
    original, changed = _original(study)
    if original is not None:
        return Exported({name: written(original).encode()})
    made, lost = exported(study)
    return Exported({name: as_text(made).encode()}, (*changed, *lost))


def _original(study: Study) -> tuple[Package | None, tuple[Finding, ...]]:
    path = study.folder / ORIGINAL if study.folder is not None else None
    if path is None or not path.is_file():
        return None, ()
    given, _ = package(path.read_bytes(), file=ORIGINAL)
    if given is not None and drafted(given, name=study.protocol.study)[0].text.split() == "\n".join(study.lines).split():
        return given, ()
    says = f"the study was changed since it was drafted from {ORIGINAL}: what only that file says is not in the export"
    return None, (Finding("not-carried", Place(str(path)), says, Severity.WARNING),)


FORMAT = Format("usdm", "CDISC USDM 4.0", "the study, in USDM's words and word for word", out)
