"""`equipoise find`: trials searched in a folder of records, those like another, and a trial's page in plain words."""

from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

if TYPE_CHECKING:
    from ..library import Found, Trial
from .terminal import err, out, print_findings, print_json, refused, table, write


def find(
    query: Annotated[
        list[str] | None, typer.Argument(help="Words; also `age 80`, `accepts ECOG 2`, `phase 2`, `recruiting`, `women`.")
    ] = None,
    folder: Annotated[
        Path, typer.Option("--in", help="The folder of records; its index is kept inside, in .equipoise.")
    ] = Path(),
    condition: Annotated[str, typer.Option("--condition", help="Words of the condition.")] = "",
    intervention: Annotated[str, typer.Option("--intervention", help="Words of what is given or done.")] = "",
    place: Annotated[str, typer.Option("--place", help="A country, town or hospital.")] = "",
    status: Annotated[str, typer.Option("--status", help="As recruiting or completed.")] = "",
    phase: Annotated[str, typer.Option("--phase", help="1, 2, 3 or 4.")] = "",
    age: Annotated[float | None, typer.Option("--age", help="A person's age in years.")] = None,
    sex: Annotated[str, typer.Option("--sex", help="A person's sex: female or male.")] = "",
    ecog: Annotated[int | None, typer.Option("--ecog", min=0, max=5, help="A person's ECOG performance status.")] = None,
    like: Annotated[str, typer.Option("--like", help="Trials like the one of this number.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many at most.")] = 20,
    page: Annotated[str, typer.Option("--page", help="Write the page of the trial of this number in plain words.")] = "",
    to: Annotated[Path, typer.Option("--to", help="Where the page is written.")] = Path("trial.html"),
    facts: Annotated[
        Path | None, typer.Option("--facts", help="What somebody tells of themselves (.yaml), for the page.")
    ] = None,
    index: Annotated[Path | None, typer.Option("--index", help="Keep the index in this folder instead.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print what is found as JSON.")] = False,
) -> None:
    """Search a folder of records. A trial whose record does not say what is asked is found too, and marked."""
    from ..library import Library, question

    if not folder.is_dir():
        refused(f"{folder}: there is no such folder")
    try:
        library = Library(folder, index)
        with err.status("reading the folder") if err.is_terminal else nullcontext():
            taken = library.refresh()
    except (OSError, ValueError) as why:
        refused(f"{index or folder}: the index cannot be kept there: {why}")
    print_findings(taken.findings[:20], err)
    if not taken.trials:
        refused(f"{folder}: no record of a trial is in this folder")
    if taken.new or taken.changed or taken.gone:
        err.print(
            f"[dim]{taken.trials} trials; files new {taken.new}, changed {taken.changed}, gone {taken.gone}, as before {taken.same}[/]"
        )
    if page:
        one = library.of(page)
        if one is None:
            refused(f"{page}: no trial of this number is in {folder}")
        _page(one, folder, to, facts)
        return
    asked = question(" ".join(query or ()), condition=condition, intervention=intervention, place=place, status=status, phase=phase, age=age, sex=sex.lower(), ecog=ecog)  # fmt: skip
    if not asked and not like:
        refused("say what is looked for: words, or one of --condition --place --age and the others, or --like NUMBER")
    try:
        found = library.similar(like, limit) if like else library.search(asked, limit)
    except LookupError as why:
        refused(str(why.args[0]))
    if json:
        print_json([{**asdict(each.trial), "score": each.score, "asks": each.asks} for each in found])
    else:
        _print(found)
    if not found:
        raise typer.Exit(1)


def _print(found: "tuple[Found, ...]") -> None:
    if not found:
        err.print("nothing is found: fewer words, or fewer of the options, find more")
        return
    for word, instead in found[0].respelled:
        err.print(f"no record says '{escape(word)}': '{escape(instead)}' is looked for")
    rows = table("number", "title", "state", "phase", "what was asked", title=f"{len(found)} found")
    for each in found:
        said = "; ".join(
            f"{what}: {words}" if answer == "fits" else f"[yellow]{what}: not said[/]" for what, answer, words in each.asks
        )
        some = "" if each.all_words else "[dim](some of the words)[/] "
        rows.add_row(
            escape(each.trial.id),
            f"{some}{escape((each.trial.title or ', '.join(each.trial.conditions))[:160])}",
            each.trial.status.replace("_", " "),
            escape(each.trial.phase),
            said,
        )
    out.print(rows)


def _page(one: "Trial", folder: Path, to: Path, facts: Path | None) -> None:
    from ..chart import chart as folded
    from ..draft import draft
    from ..events import last_day
    from ..library import record_of
    from ..reports.plain_page import plain_page
    from ..transcript import read_facts

    told = draft(record_of(one, folder)).study
    known = None
    if facts is not None:
        events, findings = read_facts(facts, told)
        print_findings(findings, err)
        if not events:
            refused(f"{facts}: nothing could be read")
        known = folded(told, events, until=last_day(events)).facts
    write(plain_page(told, known), to)
