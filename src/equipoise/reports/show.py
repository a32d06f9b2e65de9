"""The trial as pictures: everything that a study promises, on one page and on a terminal."""

import re
from collections.abc import Iterable, Iterator

from rich.console import Group as Stack
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text as Letters

from ..finding import errors
from ..protocol import Analysis, Criterion, Endpoint, Formula, Moment
from ..study import Study
from .layers import Link, loops_among
from .lettering import printable
from .page import Entry, Figure, Listing, Section, Table, Text, page
from .pathway_picture import pathway_picture
from .schedule_picture import PATHWAY, moment, schedule
from .wording import (
    Way,
    activity_label,
    cited,
    formula,
    in_sentence,
    listed,
    loop_limit,
    name_in_words,
    notes,
    reactions,
    rule,
    sentences,
    step_label,
    tracks,
    ways,
)  # fmt: skip


def shown(study: Study) -> str:
    """A study as a page."""
    protocol = study.protocol
    facts = [
        *((each.registry, each.id) for each in protocol.registrations),
        (
            "Study",
            " ".join(part for part in (protocol.study, protocol.version and f"version {protocol.version}") if part),
        ),
        ("Status", name_in_words(protocol.status)),
        ("Sponsor", protocol.sponsor),
        ("Conditions", ", ".join(protocol.conditions)),
        *((name_in_words(name), str(on)) for name, on in protocol.dates.items()),
    ]
    return page(
        printable(protocol.title or protocol.study),
        pictures(study),
        virtual=False,
        lead=printable(protocol.summary),
        facts=[(name, says) for name, says in facts if says],
        foot="Written by equipoise from the study’s own file. Not a medical device; not medical advice.",
    )


def pictures(study: Study) -> list[Section]:
    """What the page shows, section by section, for a page that has a frame of its own."""
    found = (
        _faults(study), _design(study), _arms(study), _pathway(study), _schedule(study), _eligibility(study),
        _endpoints(study), _analyses(study), _promises(study), _gaps(study), _amendments(study),
    )  # fmt: skip
    return [section for section in found if section is not None and section.parts]


def _section(heading: str, *parts: Text | Listing | Table | Figure | Section | None) -> Section | None:
    kept = tuple(each for each in parts if each is not None)
    return Section(heading, kept) if kept else None


def _table(caption: str, head: tuple[str, ...], rows: Iterable[tuple[str, ...]], note: str = "") -> Table | None:
    """A table without its empty columns; none where it has no rows."""
    full = list(rows)
    if not full:
        return None
    kept = [index for index in range(len(head)) if index == 0 or any(row[index] for row in full)]
    return Table(
        caption, tuple(head[index] for index in kept), tuple(tuple(row[index] for index in kept) for row in full), note
    )


def _faults(study: Study) -> Section | None:
    faults = errors(study.check())
    if not faults:
        return None
    one = "1 error" if len(faults) == 1 else f"{len(faults)} errors"
    return _section(
        "Not to be used yet",
        Text(f"The file has {one}. What could not be read is shown as it was written, or not at all.", "warning"),
        Listing(tuple(Entry(each.says, f"line {each.place.line}") for each in faults)),
    )


def _design(study: Study) -> Section | None:
    protocol, design = study.protocol, study.protocol.design
    sites = ", ".join(
        printable(" · ".join(part for part in (each.label or name_in_words(name), each.country) if part))
        for name, each in protocol.sites.items()
    )
    perspective = name_in_words(design.perspective or "")
    rows = [
        ("Type", name_in_words(design.type)), ("Allocation", name_in_words(_allocated(study))),
        ("Model", name_in_words(design.model or "")), ("Masking", name_in_words(design.masking or "")),
        ("Purpose", name_in_words(design.purpose or "")), ("Phase", printable(design.phase)),
        ("Perspective", "Retrospective and prospective" if perspective == "Both" else perspective),
        ("Participants", f"{design.enrolment:,}" if design.enrolment is not None else ""),
        ("Centres", name_in_words(design.centres or "")), ("Sites", sites), ("Source", cited(design.source)),
    ]  # fmt: skip
    return _section("Design", Table("How the study is made", (), tuple(row for row in rows if row[1])))


def _allocated(study: Study) -> str:
    """How participants come to their arms; nothing where there is nothing to come to."""
    allocation = study.protocol.design.allocation
    return "" if allocation == "none" else allocation


