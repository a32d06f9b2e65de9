"""The report of a study: who took part, what came of it, what is owed, what deviated, and what nobody said.

The report is made once, as sections, and then read as HTML (`as_html`), as PDF (`as_pdf`) or as tables (`written`).

Before a randomised trial is locked nothing in it tells its arms apart: counts along the pathway, owed activities and
deviations are of everyone, and name nobody, since steps and activities may tell the arm and names the allocation.

Source:
    Schulz, Altman and Moher (2010), CONSORT 2010 statement; von Elm et al. (2007), Lancet 370:1453-1457 (STROBE);
    ICH E9(R1) (2019), section A.3, for the five attributes of an estimand.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from ..analysis import Counted, Course, Estimate, Result, Spread, is_locked, software
from ..analysis.flow import Flow, flow
from ..analysis.table_one import Cell, Line, TableOne, table_one
from ..chart import Chart, responses
from ..deviations import deviations
from ..due import Due, Status, due
from ..pathway import Deviation
from ..recist import Assessment
from ..study import Study
from .acceptability import acceptability_figures
from .curves import curve_figure
from .figures_in_words import (
    counted_in_words,
    headline_in_words,
    interval,
    number,
    said,
    test_in_words,
)
from .flow_picture import flow_in_words, flow_picture
from .forest import forest_figures
from .joint_picture import joint_figures
from .lettering import printable
from .love_plot import fairness
from .page import Entry, Figure, Listing, Part, Section, Table, Text, page
from .pathway_picture import pathway_picture
from .references import Reference, cited_by
from .results_tables import line_of, results_tables, standing, write_tables
from .spaghetti import spaghetti
from .swimmer import swimmer
from .waterfall import waterfall
from .wording import activity_label, cited, in_sentence, listed, name_in_words, step_label

MOST_DUE, MOST_DEVIATIONS, MOST_NAMED = 25, 25, 5


@dataclass(frozen=True)
class Report:
    """A report as data: what `page` and `pdf` are given, and what the tables are made of."""

    title: str
    sections: tuple[Section, ...]
    virtual: bool
    lead: str
    facts: tuple[tuple[str, str], ...]
    foot: str
    study: Study
    people: Mapping[str, Chart]
    results: tuple[Result, ...]
    apart: bool
    deviated: tuple[tuple[str, Deviation], ...]
    first: TableOne


def study_report(
    study: Study, charts: Mapping[str, Chart] | Sequence[Chart], results: Sequence[Result], *, until: date,
    virtual: bool,
    locked: bool | None = None,
    screened: int | None = None,
) -> str:  # fmt: skip
    """The report as one page, complete in itself: the arguments of `report`."""
    return as_html(report(study, charts, results, until=until, virtual=virtual, locked=locked, screened=screened))


def as_html(made: Report) -> str:
    """A report as one HTML page, complete in itself."""
    return page(made.title, made.sections, virtual=made.virtual, lead=made.lead, facts=made.facts, foot=made.foot)


def as_pdf(made: Report) -> bytes:
    """A report as PDF."""
    from .document_pdf import pdf

    return pdf(made.title, made.sections, virtual=made.virtual, lead=made.lead, facts=made.facts, foot=made.foot)


def written(made: Report, to: Path) -> tuple[Path, ...]:
    """Write a report: which files.

    Args:
        made: The report.
        to: A file that ends in .html or .pdf; or a folder, into which both are written, and the tables under `tables/`.

    Raises:
        ValueError: It is a file of another kind.
    """
    match to.suffix.lower() if not to.is_dir() else "":
        case ".html" | ".htm":
            to.write_text(as_html(made), encoding="utf-8")
            return (to,)
        case ".pdf":
            to.write_bytes(as_pdf(made))
            return (to,)
        case "":
            to.mkdir(parents=True, exist_ok=True)
            pages = (*written(made, to / "report.html"), *written(made, to / "report.pdf"))
            tables = results_tables(
                made.study, made.people, made.results, virtual=made.virtual, locked=made.apart, found=made.deviated,
                first=made.first,
            )  # fmt: skip
            return (*pages, *write_tables(tables, to / "tables"))
        case other:
            raise ValueError(f"{to}: a report is written as .html, as .pdf, or into a folder, not as {other}")


def report(
    study: Study, charts: Mapping[str, Chart] | Sequence[Chart], results: Sequence[Result], *, until: date,
    virtual: bool,
    locked: bool | None = None,
    screened: int | None = None,
) -> Report:  # fmt: skip
    """The report, made once.

    Args:
        study: What was promised.
        charts: One chart a participant, folded up to `until`.
        results: What `analyse` made of them.
        until: The day up to which facts are known.
        virtual: Whether the participants were drawn.
        locked: Whether arms may be set apart; unsaid, as `analyse` has it.
        screened: How many people were screened in all, where that is more than have a chart.
    """
    protocol = study.protocol
    people = _named(charts)
    apart = is_locked(study, virtual=virtual) if locked is None else locked
    flowed = _with_screened(flow(study, people), screened)
    owed = {name: due(study, each) for name, each in people.items()}
    deviated = [(name, one) for name, each in people.items() for one in deviations(study, each, owed[name])]
    seen = {name: responses(study, each) for name, each in people.items()}
    first = table_one(study, people, by_arm=apart)
    allocated = {"randomised": ", randomised", "non_randomised": ", not randomised"}.get(protocol.design.allocation, "")
    planned = f" of {protocol.design.enrolment} planned" if protocol.design.enrolment else ""
    facts = [
        *((each.registry, each.id) for each in protocol.registrations),
        ("Study", f"{protocol.study} {protocol.version}".strip()),
        ("Status", name_in_words(protocol.status)),
        ("Design", f"{name_in_words(protocol.design.type)}{allocated}"),
        ("Data up to", until.isoformat()),
        ("Participants", f"{flowed.enrolled} {_joined(study)}{planned}"),
        ("Made by", software()),
    ]  # fmt: skip
    sections = [
        _short(study, flowed, results, owed, deviated, apart, virtual),
        _participants(study, flowed, first, apart),
        _results(study, people, results),
        _course(study, people, seen, apart),
        _pathway(study, flowed, apart),
        _due(study, owed, until, apart),
        _deviations(deviated, len(people), apart),
        _gaps(study),
        *_methods(results, until),
    ]
    return Report(
        title=printable(protocol.title or protocol.study),
        sections=tuple(each for each in sections if each is not None and each.parts), virtual=virtual,
        lead=printable(protocol.summary), facts=tuple(each for each in facts if each[1]),
        foot=f"{software()}, from {protocol.study} {protocol.version}, facts up to {until}.",
        study=study, people=people, results=tuple(results), apart=apart, deviated=tuple(deviated), first=first,
    )  # fmt: skip


def _joined(study: Study) -> str:
    return "included" if study.protocol.design.type == "observational" else "enrolled"


def _with_screened(found: Flow, screened: int | None) -> Flow:
    """The flow with those who were screened and left no chart."""
    if screened is None or screened <= found.screened:
        return found
    more = (("not eligible", screened - found.screened),)
    return replace(found, screened=screened, excluded=(*found.excluded, *more))


def _named(charts: Mapping[str, Chart] | Sequence[Chart]) -> dict[str, Chart]:
    if isinstance(charts, Mapping):
        return dict(charts)
    return {each.participant or str(index): each for index, each in enumerate(charts, start=1)}


# --- in short --------------------------------------------------------------------------------------------------------


def _short(
    study: Study, found: Flow, results: Sequence[Result], owed: Mapping[str, tuple[Due, ...]],
    deviated: Sequence[tuple[str, Deviation]],
    apart: bool, virtual: bool,
) -> Section:  # fmt: skip
    parts: list[Part] = []
    if virtual:
        parts.append(Text(
            "Nobody was treated. The participants below were drawn from what the study file assumes, so the "
            "numbers tell what those "
            "assumptions imply, and nothing about any treatment.", "warning",
        ))  # fmt: skip
    if any(each.is_withheld for each in results):
        parts.append(Text("The trial is not locked. Nothing on this page sets its arms apart.", "warning"))
    screened = "examined for eligibility" if study.protocol.design.type == "observational" else "screened"
    who = f"{found.screened} people were {screened} and {found.enrolled} {_joined(study)}"
    if found.arms and found.randomised:
        who += f"; {found.randomised} were {'randomised' if found.is_randomised else 'assigned'} to {len(found.arms)} arms"
    parts.append(Text(f"{who}. {found.died} died and {found.withdrew} withdrew."))
    primary = [each for each in results if each.role == "primary"] or list(results[:1])
    primary = [each for each in primary if not each.is_post_hoc] or primary
    parts.append(Listing(tuple(Entry(headline_in_words(each), lead=_stopped(each.label)) for each in primary)))
    silent = [each for each in results if not each.estimates and not each.spreads and not each.courses]
    if silent:
        parts.append(
            Text(
                f"{_count(len(silent), 'analysis', 'analyses')} of {len(results)} gave no number; each says why below.",
                "note",
            )
        )
    late = sum(item.status == "late" for items in owed.values() for item in items)
    missed = sum(item.status == "missed" for items in owed.values() for item in items)
    parts.append(Text(
        f"{_count(late, 'activity is', 'activities are')} late and {missed} were missed; "
        f"{_count(len(deviated), 'deviation', 'deviations')} in {len({name for name, _ in deviated})} participants."
    ))  # fmt: skip
    return Section("In short", tuple(parts))


def _stopped(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _count(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"


# --- who took part ---------------------------------------------------------------------------------------------------


def _participants(study: Study, found: Flow, table: TableOne, apart: bool) -> Section:
    observed = study.protocol.design.type == "observational"
    after = "STROBE, item 13" if observed else "CONSORT 2010" if found.is_randomised else "after CONSORT 2010"
    parts: list[Part] = [
        Figure(
            flow_picture(found, by_arm=apart, observed=observed),
            flow_in_words(found, by_arm=apart, observed=observed),
            f"How participants flowed through the study ({after}).",
        )
    ]
    if table.lines:
        parts.append(_table_one(table))
    else:
        parts.append(Text("No item is recorded by the day of enrolment.", "note"))
    return Section("Participants", tuple(parts))


def _table_one(table: TableOne) -> Table:
    heads = [f"{side.label}\nn = {count}" for side, count in zip(table.sides, table.numbers, strict=True)]
    rows: list[tuple[str, ...]] = []
    for line in table.lines:
        rows += _lines_of(line)
    note = (
        "Mean (standard deviation) and median [quartiles] of numbers; counts (share of those who answered). As "
        "last recorded by the "
        "day of randomisation, assignment or enrolment. No tests: at baseline they would ask whether chance was chance."
    )
    return Table("Participants at the start", ("", *heads), tuple(rows), note=note)


def _lines_of(line: Line) -> Iterable[tuple[str, ...]]:
    unit = f", {line.unit}" if line.unit else ""
    if not line.codes:
        yield (f"{line.label}{unit}", *(_spread_cell(cell) for cell in line.cells))
    for index, (_, label) in enumerate(line.codes):
        if len(line.codes) == 1 or any(cell.counts[index][1] for cell in line.cells):
            named = line.label if len(line.codes) == 1 else f"{line.label}: {in_sentence(label)}"
            yield (named, *(_count_cell(cell, index) for cell in line.cells))
    if any(cell.missing for cell in line.cells):
        yield (f"{line.label}: not recorded", *(str(cell.missing) for cell in line.cells))


def _middle(each: Spread) -> str:
    return f"{number(each.median)} [{number(each.lower_quartile)} to {number(each.upper_quartile)}]"


def _spread_cell(cell: Cell) -> str:
    if cell.spread is None:
        return "–"
    each = cell.spread
    sd = f" ({number(each.sd)})" if each.sd is not None else ""
    return f"{number(each.mean)}{sd}\n{_middle(each)}"


def _count_cell(cell: Cell, index: int) -> str:
    count = cell.counts[index][1]
    return f"{count} ({100 * count / cell.number:.0f}%)" if cell.number else "–"


# --- what came of it -------------------------------------------------------------------------------------------------


def _results(study: Study, people: Mapping[str, Chart], results: Sequence[Result]) -> Section:
    drawn: dict[tuple[object, ...], str] = {}
    parts: list[Part] = list(forest_figures(results))
    for each in results:
        parts.append(_result(study, people, each, drawn))
    if not parts:
        parts.append(Text("The study declares no endpoint.", "note"))
    return Section("Results", tuple(parts))


def _origin(result: Result) -> str:
    """Where a result comes from, for whoever meets it alone."""
    return f"{_capital(standing(result))}; {line_of(result)}; {result.software}."


def _result(
    study: Study, people: Mapping[str, Chart], result: Result, drawn: dict[tuple[object, ...], str]
) -> Section:  # fmt: skip
    parts: list[Part] = [Text(headline_in_words(result))]
    parts += [Text(each, "warning" if not result.estimates and not result.spreads and not result.courses else "note")
              for each in result.findings if each not in headline_in_words(result)]  # fmt: skip
    key = (result.endpoint, result.curves)
    if result.curves and key in drawn:
        parts.append(Text(f"The curves are those of “{drawn[key]}”, above.", "note"))
    elif (figure := curve_figure(result)) is not None:
        drawn[key] = result.label
        parts.append(replace(figure, caption=f"{figure.caption} {_origin(result)}"))
    if (lines := spaghetti(study, people, result)) is not None:
        parts.append(replace(lines, caption=f"{lines.caption} {_origin(result)}"))
    for made in (*joint_figures(result), *acceptability_figures(result)):
        parts.append(replace(made, caption=f"{made.caption} {_origin(result)}"))
    by_arm = () if result.curves and drawn.get(key) != result.label else result.estimates
    own = [each for each in by_arm if " against " not in each.of and not each.is_covariate]
    arms = {each.arm for each in result.arms}
    parts += _estimates(result, [each for each in own if each.of in arms])
    parts += _others([each for each in own if each.of not in arms])
    parts += _comparisons(result)
    parts += fairness(result)
    parts += _spreads(result)
    parts += _courses(result)
    parts.append(_estimand(result))
    return Section(printable(result.label), tuple(parts))


def _estimates(result: Result, found: Sequence[Estimate]) -> list[Part]:
    """Numbers by arm: a row each, a column for each arm."""
    if not found:
        return []
    names = list(dict.fromkeys(each.name for each in found))
    arms = [each for each in result.arms if any(one.of == each.arm for one in found)] or list(result.arms)
    unit = {each.name: {"share": ", %", "days": ", months", "": ""}.get(each.unit, f", {each.unit}") for each in found}
    rows = [(f"{name}{unit[name]}", *(_cell(found, name, arm) for arm in arms)) for name in names]
    head = ("", *(_counted(arm) for arm in arms))
    level = next((each.level for each in found if each.level is not None), None)
    limits = f"Estimates, {100 * level:g}% limits in brackets." if level is not None else ""
    return [Table("By arm" if any(arm.arm for arm in arms) else "Everyone together", head, tuple(rows), note=limits)]


def _others(found: Sequence[Estimate]) -> list[Part]:
    """Numbers that are of no one arm: of everyone, or of a part that they name."""
    if not found:
        return []
    rows = [(each.of or "All participants", _unit_of(each), said(each, each.value), interval(each)) for each in found]
    return [Table("Beyond the arms", ("", "Measure", "Estimate", "Limits"), tuple(rows))]


def _counted(arm: Counted) -> str:
    said_ = f"{arm.label if arm.arm else 'All participants'}\nn = {arm.participants}"
    if arm.events is not None:
        said_ += f", {arm.events} with the event"
    return said_ + (f", {arm.competing} with a competing one" if arm.competing is not None else "")


def _cell(found: Sequence[Estimate], name: str, arm: Counted) -> str:
    each = next((one for one in found if one.name == name and one.of == arm.arm), None)
    if each is None:
        return "not reached" if name.startswith("Median") else "–"
    reach = interval(each)
    return said(each, each.value) + (f" ({reach})" if reach else "")


def _comparisons(result: Result) -> list[Part]:
    parts: list[Part] = []
    compared = [each for each in result.estimates if " against " in each.of and not each.is_covariate]
    if compared:
        rows = [(each.of, _unit_of(each), said(each, each.value), interval(each)) for each in compared]
        level = next((f"{100 * each.level:g}% limits" for each in compared if each.level is not None), "Limits")
        parts.append(Table("Comparison", ("", "Measure", "Estimate", level), tuple(rows)))
    if result.tests and compared:
        parts.append(Text("; ".join(_capital(test_in_words(each)) for each in result.tests) + "."))
    covariates = [each for each in result.estimates if each.is_covariate]
    if covariates:
        adjusted = [(_capital(each.of), said(each, each.value), interval(each)) for each in covariates]
        parts.append(Table("What was adjusted for", ("", covariates[0].name, "Limits"), tuple(adjusted)))
    return parts


def _unit_of(each: Estimate) -> str:
    return each.name + {"share": ", percentage points", "days": ", months", "": ""}.get(each.unit, f", {each.unit}")


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _spreads(result: Result) -> list[Part]:
    if not result.spreads:
        return []
    labels = {each.arm: each.label if each.arm else "All participants" for each in result.arms}
    rows = [_spread_row(labels.get(each.arm, each.arm), each) for each in result.spreads]
    return [Table("How the values are spread", ("", "n", "Mean (sd)", "Median [quartiles]", "Least to greatest"), tuple(rows))]


def _spread_row(label: str, each: Spread) -> tuple[str, ...]:
    sd = f" ({number(each.sd)})" if each.sd is not None else ""
    return (
        label, str(each.number), f"{number(each.mean)}{sd}",
        _middle(each),
        f"{number(each.least)} to {number(each.greatest)}",
    )  # fmt: skip


def _courses(result: Result) -> list[Part]:
    found = []
    for item in dict.fromkeys(each.item for each in result.courses):
        of_item = [each for each in result.courses if each.item == item]
        arms = [each for each in result.arms if any(one.arm == each.arm for one in of_item)]
        days = sorted({each.day for each in of_item})
        rows = [(_month(day), *(_course_cell(of_item, arm, day) for arm in arms)) for day in days]
        unit = f", {of_item[0].unit}" if of_item[0].unit else ""
        head = ("Around", *(arm.label if arm.arm else "All participants" for arm in arms))
        found.append(Table(f"{_capital(of_item[0].label)}{unit}: mean (sd), n", head, tuple(rows)))
    return list(found)


def _month(day: int) -> str:
    return "the start" if day == 0 else f"month {round(day / (365.25 / 12))}"


def _course_cell(found: Sequence[Course], arm: Counted, day: int) -> str:
    each = next((one for one in found if one.arm == arm.arm and one.day == day), None)
    if each is None:
        return "–"
    sd = f" ({number(each.sd)})" if each.sd is not None else ""
    return f"{number(each.mean)}{sd}, {each.number}"


def _estimand(result: Result) -> Table:
    handled = "; ".join(f"{each.event}: {each.strategy}" for each in result.intercurrent) or "none named"
    left = "; ".join(f"{each.participants}: {each.why}" for each in result.left_out) or "nobody"
    rows = [
        ("Population", result.population),
        ("Compared", result.contrast),
        ("Variable", result.variable),
        ("Intercurrent events", handled),
        ("Summary", result.summary or "not named"),
        ("Left out", left),
        ("Method", " ".join(result.method) or "none was run"),
        ("Counted", counted_in_words(result.arms)),
        ("Standing", f"{_capital(standing(result))}; {line_of(result)}"),
        ("Made by", f"{result.software}, facts up to {result.until}"),
    ]
    lacking = (
        "" if result.is_estimand_declared or not result.is_declared else " (the file declares none; these are its defaults)"
    )
    return Table(f"What is estimated{lacking}", (), tuple(rows))


# --- the pathway, what is owed, what deviated ------------------------------------------------------------------------


def _course(
    study: Study, people: Mapping[str, Chart], seen: Mapping[str, tuple[Assessment, ...]], apart: bool
) -> Section:  # fmt: skip
    drawn = (swimmer(study, people, seen), waterfall(study, people, seen))
    if not apart and any(each is not None for each in drawn):
        why = (
            "The trial is not locked: courses and responses are left out, since steps, procedures and what they do to "
            "lesions tell the arms apart."
        )
        return Section("Course of treatment", (Text(why, "note"),))
    return Section("Course of treatment", tuple(each for each in drawn if each is not None))


def _pathway(study: Study, found: Flow, apart: bool) -> Section | None:
    if not found.steps:
        return None
    if not apart:
        drawn = Figure(pathway_picture(study), "The pathway, without numbers.", "The pathway.", of_data=False)
        why = Text(
            "The trial is not locked: how many entered each step is left out, since some steps belong to one arm.", "note"
        )
        return Section("Pathway", (drawn, why))
    svg = pathway_picture(study, standing={each.step: each.entered for each in found.steps})
    parts: list[Part] = [
        Figure(svg, "The pathway, with the number of participants who entered each step, as in the table below.",
               "The pathway, and how many participants entered each step.")
    ]  # fmt: skip
    rows = [(step_label(study, each.step), str(each.entered), str(each.entries), str(each.now)) for each in found.steps]
    parts.append(Table("Steps", ("", "Participants who entered", "Entries in all", "There now"), tuple(rows), align="right"))
    return Section("Pathway", tuple(parts))


def _due(study: Study, owed: Mapping[str, tuple[Due, ...]], until: date, apart: bool) -> Section:
    counts = Counter(item.status for items in owed.values() for item in items)
    if not counts:
        return Section("What is owed", (Text("The protocol asks for nothing at set times, and no step waits for anything."),))
    order: tuple[Status, ...] = ("late", "open", "upcoming", "done", "early", "done late", "missed", "void")
    summary = listed(f"{counts[each]} {each}" for each in order if counts[each])
    parts: list[Part] = [Text(f"Of everything owed as of {until}: {summary}.")]
    if not apart:
        parts.append(Text("The trial is not locked: who owes what stands on each participant’s chart, and not here.", "note"))
        return Section("What is owed", tuple(parts))
    rank = {"late": 0, "open": 1, "upcoming": 2}
    pending = sorted(
        ((rank[item.status], item.target, name, item) for name, items in owed.items() for item in items if item.is_pending),
        key=lambda each: (each[0], each[1], each[2], each[3].activity),
    )
    if pending:
        rows = [
            (
                name,
                activity_label(study, item.activity),
                item.status,
                item.target.isoformat(),
                _closes(item),
                item.because,
            )
            for _, _, name, item in pending[:MOST_DUE]
        ]
        more = f"The first {MOST_DUE} of {len(pending)}." if len(pending) > MOST_DUE else ""
        head = ("Participant", "Activity", "State", "Target", "In time until", "Because")
        parts.append(Table("Next: what is late first, then what is open, then what comes", head, tuple(rows), note=more))
    return Section("What is owed", tuple(parts))


def _closes(item: Due) -> str:
    return "" if item.closes == date.max else item.closes.isoformat()


def _deviations(found: Sequence[tuple[str, Deviation]], people: int, apart: bool) -> Section:
    if not found:
        return Section("Deviations", (Text(f"None in {people} participants: all that was recorded was as promised."),))
    rules = Counter(one.rule for _, one in found)
    if not apart:
        who_ = {rule: len({name for name, one in found if one.rule == rule}) for rule in rules}
        counts = [(name_in_words(rule.replace("-", " ")), str(count), str(who_[rule]))
                  for rule, count in sorted(rules.items(), key=lambda each: (-each[1], each[0]))]  # fmt: skip
        note = "The trial is not locked: what happened to whom stands on each participant’s chart, and not here."
        return Section(
            "Deviations", (Table("Deviations by kind", ("", "Deviations", "Participants"), tuple(counts), note=note),)
        )
    rows = []
    for rule, count in rules.most_common():
        who = list(dict.fromkeys(name for name, one in found if one.rule == rule))
        named = ", ".join(who[:MOST_NAMED]) + (f" and {len(who) - MOST_NAMED} more" if len(who) > MOST_NAMED else "")
        example = next(one.says for _, one in found if one.rule == rule)
        rows.append((name_in_words(rule.replace("-", " ")), str(count), str(len(who)), named, example))
    parts: list[Part] = [
        Table("Deviations by kind", ("", "Deviations", "Participants", "Who", "For example"), tuple(rows))
    ]  # fmt: skip
    if len(found) > len(rules):
        latest = sorted(found, key=lambda each: (each[1].on, each[0]), reverse=True)[:MOST_DEVIATIONS]
        lines = [(name, one.on.isoformat(), name_in_words(one.rule.replace("-", " ")), one.says) for name, one in latest]
        more = f"The latest {MOST_DEVIATIONS} of {len(found)}." if len(found) > MOST_DEVIATIONS else ""
        parts.append(Table("The latest", ("Participant", "Day", "Kind", "What happened"), tuple(lines), note=more))
    return Section("Deviations", tuple(parts))


# --- what nobody said, and how it was done ---------------------------------------------------------------------------


def _gaps(study: Study) -> Section | None:
    protocol = study.protocol
    parts: list[Part] = []
    if protocol.unstated:
        rows = [(each.what, each.assumed or "nothing", each.why) for each in protocol.unstated]
        parts.append(Table("What the source does not say", ("What", "Assumed instead", "Why"), tuple(rows)))
    if protocol.outside:
        parts.append(Table("What the source says and the study file leaves out", ("What", "Why", "Source"),
                           tuple((each.what, each.why, cited(each.source)) for each in protocol.outside)))  # fmt: skip
    return Section("What is not known", tuple(parts)) if parts else None


def _methods(results: Sequence[Result], until: date) -> list[Section]:
    """How it was done, a sentence a method with the numbers of its sources, and the sources."""
    words = list(
        dict.fromkeys(word for each in results for word in each.method if not word.startswith(("Time is", "Whether it")))
    )
    tests = list(dict.fromkeys(each.name for result in results for each in result.tests))
    measures = list(dict.fromkeys(each.name for result in results for each in result.estimates))
    references = cited_by([*words, *tests, *measures])
    said_ = [
        f"All numbers were made by {software()} from the study file and the events recorded up to {until}.",
        "A date known only in part counts at the middle of what is known.",
        "A month is a twelfth of 365.25 days.",
        "Limits and p values are two-sided and not adjusted for the number of analyses.",
        "Where a number could not be given, the reason stands in its place.",
        "What is estimated is told by the five attributes of ICH E9(R1): population, comparison, variable, intercurrent "
        "events and summary.",
    ]
    entries = tuple(Entry(f"{word}{_numbered(word, references)}") for word in words)
    named = [f"{each}{_numbered(each, references)}" for each in (*tests, *measures)]
    told = [each for each in dict.fromkeys(named) if each.endswith("]")]
    own = (Text(f"Sources of the tests and measures themselves: {'; '.join(told)}."),) if told else ()
    found = [Section("Methods", (Text(" ".join(said_)), Listing(entries), *own))]
    if references:
        sources = Listing(tuple(Entry(f"{each.says}.") for each in references), numbered=True)
        found.append(Section("References", (sources,)))
    return found


def _numbered(word: str, references: Sequence[Reference]) -> str:
    """The numbers of the sources that a text names, in brackets."""
    mine = {each.says for each in cited_by([word])}
    numbers = [str(index) for index, each in enumerate(references, start=1) if each.says in mine]
    return f" [{', '.join(numbers)}]" if numbers else ""
