"""The reference shelf and the picture, made from the code that they describe.

`make docs` writes them; `tests/test_docs.py` compares them, so that a page which has drifted is a failing test.
"""

import ast
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from inspect import cleandoc, getdoc
from itertools import groupby
from pathlib import Path

import typer

from equipoise import analysis, cohort, endpoints, kernels, prospects, protocol, shipped, simulation
from equipoise import rehearsal as rehearsals
from equipoise.analysis import fair, stages
from equipoise.cohort import Tables
from equipoise.pages import examples
from equipoise.pages import pages as pages_of_findings
from equipoise.protocol import BUILT_IN, ITEM_TYPES, LESION_FACTS, Item, Protocol
from equipoise.reading import noun
from equipoise.registries import FIELDS, FINDINGS, READERS, ctgov_v2
from equipoise.reports.pathway_picture import pathway_picture
from equipoise.schema import Row, reference
from equipoise.simulation import costs
from equipoise.simulation.assumptions import WORDS
from equipoise.study import ALIVE, load, study
from equipoise.vocabulary import Term, derived, vocabulary

DOCS = Path(__file__).parent
MADE = "<!-- Made by docs/build.py from the code. Change the code, then: make docs -->"


def pages() -> Mapping[str, str]:
    """Every page that is made, by its path under docs/."""
    made = {
        "reference/language.md": language(),
        "reference/tables.md": tables(),
        "reference/vocabulary.md": terms(),
        "reference/commands.md": commands(),
        "reference/findings.md": findings(),
        "reference/endpoints.md": kinds(),
        "reference/analyses.md": analyses(),
        "reference/simulation.md": assumptions(),
        "reference/design.md": plans(),
        "reference/operating-characteristics.md": expected(),
        "reference/kernels.md": estimators(),
        "reference/registries.md": registers(),
    }
    pictures = {"pictures/batch-rfa-crlm.svg": pathway_picture(load(shipped() / "batch-rfa-crlm")) + "\n"}
    return {name: f"{MADE}\n\n{text.strip()}\n" for name, text in made.items()} | pictures


def main() -> None:
    """Write every page."""
    for name, text in pages().items():
        file = DOCS / name
        file.parent.mkdir(exist_ok=True)
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            sys.stdout.write(f"written: docs/{name}\n")


# --- words of files --------------------------------------------------------------------------------------------------


def language() -> str:
    """Every word of study.yaml."""
    records = _records(vars(protocol).values())
    rows = reference(Protocol)
    return "\n\n".join(
        [
            "# The words of study.yaml",
            "`study.yaml` is YAML in UTF-8, without anchors, aliases or tags, at most 1 MB. What is written stays text until "
            "its word reads it: `no` is the code *no* where codes are asked for, `1.10` keeps its digits. An unknown word is "
            "a finding that names the nearest known one. `for each`, `for-each` and `for_each` are one word. A word marked * "
            "must be there. `equipoise schema` prints the same as JSON Schema, for editors.",
            "Most records may say their `source`: a text (`ours` for what the file itself assumes), or a page, what it says "
            "there, and a DOI.",
            *_written(rows, records),
            "## Texts that mean something",
            "Some words take a text of their own grammar.",
            _list((noun(kind).split(" ", 1)[1], _first(kind)) for kind in _texts(rows)),
            "Expressions have [a page of their own](expressions.md).",
            "## Types of items",
            ", ".join(f"`{each}`" for each in ITEM_TYPES) + ".",
            "## Activities that every study has",
            "A study adds items to one of them by naming it under `activities`. `arm` is an item of `randomisation` where "
            "the design says `allocation: randomised`, of `assignment` where it does not. `cohort` is an item of `enrolment` "
            "where cohorts are declared. `judgement` has one item for each criterion or cohort that says `judge`, under its "
            "id or name, answered yes or no.",
            _table(
                ("activity", "repeats", "items"),
                (
                    (f"`{name}`", "yes" if each.repeats else "no", ", ".join(map(_item, each.items, each.items.values())))
                    for name, each in BUILT_IN.items()
                ),
            ),
            "## What is known of each lesion",
            "The rows of `lesions` in expressions, whatever the study: one a lesion, as it is known on the day asked.",
            _table(("fact", "is"), ((f"`{name}`", _kind(item)) for name, item in LESION_FACTS.items())),
            "## Names that every study knows",
            _list(
                [
                    (f"`{ALIVE}`", "The last day on which anything but death was recorded of the participant."),
                    ("`today`", "The day up to which facts are known."),
                    *((f"`{name}`", f"{term.says} Known where its ingredients are.") for name, term in derived().items()),
                ]
            ),
        ]
    )