def _arms(study: Study) -> Section | None:
    protocol = study.protocol
    arms = _table(
        "Arms",
        ("Arm", "Role", "What it gives", "Description", "Source"),
        (
            (
                printable(each.label) or name_in_words(name), name_in_words(each.role or ""),
                listed(in_sentence(activity_label(study, activity)) for activity in each.gives),
                printable(each.text), cited(each.source),
            )
            for name, each in protocol.arms.items()
        ),
    )  # fmt: skip
    groups = _table(
        "Groups",
        ("Group", "Who belongs to it", "Time zero", "Description", "Source"),
        (
            (
                printable(each.label) or name_in_words(name), rule(each.member, study),
                moment(each.zero, study) if each.zero is not None else "", printable(each.text), cited(each.source),
            )
            for name, each in protocol.groups.items()
        ),
    )  # fmt: skip
    cohorts = _table(
        "Cohorts",
        ("Cohort", "Who belongs to it", "Perspective", "Description", "Source"),
        (
            (
                printable(each.label) or name_in_words(name),
                rule(each.member, study) if each.member is not None else "",
                name_in_words(each.perspective or ""), printable(each.text), cited(each.source),
            )
            for name, each in protocol.cohorts.items()
        ),
    )  # fmt: skip
    return _section("Arms and groups", arms, groups, cohorts, _allocation(study))


def _allocation(study: Study) -> Text | None:
    allocation = study.protocol.allocation
    if allocation is None:
        return None
    parts = [f"Allocation: {name_in_words(allocation.method).lower()}"]
    if allocation.ratio:
        arms = listed(name_in_words(arm).lower() for arm in allocation.ratio)
        parts.append(f"{' to '.join(map(str, allocation.ratio.values()))} ({arms})")
    if allocation.blocks:
        parts.append(f"blocks of {listed(map(str, allocation.blocks), 'or')}")
    if allocation.strata:
        parts.append(f"stratified by {listed(name_in_words(item).lower() for item in allocation.strata)}")
    if allocation.after:
        parts.append(f"after {in_sentence(activity_label(study, allocation.after))}")
    source = cited(allocation.source)
    return Text("; ".join(parts) + "." + (f" Source: {source}." if source else ""))


def _pathway(study: Study) -> Section | None:
    pathway, svg = study.protocol.pathway, pathway_picture(study)
    if pathway is None or not svg:
        return None
    caption = "What happens next, from above to below. The table beneath says the same in words."
    several = len(tracks(study)) > 1
    rows = []
    for step in pathway.steps.values():
        asked = [note.full[:1].upper() + note.full[1:] for note in notes(step, study)]
        then = [f"{way.full or way.says} → {step_label(study, way.to)}".strip() for way in ways(step, study)]
        then += [{"wait": "waits while it cannot be told", "query": "asks while it cannot be told"}.get(step.unknown, "")]
        then += [f"{name_in_words(step.track)} ends" if several else "the end"] if step.end else []
        told = (
            step_label(study, step.name),
            "\n".join(asked),
            "\n".join(said for said in then if said),
            cited(step.source),
        )
        rows.append(told)
    table = _table(
        "The pathway in words", ("Step", "What it asks for", "What comes next", "Source"), rows,
        "Wherever the participant stands: " + "; ".join(reactions(study)) + ".",
    )  # fmt: skip
    return _section("Pathway", Figure(svg, " ".join(sentences(study)), caption, of_data=False), table)


def _schedule(study: Study) -> Section | None:
    return _section("Schedule", *schedule(study))


def _eligibility(study: Study) -> Section | None:
    criteria = study.protocol.eligibility

    def entries(chosen: Iterable[Criterion]) -> Listing | None:
        found = tuple(_criterion(each, study) for each in chosen)
        return Listing(found, numbered=True) if found else None

    parts = []
    for heading, found in (
        ("Included are those for whom", entries(each for each in criteria if each.include is not None)),
        ("Excluded are those for whom", entries(each for each in criteria if each.exclude is not None)),
    ):
        if found is not None:
            parts.append(Section(heading, (found,)))
    return _section("Eligibility", *parts)


def _criterion(each: Criterion, study: Study) -> Entry:
    scope = [f"only {kind} {listed(name_in_words(name).lower() for name in names)}"
             for kind, names in (("cohort", each.cohorts), ("group", each.groups)) if names]  # fmt: skip
    source = cited(each.source)
    beneath = [printable(each.text), *scope, f"source: {source}" if source else "", f"id: {printable(each.id)}"]
    said = rule(each.rule, study)
    return Entry(said[:1].upper() + said[1:], " · ".join(part for part in beneath if part))


