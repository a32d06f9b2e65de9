"""`equipoise validate`: a study version's requirements, risks, tests and results as one signed document; and its verification."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from ..chart import as_of
from ..chart import chart as folded
from ..events import Event, last_day
from ..finding import Finding
from ..screening import screening
from ..study import FILE, VERSIONS, Study
from ..transcript import read_events
from .chart import chart_text
from .screen import screening_text
from .terminal import err, out, refused, studied, table

if TYPE_CHECKING:
    from ..validation import Pack

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig.json"
PURPOSE = b"equipoise validation pack 1\n"
"""What stands before the manifest when it is signed, so that no signature made for another purpose fits."""


def validate(
    study: Annotated[Path, typer.Argument(help="The study's folder, or the name of one that comes with equipoise.")],
    to: Annotated[
        Path | None, typer.Option("--to", help="Write the pack to this folder: HTML, PDF, JSON, manifest, signature.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option("--key", help="The file of the key that signs; made if it is not there. Unsaid: not signed.")
    ] = None,
    participants: Annotated[int, typer.Option("--participants", help="How many virtual participants to draw.")] = 100,
    verify: Annotated[Path | None, typer.Option("--verify", help="Verify the pack in this folder instead.")] = None,
    public_key: Annotated[str, typer.Option("--public-key", help="The public key, in hex, that must have signed it.")] = "",
) -> None:
    """Trace each requirement of a study to its risk, its tests and their results, as one signed document; or verify one."""
    told = studied(study)
    if verify is not None:
        _verify(told, verify, public_key)
        return
    from ..validation import pack

    people, charts = _people(told)
    made = pack(told, people, _expected(told), lambda name: charts[name], participants=participants)
    _print(made)
    if to is not None:
        _write(told, made, to, key)
    if made.counted("failed"):
        raise typer.Exit(1)


# --- what is tried on ------------------------------------------------------------------------------------------------


def _people(study: Study) -> tuple[Mapping[str, Sequence[Event]], Mapping[str, str]]:
    """The events of a study's invented people, and all that equipoise says of each."""
    people, charts = {}, {}
    for file in sorted(((study.folder or Path()) / "people").glob("*.jsonl")):
        events, findings = read_events(file, study, file=f"people/{file.name}")
        people[file.stem] = events
        charts[file.stem] = charted(study, file.stem, events, findings)
    return people, charts


def charted(study: Study, name: str, events: Sequence[Event], findings: Sequence[Finding]) -> str:
    """All that equipoise says of one participant, as `expected/` keeps it: findings, chart, screening at enrolment."""
    known = folded(study, events, until=last_day(events))
    enrolled = known.first("enrolment")
    screened = screening(study, (as_of(known, study, enrolled) if enrolled is not None else known).facts)
    told = "".join(f"{each}\n" for each in findings)
    return f"{told}{chart_text(study, known, name)}\n{screening_text(screened)}"


def _expected(study: Study) -> Mapping[str, str]:
    folder = (study.folder or Path()) / "expected"
    return {file.stem: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.txt"))}


def _print(made: "Pack") -> None:
    rows = table("requirements", "in all", "supported", "failed", "lack tests", "not decided")
    for kind in dict.fromkeys(each.requirement.kind for each in made.traced):
        own = [each.result for each in made.traced if each.requirement.kind == kind]
        counts = (str(own.count(result) or "") for result in ("supported", "failed", "lacks tests", "not decided"))
        rows.add_row(kind, str(len(own)), *counts)
    out.print(rows)
    passed = sum(each.result == "passed" for each in made.people)
    out.print(f"invented people charted as expected: {passed} of {len(made.people)}")
    out.print(f"virtual participants: {made.virtual} ({made.virtual_says})")
    for each in made.traced:
        if each.result == "failed":
            why = next(one for one in each.tried if one.result == "failed")
            out.print(f"  [red]failed[/] {escape(each.requirement.id)}: {escape(why.asked)}: {escape(why.says)}")


# --- the signed document ---------------------------------------------------------------------------------------------


def _write(study: Study, made: "Pack", to: Path, key: Path | None) -> None:
    from .. import __version__
    from ..reports.validation_pack import as_html, as_pdf

    secret, signed_by = None, ""
    if key is not None:
        from ..vault.keys import Unsafe, made_key, public

        try:
            secret = made_key(key)
        except (Unsafe, OSError) as why:
            refused(f"{key}: {why}")
        signed_by = public(secret)
    on = date.today().isoformat()  # noqa: DTZ011 - the day on the wall of whoever signs
    sources = hashes(study)
    shown = {name: value for name, value in sources.items() if name == FILE or name.startswith(VERSIONS)}
    documents = {
        "validation.html": as_html(made, on, shown, signed_by).encode(),
        "validation.pdf": as_pdf(made, on, shown, signed_by),
        "validation.json": json.dumps(as_json(made), ensure_ascii=False, indent=1).encode(),
    }
    body = {
        "what": "equipoise validation pack", "study": study.protocol.study, "version": study.protocol.version, "written_on": on,
        "program": __version__, "sources": sources,
        "documents": {name: hashlib.sha256(data).hexdigest() for name, data in documents.items()},
    }  # fmt: skip
    manifest = json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True).encode()
    try:
        to.mkdir(parents=True, exist_ok=True)
        for name, data in {**documents, MANIFEST: manifest}.items():
            (to / name).write_bytes(data)
            out.print(f"written: {escape(str(to / name))}")
        (to / SIGNATURE).unlink(missing_ok=True)
        if secret is not None:
            signature = {"algorithm": "Ed25519", "public_key": signed_by, "signs": f"{PURPOSE.decode().strip()}, then {MANIFEST}",
                         "signature": secret.sign(PURPOSE + manifest).hex()}  # fmt: skip
            (to / SIGNATURE).write_text(json.dumps(signature, indent=1), encoding="utf-8")
            out.print(f"written: {escape(str(to / SIGNATURE))}, signed with public key {signed_by}")
        else:
            out.print("not signed: name a key with --key")
    except OSError as why:
        refused(f"{to}: cannot be written: {(why.strerror or str(why)).lower()}")