def tables() -> str:
    """Every word of tables.yaml."""
    return "\n\n".join(
        [
            "# The words of tables.yaml",
            "`tables.yaml` says how the rows of a cohort's tables are read as events. "
            "[How to import a cohort](../how-to/import-a-cohort.md) shows one at work. A word marked * must be there.",
            *_written(reference(Tables), _records(vars(cohort).values())),
        ]
    )


def _written(rows: Sequence[Row], records: Mapping[str, type]) -> Iterator[str]:
    """A heading, a sentence and a table for each record."""
    owned = sorted(rows, key=lambda row: list(dict.fromkeys(each.owner for each in rows)).index(row.owner))
    for owner, group in groupby(owned, key=lambda row: row.owner):
        yield f"## {owner.split(' ', 1)[1]}"
        yield _first(records[owner])
        yield _table(
            ("word", "takes", "says"),
            ((f"`{row.key}`{'*' if row.is_required else ''}", _shape(row.type), row.sentence) for row in group),
        )


def _records(values: Iterable[object]) -> dict[str, type]:
    return {noun(each): each for each in values if isinstance(each, type) and is_dataclass(each)}


def _texts(rows: Sequence[Row]) -> Iterator[type]:
    """The kinds of text that words take, each met by its noun."""
    for name, kind in vars(protocol).items():
        if isinstance(kind, type) and hasattr(kind, "from_text") and name == kind.__name__:
            if any(noun(kind) in row.type for row in rows):
                yield kind


def _shape(says: str) -> str:
    return says.removesuffix(" or nothing").replace("'", "`")


# --- vocabulary ------------------------------------------------------------------------------------------------------


def terms() -> str:
    """Every term of the shared vocabulary."""
    shelves = groupby(vocabulary().items(), key=lambda each: each[0].partition(".")[0])
    return "\n\n".join(
        [
            "# The shared vocabulary",
            "An item says `use: labs.platelets` and has the label, type, unit and bounds of that term; what it says itself "
            "comes first. *Possible*: an answer outside is refused. *Likely*: an answer outside raises a query. A derived "
            "term is no item: a study that records its ingredients may use its name in expressions, or rename it under "
            "`define` with `use`.",
            *("\n\n".join([f"## {shelf}", *(_term(name, term) for name, term in group)]) for shelf, group in shelves),
        ]
    )


def _term(name: str, term: Term) -> str:
    lines = [f"**`{name}`**: {term.label or term.name}. {term.says}".strip(), ""]
    lines.append(f"- {_kind(term)}")
    if term.units:
        lines.append(f"- also in {', '.join(term.units)}")
    if term.molar_mass is not None:
        lines.append(f"- molar mass {term.molar_mass}")
    if term.range is not None:
        lines.append(f"- possible: {term.range}")
    if term.expect is not None:
        lines.append(f"- likely: {term.expect}")
    if isinstance(term.of, Mapping) and term.of:
        lines.append("- " + "; ".join(f"`{code}` {says}" for code, says in term.of.items()))
    if term.labels:
        lines.append("- " + "; ".join(f"{code}: {says}" for code, says in term.labels.items()))
    for grade in term.grades:
        lines.append(f"- grade {grade.grade}: `{grade.when}`")
    for code, cycle in term.cycle.items():
        lines.append(f"- a cycle of `{code}` lasts {cycle.lasts} ({cycle.source})")
    if term.derive:
        lines.append(f"- derived: `{term.derive}`")
    if term.codes:
        lines.append("- " + ", ".join(f"{system} {code}" for system, code in term.codes.items()))
    if term.source:
        lines.append(f"- source: {term.source}")
    return "\n".join(lines)


