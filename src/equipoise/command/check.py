"""`equipoise check`: what is wrong with a study's file, as a compiler says it."""

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from json import dumps as as_written
from json import loads as as_read
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from ..finding import Finding, Place, Severity, errors
from ..study import FILE, Unsound, load
from ..witness import shown
from .explain import print_page
from .terminal import as_json, found, missing, out, print_finding, print_json, refused

WEIGHTS = list(Severity)


@dataclass(frozen=True, slots=True)
class Checked:
    """What was asked for, everything found there, and how many rules were run, of how many; none where there is no study."""

    path: Path
    study: str
    findings: tuple[Finding, ...]
    ran: int = 0
    of: int = 0


def check(
    studies: Annotated[
        list[Path], typer.Argument(help="Studies: folders, study.yaml files, or names that come with equipoise.")
    ],
    explain: Annotated[bool, typer.Option("--explain", help="Print the page of each rule that woke, once.")] = False,
    witness: Annotated[
        Path | None, typer.Option("--witness", help="A folder to write the virtual participants to who show what is found.")
    ] = None,
    severity: Annotated[Severity, typer.Option("--severity", help="The least that is shown.")] = Severity.NOTE,
    all_: Annotated[bool, typer.Option("--all", help="Show what the files accept, too, with its reason.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 on a warning too.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print findings as JSON, those accepted with their reason.")] = False,
    sarif: Annotated[bool, typer.Option("--sarif", help="Print findings as SARIF 2.1.0, for code hosts and editors.")] = False,
) -> None:
    """Say what is wrong with a study's file: its place, a sentence, the line, how to mend it. Exit 1 on an error."""
    if json and sarif:
        raise typer.BadParameter("--json and --sarif are two answers: ask for one")
    checked = [_checked(path) for path in studies]
    seen = _written(checked, witness) if witness is not None else {}
    shown_at_least = [each for one in checked for each in one.findings if _weighs(each, severity)]
    if json:
        print_json([as_json(each) | ({"see": seen[id(each)]} if id(each) in seen else {}) for each in shown_at_least])
    elif sarif:
        from ..reports.sarif import sarif as log

        print_json(log(shown_at_least))
    else:
        for one in checked:
            _print(one, severity, all_, seen)
        if explain:
            _explain(each for each in shown_at_least if all_ or not each.accepted)
    weighty = (Severity.ERROR, Severity.WARNING) if strict else (Severity.ERROR,)
    if any(each.severity in weighty and not each.accepted for one in checked for each in one.findings):
        raise typer.Exit(1)


def _checked(path: Path) -> Checked:
    from ..rules import RULES  # what rules rest on is slow to import, and other verbs ask none of them

    if says := _no_study(path):
        return Checked(path, path.name, (Finding("unreadable", Place(str(path)), says),))
    if path.suffix == ".json" and path.is_file():
        from ..exchange.usdm import findings as of_usdm
        from ..exchange.usdm import is_usdm

        if is_usdm(path):
            return Checked(path, path.stem, of_usdm(path))
    try:
        study = load(found(path))
    except Unsound as why:
        return Checked(path, path.stem, why.findings, 0, len(RULES))
    findings = study.check()
    idle = sum(each.rule == "not-run" for each in findings)
    return Checked(path, study.protocol.study, findings, len(RULES) - idle, len(RULES))


def _no_study(path: Path) -> str:
    """Why what was asked for is no study, where its name or its folder already say so."""
    if says := missing(path):
        return says.removeprefix(f"{path}: ")
    if path.suffix == ".jsonl":
        return f"these are events, not a study: 'equipoise chart STUDY {path}' reads them"
    if path.exists() and not path.is_dir() and not path.suffix:
        return f"a study is a folder or a file such as {FILE}, and this is neither"
    if path.is_file() and _is_binary(path):
        return "this is no text: a study is written in YAML, in UTF-8"
    if path.is_dir() and not (path / FILE).exists():
        inside = sorted(each.parent.name for each in path.glob(f"*/{FILE}"))
        held = f"; within it is {path / inside[0]}{f', with {len(inside) - 1} more' if inside[1:] else ''}" if inside else ""
        return f"there is no {FILE} in this folder{held}"
    return ""