def hashes(study: Study) -> dict[str, str]:
    """The SHA-256 of each file that the pack rests on: the study, its earlier versions, its people and what is expected."""
    if study.folder is None:
        return {}
    kept = [study.folder / FILE]
    for folder, pattern in ((VERSIONS, "*.yaml"), ("people", "*.jsonl"), ("expected", "*.txt")):
        kept += sorted((study.folder / folder).glob(pattern))
    return {
        each.relative_to(study.folder).as_posix(): hashlib.sha256(each.read_bytes()).hexdigest()
        for each in kept
        if each.is_file()
    }


def as_json(made: "Pack") -> dict[str, object]:
    """The pack for other programs."""
    return {
        "requirements": [
            {"id": each.requirement.id, "kind": each.requirement.kind, "says": each.requirement.says, "source": each.requirement.source,
             "line": each.requirement.place.line or None, "risk": each.risk, "because": each.because, "result": each.result,
             "tests": [{"how": one.how, "asked": one.asked, "result": one.result, "says": one.says} for one in each.tried]}
            for each in made.traced
        ],
        "invented_people": [{"name": each.name, "result": each.result, "says": each.says} for each in made.people],
        "virtual_participants": {"drawn": made.virtual, "says": made.virtual_says},
        "findings": [
            {"finding": each.rule, "weighs": each.severity.value, "line": each.place.line or None, "says": each.says,
             "accepted": each.accepted or None}
            for each in made.findings
        ],
    }  # fmt: skip


# --- verification ----------------------------------------------------------------------------------------------------


def _verify(study: Study, folder: Path, public_key: str) -> None:
    faults = faults_of(folder, study, public_key)
    for each in faults:
        err.print(f"[bold red]does not hold[/]: {escape(each)}")
    if faults:
        raise typer.Exit(1)
    signed = json.loads((folder / SIGNATURE).read_text(encoding="utf-8"))
    out.print(
        f"holds: every document is as it was signed with {signed['public_key']}, and rests on this study's files as they stand"
    )
    if not public_key:
        out.print("whose key that is, only its owner can say: compare it, or name it with --public-key")


def faults_of(folder: Path, study: Study | None = None, public_key: str = "") -> list[str]:
    """What does not hold of a pack: its signature, its documents, and the study's files that it rests on."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        manifest = (folder / MANIFEST).read_bytes()
        body = json.loads(manifest)
        documents, sources = dict(body["documents"]), dict(body["sources"])
    except OSError as why:
        return [f"{MANIFEST} cannot be read: {(why.strerror or str(why)).lower()}"]
    except (ValueError, KeyError, TypeError):
        return [f"{MANIFEST} is not a manifest of a validation pack"]
    faults = []
    try:
        signed = json.loads((folder / SIGNATURE).read_text(encoding="utf-8"))
        key = str(signed["public_key"])
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signed["signature"]), PURPOSE + manifest)
        if public_key and key != public_key.strip().lower():
            faults.append(f"it is signed with {key}, not with {public_key}")
    except OSError:
        faults.append("it is not signed")
    except InvalidSignature:
        faults.append(f"the signature is not one of {MANIFEST} as it stands")
    except (ValueError, KeyError, TypeError):
        faults.append(f"{SIGNATURE} is not a signature")
    for name, value in documents.items():
        file = folder / Path(name).name
        if not file.is_file():
            faults.append(f"{name} is not there")
        elif hashlib.sha256(file.read_bytes()).hexdigest() != value:
            faults.append(f"{name} was altered")
    if study is not None:
        now = hashes(study)
        for name in sorted({*sources, *now}):
            if sources.get(name) != now.get(name):
                what = "is new" if name not in sources else "is not there" if name not in now else "was altered"
                faults.append(f"the study's {name} {what} since the pack was written")
    return faults