def _endpoints(study: Study) -> Section | None:
    return _section(
        "Endpoints",
        _table(
            "Endpoints",
            ("Endpoint", "Role", "How it is measured", "Horizon", "Source"),
            (
                (
                    _endpoint_label(each, name),
                    name_in_words(each.role),
                    measured(each, study),
                    _horizon(each),
                    cited(each.source),
                )
                for name, each in study.protocol.endpoints.items()
            ),
        ),
    )


def _endpoint_label(each: Endpoint | None, name: str) -> str:
    return printable(each.label) if each is not None and each.label else name_in_words(name)


def _horizon(each: Endpoint) -> str:
    around = f" ({each.window})" if each.at is not None and each.window is not None else ""
    return f"{each.horizon or each.within or each.at or ''}{around}"


def measured(each: Endpoint, study: Study) -> str:
    """How an endpoint is measured, as a sentence without its full stop."""

    def said(moments: Iterable[Moment], word: str) -> str:
        return listed((moment(one, study) for one in moments), word)

    items = listed(_item_label(name, study) for name in (each.items or ((each.item,) if each.item else ())))
    origin = f" from {moment(each.from_, study)}" if each.from_ is not None else ""
    parts = {
        "time_to_event": f"time{origin} to {said(each.events, 'or')}",
        "occurrence": f"whether {said(each.events, 'or')} happens{origin and f', counted{origin}'}",
        "measurement": f"{items}{origin and f', counted{origin}'}",
        "trajectory": f"{items} over time{origin}",
        "score": f"{each.combine} of {items}{origin and f', counted{origin}'}",
        "cost": f"{each.combine} of {items}{origin and f', counted{origin}'}",
    }[each.kind]
    found = [parts]
    if each.competing:
        found.append(f"competing: {said(each.competing, 'or')}")
    if each.censors:
        found.append(f"censored at {said(each.censors, 'then')}")
    if each.assessed_by:
        found.append(f"seen at {in_sentence(activity_label(study, each.assessed_by))}")
    if each.attributed_to:
        found.append(f"laid to {in_sentence(activity_label(study, each.attributed_to))}")
    if each.window is not None and each.at is None:
        found.append(f"window {each.window}")
    if each.among is not None:
        found.append(f"only if {formula(each.among, study)}")
    said_text = printable(each.text)
    return "; ".join(found) + (f". {said_text}" if said_text else "")


def _item_label(name: str, study: Study) -> str:
    form, _, key = name.rpartition(".")
    for label, activity in study.activities.items():
        if key in activity.items and (not form or form == label):
            return in_sentence(printable(activity.items[key].label) or name_in_words(key))
    return in_sentence(printable(study.scope.labels.get(name, "")) or name_in_words(key))


def _analyses(study: Study) -> Section | None:
    return _section(
        "Analyses",
        _table(
            "Analyses and their estimands",
            (
                "Analysis",
                "Endpoint",
                "Population",
                "Comparison",
                "What may come between",
                "Summary",
                "Method",
                "Source",
            ),
            (_analysis(each, name, study) for name, each in study.protocol.analyses.items()),
        ),
    )


def _analysis(each: Analysis, name: str, study: Study) -> tuple[str, ...]:
    estimand = each.estimand
    how = [name_in_words(each.method), each.test and f"{name_in_words(each.test).lower()} test"]
    how.append(f"two-sided level {each.alpha}" if each.alpha is not None else "")
    how.append(f"adjusted for {listed(_item_label(item, study) for item in each.adjust)}" if each.adjust else "")
    how.append(f"stratified by {listed(_item_label(item, study) for item in each.stratify)}" if each.stratify else "")
    how.append(f"looks at {listed(map(str, each.interim))} of the information" if each.interim else "")
    how += [f"{one.called} at {one.at}" for one in each.adapt]
    how += [f"looked at with {one.at} on {one.on}" for one in each.looked]
    how.append(f"landmark at {each.landmark}" if each.landmark is not None else "")
    how.append("groups change with time" if each.time_dependent else "")
    how.append(f"emulates a trial, grace of {each.emulate.grace}" if each.emulate is not None else "")
    how.append("thought of after the data were seen" if each.post_hoc else "")
    between = "\n".join(
        f"{name_in_words(event)}: {name_in_words(strategy).lower()}"
        for event, strategy in (estimand.intercurrent.items() if estimand is not None else ())
    )
    return (
        printable(each.label) or name_in_words(name),
        _endpoint_label(study.protocol.endpoints.get(each.endpoint), each.endpoint),
        name_in_words(estimand.counted) if estimand is not None else "",
        _contrast(estimand.contrast, study) if estimand is not None else "",
        between,
        name_in_words(estimand.summary) if estimand is not None else "",
        "; ".join(part for part in how if part),
        cited(each.source),
    )


