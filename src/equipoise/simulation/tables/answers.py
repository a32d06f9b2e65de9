"""The answers to the items of forms, what happens by itself, and which activities leave everything as it is."""

from collections.abc import Iterable, Mapping
from typing import Any

from ...expression.grammar import LESIONS
from ...expression.tree import Rows, Today, Tree, parts
from ...protocol import LESION_FACTS
from ...study import ALIVE
from ..assumptions import chances
from ..plan import RESPONSES, trees_of
from ..site import record
from .assumed import factors, together
from .joining import judged
from .table import Tables, all_drawings

RESPONSE_CODES = {"CR": 1, "PR": 2, "SD": 3, "PD": 4}
TODAY = "today"


def answers(t: Tables) -> None:
    """The answers that anybody looks at, what takes time to arrange, lesions, and what happens by itself."""
    r, made = t.r, t.made
    r.arm_drawing = r.from_drawing = r.site_drawing = r.cohort_drawing = -1
    r.from_column = t.statements.column("withdrawal", "from")
    options = t.study.activities["withdrawal"].items["from"].options
    for word in ("treatment", "follow_up", "consent"):
        r[f"from_{word}"] = options.index(word) if word in options else -9
    together(t)
    _looked_further(t)
    judged(t)
    t.room(len(t.statements.columns), record.COLUMNS, "items that are looked at")
    r.is_lazy[:] = 0
    homes: dict[str, int] = {}
    for form in t.study.activities:
        for drawing in made.drawings[form]:
            homes[drawing.item.name] = homes.get(drawing.item.name, 0) + 1
    r.arm_column = t.statements.columns.get((made.allocates, "arm"), -1)
    r.site_column = t.statements.columns.get(("enrolment", "site"), -1)
    r.cohort_column = t.statements.columns.get(("enrolment", "cohort"), -1)
    for form, index in t.forms.items():
        _form(t, form, index, homes)
    for is_lazy in (0, 1):  # the others stand first: they are blank until they are answered
        for (form, _), column in t.statements.columns.items():
            if r.is_lazy[column] == is_lazy:
                index = t.form(form)
                r.columns[index, r.n_columns[index]] = column
                r.n_columns[index] += 1
                r.n_blank[index] += 1 - is_lazy
    for name, drawing in made.delays.items():
        index = t.form(name)
        r.delay_slot[index] = made.slots["delay", name][0]
        r.delay[index] = t.drawing(drawing, r.delay_slot[index], 0, form=index)
    for name, word in (("lesion_count", "count_drawing"), ("diameter", "diameter_drawing"), ("organ", "organ_drawing")):
        r[word] = t.drawing(made.words[name], 0, 0, form=-1) if name in made.words else -1
    r.liver = LESION_FACTS["organ"].options.index("liver")
    _clocks(t)
    t.room(len(t.drawings), record.DRAWINGS, "things that are drawn")


def _looked_further(t: Tables) -> None:
    """What decides whether an item is answered, or whether something happens, is looked at as well."""
    made = t.made
    for clocks in made.clocks.values():
        for name, drawing in clocks:
            t.statement(drawing.assumed.when, f"'{name}'")
            for factor in drawing.assumed.factors:
                t.statement(factor.when, f"a factor of '{name}'")
    size = -1
    while size < len(t.statements.columns):
        size = len(t.statements.columns)
        for form in t.study.activities:
            for drawing in made.drawings[form]:
                item = drawing.item
                is_response = frozenset(item.options) >= RESPONSES and made.follows_lesions
                if (form, item.name) in t.statements.columns or is_response:
                    t.statement(item.when, f"item '{item.name}'")
                    t.statement(drawing.assumed.when, f"item '{item.name}'")


def _form(t: Tables, form: str, index: int, homes: Mapping[str, int]) -> None:
    r, made = t.r, t.made
    items = t.study.activities[form].items
    sets = [item for item in items.values() if item.type == "lesions"]
    t.room(len(sets), 4, f"sets of lesions in '{form}'")
    for drawing in made.drawings[form]:
        item = drawing.item
        if item.type == "lesions":
            continue
        column = t.statements.columns.get((form, item.name), -1)
        is_response = frozenset(item.options) >= RESPONSES
        special = {("enrolment", "site"): "site_drawing", ("enrolment", "cohort"): "cohort_drawing",
                   (made.allocates, "arm"): "arm_drawing", ("withdrawal", "from"): "from_drawing"}.get((form, item.name))  # fmt: skip
        if column < 0 and not (is_response and made.follows_lesions) and special is None:
            continue
        d = t.drawing(drawing, *made.slots["item", form, item.name], form=index)
        if special is not None:
            r[special] = d
        if special in ("site_drawing", "cohort_drawing"):
            continue
        r.column[d], r.is_response[d], r.together[d] = column, is_response, t.together(item)
        for code, option in enumerate(item.options):
            if is_response and code < 16:
                r.code_response[d, code] = RESPONSE_CODES.get(option, 5)
        asked = [each for each in (item.when, drawing.assumed.when) if each is not None]
        r.n_when[d] = len(asked)
        for number, each in enumerate(asked):
            r.when[d, number] = t.statement(each, f"item '{item.name}'")
        lazy = (
            r.kind[d] == 0 and column >= 0 and not asked and not drawing.keys and form not in made.requires and not sets
            and homes[item.name] == 1 and form not in ("enrolment", "judgement") and t.together(item) < 0
        )  # fmt: skip
        if column >= 0:
            r.drawn_in[column], r.is_lazy[column] = d, lazy
        if not lazy:
            t.room(int(r.n_drawn[index]) + 1, 64, f"items of '{form}'")
            r.drawn[index, r.n_drawn[index]] = d
            r.n_drawn[index] += 1
    assumed = {each.item.name: each for each in made.drawings[form]}
    for number, item in enumerate(sets):
        r.set_column[index, number] = t.statements.columns.get((form, item.name), -1)
        r.sets[index, number] = -1
        if item.name in assumed:
            d = r.sets[index, number] = t.drawing(assumed[item.name], *made.slots["item", form, item.name], form=index)
            r.together[d] = t.together(item)
    r.n_sets[index] = len(sets)