def _item(name: str, item: Item) -> str:
    return f"`{name}` ({_kind(item)})"


def _kind(item: Item) -> str:
    """The type of an item, its unit, and the codes that it takes."""
    told = (item.type or "").replace("_", " ")
    if item.unit:
        told += f" in {item.unit}"
    if item.options and not isinstance(item.of, Mapping):
        told += ": " + ", ".join(f"`{each}`" for each in item.options)
    return told + (", from least to most" if item.ordered else "")


# --- commands --------------------------------------------------------------------------------------------------------


def commands() -> str:
    """Every verb of the command line."""
    from equipoise.command import _app

    group = typer.main.get_command(_app)
    verbs: Mapping[str, object] = group.commands  # type: ignore[attr-defined]
    parts = [
        "# Commands",
        "Where a study is asked for, the name of one that comes with equipoise will do: `equipoise check batch-rfa-crlm`. A "
        "verb exits with 0 if all is well, 1 if what it was given has errors, 2 if the command itself is mistaken, and 70 for "
        "a fault of equipoise. `equipoise --help` and `equipoise VERB --help` say what stands here.",
    ]
    for name, verb in verbs.items():
        parts.append(f"## {name}\n\n{cleandoc(verb.help or '')}")  # type: ignore[attr-defined]
        rows = []
        usage = [f"equipoise {name}"]
        for each in verb.params:  # type: ignore[attr-defined]
            if each.param_type_name == "argument":
                called = (each.metavar or each.name).upper()
                called += "..." if each.nargs == -1 else ""
                usage.append(called if each.required else f"[{called}]")
                rows.append((f"`{called}`{'*' if each.required else ''}", each.help or ""))
            else:
                rows.append((f"`{', '.join(each.opts)}`", each.help or ""))
        parts.append(f"`{' '.join(usage)}`")
        if rows:
            parts.append(_table(("", ""), rows))
    return "\n\n".join(parts)


# --- findings --------------------------------------------------------------------------------------------------------


def findings() -> str:
    """Every finding, by family, with the smallest study in which its rule wakes."""
    known = pages_of_findings()
    parts = [
        "# Findings",
        "What `equipoise check` finds in a study, and other verbs in events and tables. `equipoise explain NAME` prints what "
        "stands here. [How to check a protocol](../how-to/check-a-protocol.md) shows them at work. An *error* can be proven and "
        "has to be mended before the file is used, a *warning* is likely a fault, a *note* is good to know. Under a rule stands "
        "the smallest study that wakes it: where the lines with − are replaced by those with +, it sleeps.",
    ]
    for family, those in groupby(known.values(), key=lambda each: each.family):
        parts.append(f"## {family[0].upper()}{family[1:]}")
        for each in those:
            parts.append(f"### {each.name}\n\n*{each.weight.capitalize()}.* {each.markdown}")
            if told := each.example:
                parts += [f"```diff\n{told}\n```", _woken(each.name)]
    return "\n\n".join(parts)


def _woken(name: str) -> str:
    """What a rule says of the smallest study in which it wakes."""
    file = examples() / name.replace("-", "_") / "wakes.yaml"
    woken = [each for each in study(file, file=file.name).check() if each.rule == name]
    return "\n".join(f"> {each.says}{f'; *help*: {each.fix}' if each.fix else ''}  " for each in woken).rstrip()


# --- endpoints and kernels -------------------------------------------------------------------------------------------


def kinds() -> str:
    """Every kind of endpoint."""
    parts = [
        "# Kinds of endpoint",
        "`kind` says how an endpoint is read from a chart. The words that each takes are those of "
        "[endpoint](language.md#endpoint).",
    ]
    by_module = groupby(endpoints.KINDS.items(), key=lambda each: each[1].__module__)
    for module, group in by_module:
        told = list(group)
        parts.append(" ".join(f"`{name}`" for name, _ in told).join(("## ", "")))
        parts.append(_page(sys.modules[module].__doc__ or ""))
        if len(told) > 1:
            parts.append(_list((f"`{name}`", _first(reads)) for name, reads in told))
    return "\n\n".join(parts)