def _contrast(written: str, study: Study) -> str:
    """What is compared, by the labels of arms, groups and cohorts."""
    protocol = study.protocol
    named = {
        name: each.label for each_of in (protocol.cohorts, protocol.groups, protocol.arms) for name, each in each_of.items()
    }
    return printable(" ".join(named.get(word) or word.replace("_", " ") for word in written.split()))


def _promises(study: Study) -> Section | None:
    def entries() -> Iterator[Entry]:
        for each in study.protocol.promises:
            kinds: tuple[tuple[str, Formula | None], ...] = (
                ("Never:", each.never), ("Always:", each.always), ("In the end:", each.eventually),
            )  # fmt: skip
            for word, written in kinds:
                if written is not None:
                    source = cited(each.source)
                    beneath = " · ".join(part for part in (printable(each.why), f"source: {source}" if source else "") if part)
                    yield Entry(formula(written, study), beneath, word)

    found = tuple(entries())
    return _section("Promises", Listing(found)) if found else None


def _gaps(study: Study) -> Section | None:
    protocol = study.protocol
    return _section(
        "What is not said, and what is left out",
        _table(
            "What the source does not say, and what is assumed",
            ("Not said", "Assumed", "Why"),
            ((printable(each.what), printable(each.assumed) or "nothing", printable(each.why)) for each in protocol.unstated),
        ),
        _table(
            "What the source says and the file leaves out",
            ("Left out", "Why", "Source"),
            ((printable(each.what), printable(each.why), cited(each.source)) for each in protocol.outside),
        ),
    )


def _amendments(study: Study) -> Section | None:
    return _section(
        "Amendments",
        _table(
            "Amendments",
            ("Version", "In force on", "What it changes", "Who is affected"),
            (
                (each.version, str(each.on), printable(each.changes), printable(each.affects))
                for each in study.protocol.amendments
            ),
        ),
    )


# --- on a terminal ---------------------------------------------------------------------------------------------------


def shown_in_terminal(study: Study) -> RenderableType:
    """A study drawn for a terminal: pathway, schedule and endpoints, good at 80 columns."""
    protocol = study.protocol
    title = Letters(printable(protocol.title or protocol.study), style="bold")
    identity = [f"{each.registry} {each.id}" for each in protocol.registrations]
    identity += [
        f"{protocol.study} {protocol.version}".strip(),
        protocol.design.type,
        _allocated(study).replace("_", " "),
    ]
    parts: list[RenderableType] = [title, Letters(printable(" · ".join(filter(None, identity))), style="dim")]
    if faults := errors(study.check()):
        parts.append(
            Letters(
                f"{len(faults)} error{'s' if len(faults) > 1 else ''} in the file: see `equipoise check`",
                style="bold red",
            )
        )
    for heading, named in (("Arms", protocol.arms), ("Groups", protocol.groups)):
        if named:
            said = "; ".join(printable(each.label) or name_in_words(name) for name, each in named.items())
            parts.append(Letters(f"{heading}: {said}"))
    for heading, body in (
        ("Pathway", _pathway_lines(study)), ("Schedule", _schedule_lines(study)), ("Endpoints", _endpoint_lines(study)),
    ):  # fmt: skip
        if body is not None:
            parts += [Letters(), Letters(heading, style="bold underline"), body]
    return Stack(*parts)


def _met(study: Study) -> tuple[dict[str, int], set[Way]]:
    """The steps, numbered track by track, and downwards but for the ways that loop; and those ways."""
    pathway = study.protocol.pathway
    if pathway is None:
        return {}, set()
    names = list(dict.fromkeys([*(name for name in pathway.starts.values() if name in pathway.steps), *pathway.steps]))
    leads = {name: [way for way in ways(pathway.steps[name], study) if way.to in pathway.steps] for name in names}
    links = {f"{name}/{index}": way for name in names for index, way in enumerate(leads[name])}
    back = {links[key] for key in loops_among(names, [Link(key, way.start, way.to) for key, way in links.items()])}
    found: dict[str, None] = {}
    for first in reversed(names):
        path = [(first, iter(reversed(leads[first])))]
        while path and first not in found:
            name, left = path[-1]
            way = next((way for way in left if way not in back and way.to not in found), None)
            if way is None:
                found.setdefault(name)
                path.pop()
            else:
                path.append((way.to, iter(reversed(leads[way.to]))))
    order = list(reversed(found))
    steps = [name for names in tracks(study).values() for name in sorted(names, key=order.index)]
    return {name: number for number, name in enumerate(steps, 1)}, back


