"""What a study says, as the record that the compiled site reads: each file writes one part of it."""

from datetime import date

from ...expression.tree import Constant, Field, Pick, Quantified
from ..draws import COUNT, DIAMETER, JOINING, ORGAN
from ..plan import Plan
from ..site import record
from .answers import answers, idle
from .assumed import missed, recruitment
from .endpoints import endpoints
from .joining import joining
from .pathway import pathway
from .schedule import schedule
from .table import Tables


def tables(made: Plan) -> tuple[Tables, tuple[str, ...], tuple[str, ...]]:
    """The tables of a plan, the endpoints that are evaluated, and why others are left out.

    Raises:
        NotCompiled: The study says something that the fast interpreter does not do.
    """
    t = Tables(made)
    r, protocol = t.r, t.protocol
    t.room(len(t.forms), record.FORMS, "activities")
    t.room(len(t.steps), record.STEPS, "steps")
    t.room(len(t.keys), record.KEYS, "arms, cohorts and groups")
    for month in range(record.MONTHS):
        number = record.FIRST_MONTH + month
        r.first_day[month] = date(number // 12, number % 12 + 1, 1).toordinal()
    r.n_forms, r.n_steps, r.start = len(t.forms), len(t.steps), made.start.toordinal()
    r.follows_lesions, r.response_at_baseline = made.follows_lesions, made.response_at_baseline
    for name in ("enrolment", "consent", "judgement", "death", "withdrawal", "last_contact"):
        r[name] = t.form(name)
    r.n_arms, r.n_cohorts, r.n_sites = len(protocol.arms), len(protocol.cohorts), len(protocol.sites)
    recruitment(t)
    missed(t)
    joining(t)
    pathway(t)
    schedule(t)
    of_course = set(t.statements.known)
    told, left_out = endpoints(t)
    answers(t)
    t.room(len(t.statements.bodies), record.STATEMENTS, "statements")
    _plain(t)
    for number, columns in enumerate(t.statements.needs):
        needs = [column for column in columns if r.is_lazy[column]]
        t.room(len(needs), 24, "items of one statement")
        r.n_needs[number], r.needs[number, : len(needs)] = len(needs), needs
    idle(t, of_course)
    r.looks_at_size = t.statements.looks_at_size or r.organ_drawing >= 0
    _lanes(t)
    r.n_all_columns, r.n_memories = len(t.statements.columns), len(t.memories)
    return t, told, left_out


def _lanes(t: Tables) -> None:
    """What is drawn the first time is drawn together: the slots of which anything is get a lane each, as far as there are."""
    r = t.r
    drawn = {JOINING, *r.slot[: len(t.drawings)], *r.together_slot[: r.n_together]}
    drawn |= {r.missed_slot[t.form(name)] for name in t.made.missed}
    if r.follows_lesions:
        drawn |= {COUNT, DIAMETER, ORGAN}
    drawn -= {*r.step_slot[: len(t.steps)]}  # the first stay at a step has number 1
    these = sorted(slot for slot in drawn if slot < record.SLOTS)[: record.FIRSTS * record.LANES]
    r.lane[:] = -1
    r.lane[these] = range(len(these))
    r.slot_at[: len(these)] = these


def _plain(t: Tables) -> None:
    """The statements that ask no more than whether something ever took place, or when first or last."""
    for (tree, _), number in t.statements.known.items():
        match tree:
            case Quantified(op="any", rows=rows, of=Constant(value=True)):
                plain = int(rows.form in t.protocol.closed)
            case Pick(rows=rows, of=Field(name="on", form=form), which="first" | "last") if form == rows.form:
                plain = 2 if tree.which == "first" else 3
            case _:
                continue
        if rows.where is None and not rows.answered and not rows.another and rows.form in t.statements.forms:
            t.r.plain[number], t.r.plain_form[number] = plain, t.statements.forms[rows.form]