def analyses() -> str:
    """What is done with an endpoint of each kind, by which methods and tests."""
    parts = [
        "# Analyses",
        _page(analysis.__doc__ or ""),
        "Under each kind of endpoint stand the methods and tests that it knows; methods that need more to be said have a "
        "heading of their own, after the kinds.",
    ]
    by_module = groupby(analysis.KINDS.items(), key=lambda each: each[1][0].__module__)
    for module, group in by_module:
        told = list(group)
        _, (_, methods, tests) = told[0]
        parts.append("## " + " ".join(f"`{name}`" for name, _ in told))
        parts.append(_page(sys.modules[module].__doc__ or ""))
        words = [("method", methods), ("test", tests)]
        parts.append(_list((f"`{name}`", f"{_codes(known)}.") for name, known in words if any(known)))
        elsewhere = {name: ", ".join(f"`{each}`" for each in analysis.PARTICULAR[name]) for name, _ in told}
        parts.append(_list((f"`method` of `{name}`, below", f"{codes}.") for name, codes in elsewhere.items() if codes))
    parts += [
        "## Looks, and what may change at them",
        _page(sys.modules["equipoise.analysis.adapted"].__doc__ or ""),
        _page(stages.__doc__ or ""),
    ]
    return "\n\n".join([*parts, *_particular()])