def _pathway_lines(study: Study) -> RenderableType | None:
    pathway = study.protocol.pathway
    if pathway is None:
        return None
    (numbers, back), grid = _met(study), Grid.grid(padding=(0, 1))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    by_track = tracks(study)
    grid.add_row("●", Letters(f"begins with {in_sentence(activity_label(study, pathway.begins))}", style="dim"))
    for track, names in by_track.items():
        if len(by_track) > 1:
            grid.add_row("", Letters(f"— {name_in_words(track)} —", style="bold dim"))
        for name in sorted(names, key=lambda name: numbers[name]):
            step = pathway.steps[name]
            head = Letters(step_label(study, name), style="bold")
            if step.end:
                head.append("  ■ end", style="dim")
            grid.add_row(Letters(str(numbers[name]), style="bold"), head)
            for note in notes(step, study):
                grid.add_row("│", Letters(note.says, style="cyan" if note.kind == "decider" else "dim"))
            leads = ways(step, study)
            for index, way in enumerate(leads):
                grid.add_row("└" if index == len(leads) - 1 else "├", _lead(way, numbers, way in back, study))
    for said in reactions(study):
        grid.add_row("*", Letters(said, style="dim"))
    return grid


def _lead(way: Way, numbers: dict[str, int], is_back: bool, study: Study) -> Letters:
    sign = "↑" if is_back else "⇢" if way.kind == "timeout" else "→"
    known = way.to in numbers
    where = f"{numbers[way.to]} {step_label(study, way.to)}" if known else f"{name_in_words(way.to)} (no such step)"
    lead = Letters(
        f"{way.says} " if way.says else "", style="italic" if way.kind in ("otherwise", "timeout", "unknown") else ""
    )
    lead.append(f"{sign} {where}", style="not italic")
    if is_back and (limit := loop_limit(way, study)) is not None:
        lead.append(f" (at most {limit} ×)", style="dim")
    return lead


def _schedule_lines(study: Study) -> RenderableType | None:
    if not study.protocol.schedule:
        return None
    grid = Grid.grid(padding=(0, 2))
    grid.add_column(overflow="fold", ratio=2)
    grid.add_column(overflow="fold", ratio=3)
    under: list[RenderableType] = []
    for table in schedule(study):
        column = 1
        for group, count in table.spans:
            if group != PATHWAY:
                grid.add_row(Letters(group, style="bold"), "")
                for when, doing in _points(table, range(column, column + count)):
                    grid.add_row(Padding(Letters(when), (0, 0, 0, 2)), Letters(doing, style="dim"))
            column += count
        under += [Letters(line, style="dim") for line in table.note.split("\n") if line]
    return Stack(grid, *under)


def _points(table: Table, columns: Iterable[int]) -> Iterator[tuple[str, str]]:
    """The time points under one heading, and what is done then; days on which the same is done stand together."""
    points: dict[tuple[str, str], list[str]] = {}
    for at in columns:
        doing = listed(in_sentence(row[0]) for row in table.rows if row[at])
        says = table.head[at].replace("\n", ", ")
        day = re.fullmatch(r"day (\d+)(.*)", says)
        points.setdefault((day[2] if day else says, doing), []).append(day[1] if day else "")
    for (says, doing), days in points.items():
        yield (f"day{'s' if len(days) > 1 else ''} {listed(days)}{says}" if days[0] else says), doing


def _endpoint_lines(study: Study) -> RenderableType | None:
    if not study.protocol.endpoints:
        return None
    grid = Grid.grid(padding=(0, 2))
    grid.add_column(overflow="fold", ratio=2)
    grid.add_column(overflow="fold", ratio=3)
    for name, each in study.protocol.endpoints.items():
        label = Letters(_endpoint_label(each, name), style="bold" if each.role == "primary" else "")
        label.append(f" {each.role}", style="dim")
        until = "up to" if each.horizon is not None else "within" if each.within is not None else "at"
        horizon = f"; {until} {_horizon(each)}" if _horizon(each) else ""
        grid.add_row(label, Letters(measured(each, study).split(". ")[0] + horizon, style="dim"))
    return grid