def _clocks(t: Tables) -> None:
    r, made = t.r, t.made
    known: dict[str, int] = {}
    for origin, each in made.clocks.items():
        start = t.form(origin)
        for name, drawing in each:
            if name not in known:
                d = known[name] = t.drawing(drawing, *made.slots["clock", name], form=t.form(name))
                assumed = drawing.assumed
                r.is_by_month[d] = assumed.per_month is not None
                r.per_month[d] = float(assumed.per_month or 0)
                r.happens_when[d] = t.statement(assumed.when, f"'{name}'")
                r.has_spread[d] = assumed.distribution is not None
                factors(t, drawing, d)
                for key, word in enumerate(t.keys):
                    if r.has_key[d, key] and assumed.chances:
                        given = chances(assumed, word)
                        for form, index in t.forms.items():
                            r.chance_after[d, key, index] = given.get(form, given.get("yes", 0.0))
            if start < 0:
                continue
            t.room(int(r.n_starts[start]) + 1, record.PER_FORM, f"things that begin with '{origin}'")
            r.starts[start, r.n_starts[start]] = known[name]
            r.n_starts[start] += 1


def idle(t: Tables, of_course: set[tuple[object, str]]) -> None:
    """Which activities leave everything as it is while no step asks for them, or once the pathway is over."""
    r, made = t.r, t.made
    trees: list[Any] = [each.settled for drawing in all_drawings(t.made)
                        for each in (drawing.item.when, drawing.assumed.when) if each]  # fmt: skip
    trees += [factor.when.settled for drawing in all_drawings(t.made) for factor in drawing.assumed.factors]
    trees += [tree for _, tree in made.cohorts if tree is not None]
    trees += [group.member.settled for group in t.protocol.groups.values()]
    for rule in made.rules:
        trees += [rule.tree, *rule.groups, *(member for _, member in rule.cohorts if member is not None)]
    for line in t.protocol.schedule:
        trees += [tree for _, tree in trees_of(line)]
    later_ = _looked_at(trees)
    of_lines = _looked_at(tree for line in t.protocol.schedule for _, tree in trees_of(line))
    anywhere = t.protocol.pathway.anywhere if t.protocol.pathway is not None else ()
    r.can_wait = not t.risks and not any(each.on == "withdrawal" and each.when is not None for each in anywhere)
    of_steps = [tree for tree, _ in of_course if isinstance(tree, Tree)]
    always = later_ | _looked_at(of_steps)
    begins = t.protocol.pathway.begins if t.protocol.pathway is not None else ""
    for name, index in t.forms.items():
        moves = (
            r.treats[index] or r.shows_lesions[index] or r.n_sets[index] or r.n_starts[index] or r.reacts[index]
            or r.watched[index] or r.on_path[index] or name in ("enrolment", "death", "withdrawal", begins)
        )  # fmt: skip
        drawn = [column for column in r.columns[index, : r.n_columns[index]] if not r.is_lazy[column]]
        r.is_idle[index] = 0 if moves or TODAY in later_ or name in later_ else 2 if TODAY in always or name in always else 1
        is_plain = not (r.has_requires[index] or r.n_drawn[index] or drawn or r.is_apart[index] or name in made.missed)
        r.is_quick[index] = r.is_idle[index] if is_plain else 0
        touches_lesions = r.treats[index] or r.shows_lesions[index] or r.n_sets[index]
        r.is_mere[index] = not (
            r.is_quick[index] or r.has_requires[index] or r.reacts[index] or r.watched[index] or TODAY in of_lines
            or name in of_lines or (touches_lesions and LESIONS in of_lines)
            or name in ("enrolment", "death", "withdrawal", "randomisation", "assignment", begins)
        )  # fmt: skip
        for d in r.drawn[index, : r.n_drawn[index]]:
            if r.memory[d] >= 0 and r.column[d] >= 0:
                r.kept[index, r.n_kept[index]] = d
                r.n_kept[index] += 1


def _looked_at(trees: Iterable[Tree]) -> set[str]:
    """The forms whose rows trees look at; `today` where one asks for the day itself, or until when somebody lived."""
    found = set()
    for tree in trees:
        for part in parts(tree):
            if isinstance(part, Rows):
                found.add(TODAY if part.form == ALIVE else part.form)
            elif isinstance(part, Today):
                found.add(TODAY)
    return found