def _is_binary(path: Path) -> bool:
    try:
        with path.open("rb") as opened:
            start = opened.read(8_000)
    except OSError:  # reading it in earnest says why it cannot be read
        return False
    return b"\0" in start and start[:2] not in (b"\xff\xfe", b"\xfe\xff")


def _weighs(each: Finding, least: Severity) -> bool:
    return WEIGHTS.index(each.severity) <= WEIGHTS.index(least)


# --- as text ---------------------------------------------------------------------------------------------------------


def _print(one: Checked, least: Severity, all_: bool, seen: dict[int, str]) -> None:
    for each in one.findings:
        if _weighs(each, least) and (all_ or not each.accepted) and not _waits(each):
            print_finding(each, see=seen.get(id(each), ""))
    out.print(f"{escape(str(one.path))}: {escape(summary(one, least, all_, written=bool(seen)))}", soft_wrap=True)


def summary(one: Checked, least: Severity = Severity.NOTE, all_: bool = False, *, written: bool = False) -> str:
    """What a check comes to, in one line: how many were found, accepted and not shown, and whether all rules were run."""
    open_ = [each for each in one.findings if not each.accepted and not _waits(each)]
    accepted = [each for each in one.findings if each.accepted]
    hidden = [each for each in open_ if not _weighs(each, least)]
    parts = [", ".join(_counted(open_))] if open_ else [f"{_many(one.ran, 'rule')}, nothing found"]
    if accepted:
        parts.append(f"{len(accepted)} accepted, with reasons{'' if all_ else ' (--all shows them)'}")
    if hidden:
        parts.append(f"{len(hidden)} not shown (--severity note shows all)")
    if one.ran < one.of:
        so = ": mend the errors first" if errors(open_) else ""
        parts.append(f"{one.ran or 'none'} of {_many(one.of, 'rule')} could be run{so}")
    if not written and (shows := sum(bool(each.witness) for each in open_)):
        parts.append(f"{shows} shown by a virtual participant (--witness FOLDER writes them down)")
    return "; ".join(parts)


def _waits(each: Finding) -> bool:
    """Whether this says only that a rule waits for the errors to be mended: all that do are one sentence, the last."""
    from ..rules import WAITS

    return each.rule == "not-run" and each.says.endswith(WAITS)


def _counted(findings: Iterable[Finding]) -> Iterator[str]:
    weights = [each.severity for each in findings]
    return (_many(weights.count(each), each.value) for each in Severity if each in weights)


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _explain(findings: Iterable[Finding]) -> None:
    from ..pages import pages

    known = pages()
    for name in dict.fromkeys(each.rule for each in findings):
        out.print()
        print_page(known[name])


# --- virtual participants --------------------------------------------------------------------------------------------


def _written(checked: Iterable[Checked], folder: Path) -> dict[int, str]:
    """Write each witness to a file of its own; what to type to see it, by finding."""
    seen: dict[int, str] = {}
    taken: set[Path] = set()
    for one in checked:
        for each in one.findings:
            if not each.witness:
                continue
            file = _free(folder / one.study, re.sub(r"\W+", "-", f"{each.rule} {each.about}".strip()).lower(), taken)
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(_of_its_own(each.witness), encoding="utf-8")
            except OSError as why:
                refused(f"{file}: cannot be written: {(why.strerror or str(why)).lower()}")
            seen[id(each)] = command(each, one.path, file)
    return seen


def _of_its_own(witness: str) -> str:
    """A witness as a file that is named after the participant, so its lines do not name one."""
    head, *lines = witness.splitlines()
    events = ({key: told for key, told in as_read(line).items() if key != "participant"} for line in lines)
    return "\n".join([head, *(as_written(each, ensure_ascii=False) for each in events), ""])


def _free(folder: Path, name: str, taken: set[Path]) -> Path:
    file = next(
        each for n in range(1, len(taken) + 2) if (each := folder / f"{name}{f'-{n}' if n > 1 else ''}.jsonl") not in taken
    )
    taken.add(file)
    return file


def command(each: Finding, study: Path, file: Path) -> str:
    """What to type to see the virtual participant: screened where it is about criteria alone, else charted."""
    day, says = shown(each.witness)
    screened = all(part.startswith("criterion '") for part in says.split("; "))
    verb, when = ("screen", "--on") if screened else ("chart", "--until")
    return shlex.join(["equipoise", verb, str(study), str(file), when, day])