def _particular() -> Iterator[str]:
    """The methods that are done elsewhere than the others of their kind: which kinds take each, and what it does."""
    found: dict[str, dict[str, list[str]]] = {}
    for kind, methods in analysis.PARTICULAR.items():
        for name, does in methods.items():
            found.setdefault(does.__module__, {}).setdefault(name, []).append(kind)
    found[fair.__name__] = {name: list(fair.KINDS) for name in fair.METHODS}
    for module, told in found.items():
        yield "## " + " ".join(f"`{name}`" for name in told)
        kinds_ = dict.fromkeys(kind for each in told.values() for kind in each)
        yield f"*For an endpoint of kind*: {_codes(kinds_)}."
        yield _page(sys.modules[module].__doc__ or "")


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{each}`" for each in names if each)


def assumptions() -> str:
    """What simulation assumes and takes for granted."""
    return "\n\n".join(
        [
            "# Simulation",
            _page(simulation.__doc__ or ""),
            "## What an assumption may be named after",
            "An item, a judgement, a step at which people decide or that is repeated, an activity that happens by itself, "
            f"and these words: {_codes(WORDS)}. [The words of an assumption](language.md#assumption).",
            "## What things cost",
            _page(costs.__doc__ or ""),
            "The participants are **virtual**: every page that shows them says so.",
        ]
    )


def plans() -> str:
    """What a trial as planned can find, and what that takes for granted."""
    numbered = {name: usual for name, (_, _, usual) in protocol.Spending.NUMBERS.items()}
    return "\n\n".join(
        [
            "# Design",
            _page(prospects.__doc__ or ""),
            "## How an error is spent",
            "The words of `spending` and of `futility`, with the number that each takes where it takes one, and what it is where "
            "it is left out. `wang_tsiatis 0` is O'Brien and Fleming's boundary, `wang_tsiatis 0.5` Pocock's; that and "
            "`haybittle_peto` are shapes, for looks that come when they were planned, the others functions of the information.",
            _list((f"`{name}`", f"{usual:g}" if usual is not None else "no number") for name, usual in numbered.items()),
            "[How to plan a trial](../how-to/plan-a-trial.md); [the words of an analysis](language.md#analysis).",
        ]
    )


def expected() -> str:
    """What a trial run many times tells, and how."""
    from equipoise.rehearsal import as_written, guesses, variations

    return "\n\n".join(
        [
            "# Operating characteristics",
            _page(rehearsals.__doc__ or ""),
            "## What may change at a look",
            _page(sys.modules["equipoise.rehearsal.adapting"].__doc__ or ""),
            _page(as_written.__doc__ or ""),
            "## Guessing the next arm",
            _page(guesses.__doc__ or ""),
            "## What can be varied",
            _page(variations.__doc__ or ""),
            _list((f"`{name}`", label) for name, (label, _, _) in variations.SHORT.items()),
            "[How to simulate a trial](../how-to/simulate-a-trial.md).",
        ]
    )


def estimators() -> str:
    """Every kernel: what it gives and where it comes from."""
    parts = [
        "# Kernels",
        "Estimators: arrays in, arrays out. They know numpy and nothing about trials. "
        "[How the numbers are validated](../explanation/numbers.md) says against what each is held.",
    ]
    for file in sorted(Path(kernels.__file__).parent.glob("*.py")):
        text = ast.parse(file.read_text(encoding="utf-8"))
        public = [each for each in text.body if isinstance(each, ast.FunctionDef) and not each.name.startswith("_")]
        if not public:
            continue
        parts += [f"## {file.stem}", _page(ast.get_docstring(text) or "")]
        for each in public:
            says = ast.get_docstring(each) or ""
            words = [arg.arg for arg in (*each.args.args, *each.args.kwonlyargs)]
            lines = [f"**`{each.name}({', '.join(words)})`**: {says.splitlines()[0] if says else ''}"]
            if source := _section(says, "Source"):
                lines.append(f"*Source*: {source}")
            parts.append("\n".join(f"{line}  " if line is not lines[-1] else line for line in lines))
    return "\n\n".join(parts)


def registers() -> str:
    """Readers of registers' records and pages, and the fields of the record they give."""
    rows = [
        (f"`{name}`", f"{field.kind.replace('_', ' ')}, {'several' if field.is_list else 'one'}", field.says)
        for name, field in FIELDS.items()
    ]
    left_out: dict[str, list[str]] = {}
    for way, why in ctgov_v2.WAYS.left_out.items():
        left_out.setdefault(why, []).append(f"`{way}`")
    parts = [
        "# Records of trials",
        "What a register or a page says of one trial becomes a record: `equipoise.registries.read_record`. "
        "[How to read one](../how-to/read-a-record.md).",
        "## Readers",
        _list((reader.name, reader.says) for reader in READERS),
        "A page is read by its layout, whatever its site: a label and its value on one line or the next, tables, headings, pairs "
        "between lines of `---`, and bare values that their kind tells. Each line is taken by a field, or is a label, or is found "
        "as left.",
        "## Fields",
        "Each holds all that is said of it: the value, the text as it stood, the way to it (or its label), file, line and column, "
        "the reader, the confidence (*sure*: a structured field; *likely*: labelled on a page; *unsure*: its label is lost), and of "
        "dates and numbers whether they have happened (*actual*) or are planned (*expected*).",
        _table(("field", "holds", "is"), rows),
        "## What is left out of ClinicalTrials.gov",
        "A test walks the API's own description: each of its leaves is a field above or stands here.",
        _table(("why", "what"), [(why, ", ".join(ways)) for why, ways in left_out.items()]),
        "## What is found",
        _list(FINDINGS.items()),
    ]
    return "\n\n".join(parts)


# --- prose -----------------------------------------------------------------------------------------------------------


def _first(thing: type | Callable[..., object]) -> str:
    return (getdoc(thing) or "").split("\n")[0]


def _section(docstring: str, name: str) -> str:
    """What stands under a heading of a docstring, on one line."""
    lines = docstring.splitlines()
    if f"{name}:" not in lines:
        return ""
    found = []
    for line in lines[lines.index(f"{name}:") + 1 :]:
        if line and not line.startswith(" "):
            break
        found.append(line.strip())
    return " ".join(" ".join(found).split())


def _page(docstring: str) -> str:
    """A module's docstring as Markdown: headings over indented paragraphs become bold words."""
    lines = []
    for paragraph in cleandoc(docstring).split("\n\n"):
        head, _, rest = paragraph.partition("\n")
        if head.startswith("- "):
            lines.append(paragraph)
        elif rest.startswith(" ") and not head.startswith(" "):
            lines.append(f"**{head.rstrip(':')}.** {' '.join(rest.split())}")
        else:
            lines.append(" ".join(paragraph.split()))
    return "\n\n".join(lines)


def _list(rows: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"- **{name}**: {says}" if "`" not in name else f"- {name}: {says}" for name, says in rows)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    lines += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
