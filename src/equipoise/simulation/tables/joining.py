"""Who may join, and how they come to their arms."""

from collections.abc import Callable
from typing import Any

from ...expression.tree import Kind, Rows, Today, Tree, parts
from ...study import ALIVE
from ..allocation import PLACES, once_each
from ..assumptions import DAYS_PER_MONTH
from ..site import record
from ..statements import NotCompiled
from .table import Tables, all_drawings


def joining(t: Tables) -> None:
    """Criteria, cohorts, groups, what is known before enrolment, and how arms are drawn."""
    r, made, allocation = t.r, t.made, t.protocol.allocation
    r.is_retrospective, r.needs_consent = made.is_retrospective, made.needs_consent
    r.accrual_days = DAYS_PER_MONTH / float(t.protocol.assumptions["accrual"].per_month or 0)
    t.room(len(made.rules), record.RULES, "criteria")
    for index, each in enumerate(made.rules):

        def satisfied(writer: Any, each: Any = each) -> str:
            return _satisfied(writer, each, list(t.protocol.cohorts))

        try:
            r.rule[index] = t.statements.joined(satisfied, ("rule", index))
        except NotCompiled as why:
            raise NotCompiled(f"criterion '{each.criterion.id}' is not compiled: {why}") from None
    r.n_rules = len(made.rules)
    trees = [
        tree for each in made.rules for tree in (each.tree, *each.groups, *(of for _, of in each.cohorts)) if tree is not None
    ]
    r.rules_ask_for_today = any(
        isinstance(part, Today) or (isinstance(part, Rows) and part.form == ALIVE) for tree in trees for part in parts(tree)
    )
    for index, (cohort, tree) in enumerate(made.cohorts):
        r.cohort_member[index] = -1 if tree is None else t.tree(tree, f"cohort '{cohort.name}'")
        r.cohort_is_past[index] = cohort.perspective == "retrospective"
    for index, name in enumerate(t.protocol.groups):
        r.group_key[index] = t.keys.index(name)
        wanted = any(name in drawing.keys for drawing in all_drawings(t.made))
        member = t.protocol.groups[name].member
        r.group_member[index] = t.statement(member, f"group '{name}'") if wanted else -1
    r.n_groups = len(t.protocol.groups)
    r.n_baseline = len(made.baseline)
    r.baseline[: len(made.baseline)] = [t.form(name) for name in made.baseline]
    r.allocates, r.allocates_on_path = t.form(made.allocates), made.allocates in made.asked
    r.allocated_after = t.form((allocation.after if allocation is not None else "") or "enrolment")
    once = once_each(tuple(t.protocol.arms), allocation)
    t.room(len(once), 64, "parts of the ratio")
    arms = list(t.protocol.arms)
    r.n_once = len(once)
    r.once[: len(once)] = [arms.index(arm) for arm in once]
    r.by_blocks = allocation is not None and allocation.method == "permuted_blocks"
    sizes = (allocation.blocks if allocation is not None else ()) or (len(once),)
    t.room(len(sizes), 16, "sizes of blocks")
    t.room(max(sizes), PLACES, "places of a block")
    r.n_sizes = len(sizes)
    r.sizes[: len(sizes)] = sizes
    t.room(len(made.strata), 8, "strata")
    for index, tree in enumerate(made.strata):
        r.strata[index] = t.tree(tree, "a stratum")
        r.is_truth[index] = tree.type.kind is Kind.TRUTH
    r.n_strata = len(made.strata)


def judged(t: Tables) -> None:
    """What those who judge say where nothing else is assumed: nothing stands in the way."""
    rules = [each for each in t.made.rules if each.criterion.id in t.study.activities["judgement"].items]
    for index, each in enumerate(rules):
        t.r.judged_column[index] = t.statements.columns.get(("judgement", each.criterion.id), -1)
        t.r.judged[index] = not each.is_barred
    t.r.n_judged = len(rules)


def _satisfied(writer: Any, rule: Any, cohorts: list[str]) -> str:
    """Whether a criterion is satisfied, by those to whom it applies."""

    def member(name: str, tree: Tree | None) -> str:
        told = writer.new("2") if tree is None else writer.truth(tree, ())
        return str(writer.new(f"int(s.cohort == {cohorts.index(name)}) if s.cohort >= 0 else {told}"))

    applies: list[Callable[[], str]] = [lambda name=name, tree=tree: member(name, tree) for name, tree in rule.cohorts]  # type: ignore[misc]
    applies += [lambda tree=tree: writer.truth(tree, ()) for tree in rule.groups]  # type: ignore[misc]

    def found() -> str:
        truth = writer.truth(rule.tree, ())
        return str(writer.new(f"2 if {truth} == 2 else 1 - {truth}")) if rule.is_barred else str(truth)

    if not applies:
        return found()
    about = writer.junction(applies, False)
    outside = writer.new(f"2 if {about} == 2 else 1 - {about}")
    return str(writer.junction([lambda: outside, found], False))
