"""The fast interpreter: a study's protocol and assumptions as tables and machine code, and its participants as arrays.

It gives the participants that `virtual` gives, without their events: what became of each, and what each endpoint comes
to. What it cannot do it refuses, with a sentence that names it (`NotCompiled`); an endpoint of a kind that has no single
outcome is left out, and said so (`left_out`).
"""

import hashlib
import importlib.util
import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ..calendar import NO_TIME, Span
from ..endpoints.measurement import A_MONTH, defined
from ..expression.grammar import LESIONS
from ..expression.tree import Kind, Pick, Rows, Today, Tree, parts
from ..protocol import Endpoint, Item, Line, Moment, Step
from ..study import ALIVE, Study, each_time
from .agenda import offsets
from .allocation import PLACES, once_each
from .assumptions import DAYS_PER_MONTH, Spread, assumption_findings, chances
from .inverse import KINDS
from .lacking import lacking
from .participants import Unassumed, horizon, virtual
from .plan import RESPONSES, Drawing, Plan, consulted, plan, trees_of
from .statements import NotCompiled, Statements, looks_at

RESPONSE_CODES = {"CR": 1, "PR": 2, "SD": 3, "PD": 4}
COMBINED = {"sum": 1, "mean": 2, "worst": 3, "best": 4, "last": 0}
STATUSES = {0: "censored", 1: "event", 2: "competing", -1: "outside", -2: "absent", -3: "too short"}
"""What a status says: of an occurrence, `event` that it happened and `censored` that it did not."""

PEOPLE = (
    "joined", "screened", "arm", "cohort", "site", "enrolled_on", "died_on", "withdrew_on", "alive_on", "lesions",
    "lesions_treated", "lesions_left",
)  # fmt: skip
BATCH = 50_000
"""Participants drawn at one go; memory does not grow with their number beyond it."""


@dataclass(frozen=True)
class Compiled:
    """A study made ready: `forms`, `steps` and `endpoints` name the columns of what `participants` gives."""

    study: Study
    forms: tuple[str, ...]
    steps: tuple[str, ...]
    endpoints: tuple[str, ...]
    left_out: tuple[str, ...]
    tables: np.ndarray
    answer: Any = field(repr=False)
    horizon: Span = NO_TIME

    def participants(
        self, size: int, *, seed: int, trials: int = 1, first_trial: int = 0, until: date | None = None, cores: int = 1
    ) -> "Drawn":
        """Participants of trials, `size` of each: those that `virtual` draws with this seed and trial.

        Args:
            size: How many join a trial.
            seed: The seed, below 2⁶⁴.
            trials: How many trials.
            first_trial: The number of the first.
            until: The last day on which anything is recorded; unsaid, as `virtual` has it.
            cores: How many threads; they change nothing in what is drawn.

        Raises:
            Overflow: A participant does not fit the room that the fast interpreter has.
            Unassumed: Nobody who is drawn is eligible.
        """
        drawn = Drawn.empty(self, size * trials)
        cuts = [trials * core // cores for core in range(cores + 1)]
        shares = [(first, end) for first, end in pairwise(cuts) if end > first]

        def share(ends: tuple[int, int]) -> None:
            self._run(drawn, size, seed, first_trial, ends, until)

        if len(shares) == 1:
            share(shares[0])
        else:
            with ThreadPoolExecutor(len(shares)) as pool:
                list(pool.map(share, shares))
        return drawn

    def _run(self, drawn: "Drawn", size: int, seed: int, first_trial: int, ends: tuple[int, int], until: date | None) -> None:
        from . import site

        state = np.zeros(1, site.STATE)
        rows = slice(ends[0] * size, ends[1] * size)
        last = until.toordinal() if until is not None else site.NO_DAY
        at = site.run(
            state, self.tables, self.answer.address, seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF, first_trial + ends[0],
            ends[1] - ends[0], size, self.horizon.days, self.horizon.months, last, drawn.people[rows], drawn.counts[rows],
            drawn.first_days[rows], drawn.last_days[rows], drawn.entries[rows], drawn.days_in[rows], drawn.statuses[rows],
            drawn.values[rows], drawn.moments[rows],
        )  # fmt: skip
        if at >= 0:
            trial, index = divmod(int(at), size)
            if int(state["fault"][0]) == site.NOBODY:  # the reference says who stood in the way
                virtual(self.study, index + 1, seed=seed, trial=first_trial + ends[0] + trial, until=date.max)
            says = site.FAULTS[int(state["fault"][0])]
            raise Overflow(f"participant V{index + 1:03} of trial {first_trial + ends[0] + trial}: {says}")

    def batches(
        self, size: int, *, seed: int, trials: int, first_trial: int = 0, until: date | None = None, cores: int = 1
    ) -> Iterator["Drawn"]:
        """The same, so many at a go: memory stays as it is however many trials there are."""
        at_once = max(1, BATCH // max(size, 1)) * cores
        for first in range(0, trials, at_once):
            yield self.participants(
                size, seed=seed, trials=min(at_once, trials - first), first_trial=first_trial + first, until=until, cores=cores
            )  # fmt: skip


class Overflow(Exception):
    """Something about a participant that the fast interpreter has no room for; `virtual` has."""


@dataclass(frozen=True)
class Drawn:
    """What became of participants, a row for each; days are counted as `date.toordinal` counts them, 0 is none.

    `people` holds the columns `PEOPLE`; `counts`, `first_days` and `last_days` are by activity, `entries` and `days_in`
    by step, `statuses`, `values` and `moments` by endpoint: days, a count or a measured value, and the day it is of.
    """

    of: Compiled
    people: np.ndarray
    counts: np.ndarray
    first_days: np.ndarray
    last_days: np.ndarray
    entries: np.ndarray
    days_in: np.ndarray
    statuses: np.ndarray
    values: np.ndarray
    moments: np.ndarray

    @classmethod
    def empty(cls, of: Compiled, rows: int) -> "Drawn":
        """Room for so many."""
        forms, steps, endpoints = len(of.forms), len(of.steps), len(of.endpoints)
        whole = [np.zeros((rows, size), np.int32) for size in (len(PEOPLE), forms, forms, forms, steps, steps, endpoints)]
        people, counts, first, last, entries, days_in, statuses = whole
        values, moments = np.zeros((rows, endpoints)), np.zeros((rows, endpoints), np.int32)
        return cls(of, people, counts, first, last, entries, days_in, statuses, values, moments)

    def person(self, what: str) -> np.ndarray:
        """One column of `people`, by its name."""
        found: np.ndarray = self.people[:, PEOPLE.index(what)]
        return found


# --- making a study ready --------------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def compiled(study: Study) -> Compiled:
    """A study made ready for the fast interpreter.

    Raises:
        Unassumed: Something is not assumed that would be needed.
        NotCompiled: It says something that the fast interpreter does not do; the sentence names it.
    """
    wrong = (*assumption_findings(study), *lacking(study))
    if wrong:
        raise Unassumed(wrong)
    if study.earlier:
        raise NotCompiled("a study with earlier versions is not compiled: who consents to which is not drawn")
    return _Tables(plan(study)).whole()


class _Record:
    """The one record of an array, its fields by name."""

    def __init__(self, array: np.ndarray) -> None:
        object.__setattr__(self, "array", array)

    def __getattr__(self, name: str) -> Any:
        return object.__getattribute__(self, "array")[name][0]

    def __setattr__(self, name: str, value: Any) -> None:
        self.array[name][0] = value

    __getitem__, __setitem__ = __getattr__, __setattr__


class _Tables:
    """The tables of a plan under way."""

    def __init__(self, made: Plan) -> None:
        from . import site

        self.site, self.made, self.study, self.protocol = site, made, made.study, made.study.protocol
        self.p = np.zeros(1, site.PLAN)
        self.r = _Record(self.p)
        self.forms = {name: index for index, name in enumerate(self.study.activities)}
        pathway = self.protocol.pathway
        self.steps = {name: index for index, name in enumerate(pathway.steps)} if pathway is not None else {}
        rows = dict(self.forms)
        for name, index in self.steps.items():
            rows[f"entered:{name}"] = len(self.forms) + index
            rows[f"left:{name}"] = len(self.forms) + len(self.steps) + index
        limits = {name: made.limits[name] for name in (*self.protocol.sites, *([] if self.protocol.sites else [""]))}
        self.statements = Statements(self.study, rows, limits)
        self.keys = ["", *self.protocol.arms, *self.protocol.cohorts, *self.protocol.groups]
        self.drawings: list[Drawing] = []
        self.spreads: dict[Spread, int] = {}
        self.n_chances = 0
        self.memories: dict[str, int] = {}
        self.numbers: dict[tuple[str, str], int] = {}

    # --- small things -------------------------------------------------------------------------------------------

    def room(self, size: int, most: int, what: str) -> None:
        if size > most:
            raise NotCompiled(f"{size} {what} are more than the {most} that the fast interpreter has room for")

    def form(self, name: str) -> int:
        return self.forms.get(name, -1)

    def statement(self, formula: Any, who: str) -> int:
        if formula is None:
            return -1
        return self.tree(formula.settled, f"{who} ({formula})")

    def tree(self, tree: Tree, who: str, at_hand: str = "") -> int:
        try:
            return self.statements.of(tree, at_hand=at_hand)
        except NotCompiled as why:
            raise NotCompiled(f"{who} is not compiled: {why}") from None

    def span(self, name: str, index: Any, span: Span | None, flag: str = "") -> None:
        if flag:
            self.r[flag][index] = span is not None
        if span is not None:
            self.r[f"{name}_days"][index], self.r[f"{name}_months"][index] = span.days, span.months

    # --- the whole ----------------------------------------------------------------------------------------------

    def whole(self) -> Compiled:
        r, made, site = self.r, self.made, self.site
        self.room(len(self.forms), site.FORMS, "activities")
        self.room(len(self.steps), site.STEPS, "steps")
        self.room(len(self.keys), site.KEYS, "arms, cohorts and groups")
        for month in range(site.MONTHS):
            number = site.FIRST_MONTH + month
            r.first_day[month] = date(number // 12, number % 12 + 1, 1).toordinal()
        r.n_forms, r.n_steps, r.start = len(self.forms), len(self.steps), made.start.toordinal()
        r.is_retrospective, r.needs_consent = made.is_retrospective, made.needs_consent
        r.allocates, r.allocates_on_path = self.form(made.allocates), made.allocates in made.asked
        allocation = self.protocol.allocation
        r.allocated_after = self.form((allocation.after if allocation is not None else "") or "enrolment")
        r.follows_lesions, r.response_at_baseline = made.follows_lesions, made.response_at_baseline
        for name in ("enrolment", "consent", "judgement", "death", "withdrawal", "last_contact"):
            r[name] = self.form(name)
        r.has_pathway = self.protocol.pathway is not None
        r.accrual_days = DAYS_PER_MONTH / float(self.protocol.assumptions["accrual"].per_month or 0)
        r.n_arms, r.n_cohorts, r.n_sites = len(self.protocol.arms), len(self.protocol.cohorts), len(self.protocol.sites)
        self.rules()
        self.pathway()
        self.schedule()
        of_course = set(self.statements.known)
        left_out = self.endpoints()
        self.drawn()
        self.room(len(self.statements.bodies), site.STATEMENTS, "statements")
        for number, needs in enumerate(self.statements.needs):
            self.room(len(needs), 24, "items of one statement")
            r.n_needs[number] = len(needs)
            r.needs[number, : len(needs)] = needs
        self.idle(of_course)
        r.looks_at_size = self.statements.looks_at_size or r.organ_drawing >= 0
        r.n_all_columns, r.n_memories = len(self.statements.columns), len(self.memories)
        answer = _machine_code(self.statements.source())
        endpoints = tuple(name for name in self.protocol.endpoints if name in self.told)
        return Compiled(
            self.study, tuple(self.forms), tuple(self.steps), endpoints, left_out, self.p, answer, horizon(self.study)
        )  # fmt: skip

    # --- joining ------------------------------------------------------------------------------------------------

    def rules(self) -> None:
        r, made = self.r, self.made
        self.room(len(made.rules), self.site.RULES, "criteria")
        for index, each in enumerate(made.rules):

            def satisfied(writer: Any, each: Any = each) -> str:
                return _satisfied(writer, each, list(self.protocol.cohorts))

            try:
                r.rule[index] = self.statements.joined(satisfied, ("rule", index))
            except NotCompiled as why:
                raise NotCompiled(f"criterion '{each.criterion.id}' is not compiled: {why}") from None
        r.n_rules = len(made.rules)
        judged = [each for each in made.rules if each.criterion.id in self.study.activities["judgement"].items]
        self.judged = [(each.criterion.id, float(not each.is_barred)) for each in judged]
        for index, (cohort, tree) in enumerate(made.cohorts):
            r.cohort_member[index] = -1 if tree is None else self.tree(tree, f"cohort '{cohort.name}'")
            r.cohort_is_past[index] = cohort.perspective == "retrospective"
        for index, name in enumerate(self.protocol.groups):
            r.group_key[index] = self.keys.index(name)
            wanted = any(name in drawing.keys for drawing in self._all_drawings())
            member = self.protocol.groups[name].member
            r.group_member[index] = self.statement(member, f"group '{name}'") if wanted else -1
        r.n_groups = len(self.protocol.groups)
        r.n_baseline = len(made.baseline)
        r.baseline[: len(made.baseline)] = [self.form(name) for name in made.baseline]
        allocation = self.protocol.allocation
        once = once_each(tuple(self.protocol.arms), allocation)
        self.room(len(once), 64, "parts of the ratio")
        arms = list(self.protocol.arms)
        r.n_once = len(once)
        r.once[: len(once)] = [arms.index(arm) for arm in once]
        r.by_blocks = allocation is not None and allocation.method == "permuted_blocks"
        sizes = (allocation.blocks if allocation is not None else ()) or (len(once),)
        self.room(len(sizes), 16, "sizes of blocks")
        self.room(max(sizes), PLACES, "places of a block")
        r.n_sizes = len(sizes)
        r.sizes[: len(sizes)] = sizes
        self.room(len(made.strata), 8, "strata")
        for index, tree in enumerate(made.strata):
            r.strata[index] = self.tree(tree, "a stratum")
            r.is_truth[index] = tree.type.kind is Kind.TRUTH
        r.n_strata = len(made.strata)

    def _all_drawings(self) -> Iterator[Drawing]:
        made = self.made
        for each in made.drawings.values():
            yield from each
        for table in (made.delays, made.rounds, made.words):
            yield from table.values()
        for clocks in made.clocks.values():
            yield from (drawing for _, drawing in clocks)

    # --- the pathway --------------------------------------------------------------------------------------------

    def pathway(self) -> None:
        r, made, pathway = self.r, self.made, self.protocol.pathway
        r.begins = r.treatment_track = -1
        ranks = sorted([*self.forms, "decide"])
        r.decide_rank = ranks.index("decide")
        for name, index in self.forms.items():
            activity = self.study.activities[name]
            r.repeats[index] = bool(activity.repeats)
            r.treats[index] = {"ablated": 1, "resected": 2}.get(activity.treats or "", 0)
            if activity.treats and not r.treats[index]:
                raise NotCompiled(f"'{name}' treats lesions in a way that is not compiled: {activity.treats}")
            r.shows_lesions[index] = activity.lesions
            r.lasts[index] = activity.lasts is not None
            self.span("lasts", index, activity.lasts)
            r.asked[index], r.watched[index], r.rank[index] = name in made.asked, name in made.watched, ranks.index(name)
            r.is_allocation[index] = name in ("randomisation", "assignment")
            r.delay[index] = -1
        if pathway is None:
            return
        tracks = list(dict.fromkeys([*pathway.starts, *(step.track for step in pathway.steps.values())]))
        self.tracks = {name: index for index, name in enumerate(tracks)}
        self.room(len(tracks), self.site.TRACKS, "tracks")
        r.n_tracks, r.begins = len(tracks), self.form(pathway.begins)
        for name, index in self.tracks.items():
            r.start_step[index] = self.steps.get(pathway.starts.get(name, ""), -1)
            r.track_rank[index] = sorted(tracks).index(name)
        r.n_begin = len(pathway.starts)
        r.begin_track[: len(pathway.starts)] = [self.tracks[name] for name in pathway.starts]
        r.treatment_track = self.tracks.get("treatment", -1)
        for name, index in self.steps.items():
            self.step(pathway.steps[name], index)
        self.room(len(pathway.anywhere), 32, "reactions")
        free = {"death", "withdrawal", *(name for line in self.protocol.schedule for name in line.do)}
        free |= {reaction.on for reaction in pathway.anywhere}
        for name in made.asked - free:
            r.on_path[self.form(name)] = 1
        for name in ("death", "withdrawal"):
            r.reacts[self.form(name)] = 1
        for index, each in enumerate(pathway.anywhere):
            r.reaction_on[index], r.reaction_to[index] = self.form(each.on), self.steps.get(each.to, -1)
            r.reaction_when[index] = self.statement(each.when, "a reaction of the pathway")
            r.reaction_all[index] = each.end == "all"
            ends = () if each.end == "all" else each.end
            r.reaction_tracks[index] = sum(1 << self.tracks[track] for track in ends if track in self.tracks)
            r.reacts[self.form(each.on)] = 1
        r.n_reactions = len(pathway.anywhere)
        apart = dict.fromkeys(
            (kind, each.from_, each.at_least)
            for step in pathway.steps.values() for each in step.apart for kind in (*step.do, *([step.repeat] if step.repeat else []))
        )  # fmt: skip
        self.room(len(apart), 32, "distances")
        for index, (kind, other, least) in enumerate(apart):
            r.apart_kind[index], r.apart_other[index] = self.form(kind), self.form(other)
            self.span("apart", index, least)
            r.is_apart[self.form(kind)] = r.is_apart[self.form(other)] = 1
        r.n_apart = len(apart)
        self.requires()

    def step(self, step: Step, index: int) -> None:
        r, who = self.r, f"step '{step.name}'"
        self.room(len(step.do), self.site.PER_FORM, f"activities of {who}")
        r.track[index], r.n_do[index] = self.tracks[step.track], len(step.do)
        r.do[index, : len(step.do)] = [self.form(name) for name in step.do]
        r.repeat[index] = self.form(step.repeat) if step.repeat else -1
        if step.times is not None:
            r.least[index], r.most[index] = step.times.at_least, step.times.at_most
        r.stop[index], r.guard[index] = self.statement(step.stop, who), self.statement(step.guard, who)
        r.has_retry[index] = step.retry is not None
        if step.retry is not None:
            self.span("retry", index, step.retry.every)
            self.span("for", index, step.retry.for_)
        r.on_timeout[index] = self.steps.get(step.on_timeout, -1)
        r.next[index], r.is_end[index] = self.steps.get(step.next, -1), step.end
        r.by_rule[index] = step.by == "rule"
        self.room(len(step.decide), self.site.BRANCHES, f"branches of {who}")
        r.n_branches[index] = len(step.decide)
        for number, branch in enumerate(step.decide):
            r.to[index, number] = self.steps.get(branch.to or branch.otherwise, -1)
            r.branch_when[index, number] = -1 if branch.otherwise else self.statement(branch.when, who)
            r.is_otherwise[index, number], r.has_option[index, number] = bool(branch.otherwise), bool(branch.option)
        r.unknown[index] = self.steps.get(step.unknown, -1)
        r.has_timeouts |= bool(step.on_timeout)
        r.step_limit[index] = -1 if step.limit is None else step.limit
        r.has_within[index] = step.within is not None
        self.span("within", index, step.within)
        pace = step.every or (self.study.activities[step.repeat].lasts if step.repeat else None) or NO_TIME
        self.span("pace", index, pace)
        r.step_slot[index] = self.made.slots["step", step.name][0]
        drawing = self.made.rounds.get(step.name)
        r.step_drawing[index] = -1
        if drawing is not None:
            d = r.step_drawing[index] = self.drawing(drawing, *self.made.slots["step", step.name], form=-1)
            for key, name in enumerate(self.keys):
                if r.has_key[d, key] and drawing.assumed.chances and step.times is None:
                    given = chances(drawing.assumed, name)
                    r.likely[index, key, : len(step.decide)] = [given.get(branch.option, 0.0) for branch in step.decide]

    def requires(self) -> None:
        r, made = self.r, self.made
        for name, statements in made.requires.items():
            form = self.form(name)
            self.room(len(statements), self.site.PER_FORM, f"requirements of '{name}'")
            r.has_requires[form], r.n_requires[form] = 1, len(statements)
            for index, each in enumerate(statements):
                r.requires[form, index] = self.statement(each, f"what is required of '{name}'")
                free = [
                    self.form(other) for other, _ in sorted(consulted([each.settled]))
                    if other in self.forms and other not in made.on_path and other != name and not self.is_built_in(other)
                ]  # fmt: skip
                free = list(dict.fromkeys(free))
                for other in free:
                    if list(self.forms)[other] in made.requires:
                        raise NotCompiled(f"what is required of '{name}' looks at what has requirements of its own")
                self.room(len(free), self.site.PER_FORM, "activities that a requirement looks at")
                r.n_prepares[form, index] = len(free)
                r.prepares[form, index, : len(free)] = free

    @staticmethod
    def is_built_in(name: str) -> bool:
        from ..protocol import BUILT_IN

        return name in BUILT_IN

    # --- the schedule -------------------------------------------------------------------------------------------

    def schedule(self) -> None:
        lines = self.protocol.schedule
        self.room(len(lines), self.site.LINES, "lines of the schedule")
        self.r.n_lines = len(lines)
        for index, line in enumerate(lines):
            self.line(line, index)

    def line(self, line: Line, index: int) -> None:
        r, who = self.r, f"the schedule ('{line.label}')" if line.label else "the schedule"
        self.room(len(line.do), self.site.PER_FORM, "activities of a line")
        r.n_acts[index] = len(line.do)
        for name in line.do:
            r.scheduled[self.form(name)] = 1
        r.acts[index, : len(line.do)] = [self.form(name) for name in line.do]
        r.anchor_kind[index] = 0
        if line.anchor is not None:
            self.anchor(line, line.anchor, index, who)
        if line.every is not None and line.every.activity:
            r.rounds[index], r.rounds_form[index] = line.every.count, self.form(line.every.activity)
            if r.anchor_kind[index] == 1 and r.anchor_which[index] == 0:
                raise NotCompiled(f"{who} counts rounds from each of several anchors, which is not compiled")
        made = offsets(line, self.study)
        self.room(len(made.first), self.site.OFFSETS, "days of a line")
        r.n_first[index] = len(made.first)
        for number, span in enumerate(made.first):
            r.first_days[index, number], r.first_months[index, number] = span.days, span.months
        self.span("every", index, made.every, "has_every")
        self.span("last", index, made.last, "has_last")
        r.has_window[index] = made.has_window
        self.span("before", index, made.before)
        self.span("after", index, made.after)
        r.far_days[index] = made.far.days
        self.span("hard", index, made.hard, "has_hard")
        r.while_[index], r.line_until[index] = self.statement(line.while_, who), -1
        if isinstance(line.until, Moment):
            r.line_until[index] = self.statement(line.until, who)
            tree = line.until.settled
            once = isinstance(tree, Pick) and tree.rows.where is None and tree.of.name == "on"
            repeats = not isinstance(tree, Pick) or tree.rows.form not in self.study.activities
            r.until_is_fixed[index] = once and not repeats and not self.study.activities[tree.rows.form].repeats  # type: ignore[union-attr]
        r.line_track[index] = self.tracks.get(line.track, -1) if line.track else -1

    def anchor(self, line: Line, moment: Moment, index: int, who: str) -> None:
        r, tree = self.r, moment.settled
        rows = (
            isinstance(tree, Pick)
            and tree.rows.where is None
            and tree.of.name == "on"
            and tree.rows.form in self.statements.forms
        )
        if rows and isinstance(tree, Pick) and isinstance(tree.which, str):
            r.anchor_kind[index], r.anchor_form[index] = 1, self.statements.forms[tree.rows.form]
            if each_time(moment, self.study):
                r.anchor_which[index] = {"first": 1, "last": 2}.get(line.for_each or "", 0)
            else:
                r.anchor_which[index] = 1 if tree.which == "first" else 2
            return
        r.anchor_kind[index], r.anchor_statement[index] = 2, self.statement(moment, who)

    # --- endpoints ----------------------------------------------------------------------------------------------

    def endpoints(self) -> tuple[str, ...]:
        left_out, self.told = [], dict[str, int]()
        self.room(len(self.protocol.endpoints), self.site.ENDPOINTS, "endpoints")
        for name, each in self.protocol.endpoints.items():
            kept = len(self.told)
            try:
                self.endpoint(each, kept)
                self.told[name] = kept
            except NotCompiled as why:
                left_out.append(f"endpoint '{name}' is left out: {why}")
        self.r.n_endpoints = len(self.told)
        return tuple(left_out)

    def endpoint(self, each: Endpoint, e: int) -> None:
        r, who = self.r, f"endpoint '{each.name}'"
        kinds = {"time_to_event": 0, "occurrence": 1, "measurement": 2}
        if each.kind not in kinds:
            raise NotCompiled(f"a {each.kind} has no single outcome that is compiled")
        r.endpoint_kind[e] = kinds[each.kind]
        r.among[e], r.origin[e] = self.statement(each.among, who), self.statement(each.from_, who)
        r.has_from[e] = each.from_ is not None
        for group, moments in enumerate((each.events, each.competing, each.censors)):
            self.room(len(moments), self.site.MOMENTS, "events")
            r.n_moments[e, group] = len(moments)
            for m, moment in enumerate(moments):
                r.moment_form[e, group, m], r.moment_statement[e, group, m] = self.moment(moment, who)
        self.span("horizon", e, each.horizon, "has_horizon")
        self.span("span", e, each.within if each.kind == "occurrence" else each.at, "has_span")
        r.attributed[e] = self.form(each.attributed_to) if each.attributed_to else -1
        window = each.window or A_MONTH
        self.span("around_before", e, window.before)
        self.span("around_after", e, window.after)
        r.combine[e], r.measured[e], r.n_measured[e] = COMBINED[each.combine], -1, 0
        if each.kind == "measurement":
            self.measured(each, e, who)

    def measured(self, each: Endpoint, e: int, who: str) -> None:
        r = self.r
        tree = defined(each.item, self.study)
        if tree is not None:
            if any(isinstance(part, Pick) and part.rows.form == ALIVE for part in parts(tree)):
                raise NotCompiled("it asks on an earlier day how long the participant was known to live")
            r.measured[e] = self.tree(tree, who)
            r.looks_at_lesions[e] = looks_at(tree, LESIONS)
            if tree.type.kind is Kind.TRUTH:
                r.combine[e] = 9
            return
        form, _, item = each.item.rpartition(".")
        homes = [name for name, activity in self.study.activities.items() if item in activity.items and form in ("", name)]
        self.room(len(homes), 16, "activities with one item")
        for name in homes:
            if self.study.activities[name].items[item].type not in ("choice", "yes_no", "integer", "real", "quantity", "score"):
                raise NotCompiled(f"'{item}' is no number")
            r.measured_form[e, r.n_measured[e]] = self.form(name)
            r.measured_column[e, r.n_measured[e]] = self.statements.column(name, item)
            r.n_measured[e] += 1

    def moment(self, moment: Moment, who: str) -> tuple[int, int]:
        tree = moment.settled
        each = isinstance(tree, Pick) and tree.of.name == "on" and (tree.which == "first" or tree.bare)
        if each and isinstance(tree, Pick) and tree.rows.form in self.forms:
            form = tree.rows.form
            return self.form(form), -1 if tree.rows.where is None else self.tree(tree.rows.where, who, at_hand=form)
        return -1, self.tree(tree, who)

    # --- what is drawn ------------------------------------------------------------------------------------------

    def drawn(self) -> None:
        r, made = self.r, self.made
        r.arm_drawing = r.from_drawing = r.site_drawing = r.cohort_drawing = -1
        r.from_column = self.statements.column("withdrawal", "from")
        options = self.study.activities["withdrawal"].items["from"].options
        for word in ("treatment", "follow_up", "consent"):
            r[f"from_{word}"] = options.index(word) if word in options else -9
        self.look_further()
        self.judge()
        self.room(len(self.statements.columns), self.site.COLUMNS, "items that are looked at")
        r.is_lazy[:] = 0
        homes: dict[str, int] = {}
        for form in self.study.activities:
            for drawing in made.drawings[form]:
                homes[drawing.item.name] = homes.get(drawing.item.name, 0) + 1
        r.arm_column = self.statements.columns.get((made.allocates, "arm"), -1)
        r.site_column = self.statements.columns.get(("enrolment", "site"), -1)
        r.cohort_column = self.statements.columns.get(("enrolment", "cohort"), -1)
        for form, index in self.forms.items():
            self.form_drawn(form, index, homes)
        for (form, _), column in self.statements.columns.items():
            index = self.form(form)
            r.columns[index, r.n_columns[index]] = column
            r.n_columns[index] += 1
        for name, drawing in made.delays.items():
            index = self.form(name)
            r.delay_slot[index] = made.slots["delay", name][0]
            r.delay[index] = self.drawing(drawing, r.delay_slot[index], 0, form=index)
        for name, word in (("lesion_count", "count_drawing"), ("diameter", "diameter_drawing"), ("organ", "organ_drawing")):
            r[word] = self.drawing(made.words[name], 0, 0, form=-1) if name in made.words else -1
        from ..protocol import LESION_FACTS

        r.liver = LESION_FACTS["organ"].options.index("liver")
        self.clocks()
        self.room(len(self.drawings), self.site.DRAWINGS, "things that are drawn")

    def look_further(self) -> None:
        """What decides whether an item is answered, or whether something happens, is looked at as well."""
        made = self.made
        for clocks in made.clocks.values():
            for name, drawing in clocks:
                self.statement(drawing.assumed.when, f"'{name}'")
        size = -1
        while size < len(self.statements.columns):
            size = len(self.statements.columns)
            for form in self.study.activities:
                for drawing in made.drawings[form]:
                    item = drawing.item
                    is_response = frozenset(item.options) >= RESPONSES and made.follows_lesions
                    if (form, item.name) in self.statements.columns or is_response:
                        self.statement(item.when, f"item '{item.name}'")
                        self.statement(drawing.assumed.when, f"item '{item.name}'")

    def idle(self, of_course: set[tuple[object, str]]) -> None:
        """Which activities leave everything as it is while no step asks for them, or once the pathway is over."""
        r, made = self.r, self.made
        trees: list[Any] = [each.settled for drawing in self._all_drawings()
                            for each in (drawing.item.when, drawing.assumed.when) if each]  # fmt: skip
        trees += [tree for _, tree in made.cohorts if tree is not None]
        trees += [group.member.settled for group in self.protocol.groups.values()]
        for rule in made.rules:
            trees += [rule.tree, *rule.groups, *(member for _, member in rule.cohorts if member is not None)]
        for line in self.protocol.schedule:
            trees += [tree for _, tree in trees_of(line)]
        later_ = _looked_at(trees)
        of_steps = [tree for tree, _ in of_course if isinstance(tree, Tree)]
        always = later_ | _looked_at(of_steps)
        begins = self.protocol.pathway.begins if self.protocol.pathway is not None else ""
        for name, index in self.forms.items():
            moves = (
                r.treats[index] or r.shows_lesions[index] or r.n_sets[index] or r.n_starts[index] or r.reacts[index]
                or r.watched[index] or r.on_path[index] or name in ("enrolment", "death", "withdrawal", begins)
            )  # fmt: skip
            drawn = [column for column in r.columns[index, : r.n_columns[index]] if not r.is_lazy[column]]
            r.is_idle[index] = (
                0 if moves or TODAY in later_ or name in later_ else 2 if TODAY in always or name in always else 1
            )
            is_plain = not (r.has_requires[index] or r.n_drawn[index] or drawn or r.is_apart[index])
            r.is_quick[index] = r.is_idle[index] if is_plain else 0
            for d in r.drawn[index, : r.n_drawn[index]]:
                if r.memory[d] >= 0 and r.column[d] >= 0:
                    r.kept[index, r.n_kept[index]] = d
                    r.n_kept[index] += 1

    def judge(self) -> None:
        for index, (name, value) in enumerate(self.judged):
            self.r.judged_column[index] = self.statements.columns.get(("judgement", name), -1)
            self.r.judged[index] = value
        self.r.n_judged = len(self.judged)

    def form_drawn(self, form: str, index: int, homes: Mapping[str, int]) -> None:
        r, made = self.r, self.made
        items = self.study.activities[form].items
        sets = [item for item in items.values() if item.type == "lesions"]
        self.room(len(sets), 4, f"sets of lesions in '{form}'")
        for drawing in made.drawings[form]:
            item = drawing.item
            if item.type == "lesions":
                continue
            column = self.statements.columns.get((form, item.name), -1)
            is_response = frozenset(item.options) >= RESPONSES
            special = {("enrolment", "site"): "site_drawing", ("enrolment", "cohort"): "cohort_drawing",
                       (made.allocates, "arm"): "arm_drawing", ("withdrawal", "from"): "from_drawing"}.get((form, item.name))  # fmt: skip
            if column < 0 and not (is_response and made.follows_lesions) and special is None:
                continue
            d = self.drawing(drawing, *made.slots["item", form, item.name], form=index)
            if special is not None:
                r[special] = d
            if special in ("site_drawing", "cohort_drawing"):
                continue
            r.column[d], r.is_response[d] = column, is_response
            for code, option in enumerate(item.options):
                if is_response and code < 16:
                    r.code_response[d, code] = RESPONSE_CODES.get(option, 5)
            asked = [each for each in (item.when, drawing.assumed.when) if each is not None]
            r.n_when[d] = len(asked)
            for number, each in enumerate(asked):
                r.when[d, number] = self.statement(each, f"item '{item.name}'")
            lazy = (
                r.kind[d] == 0 and column >= 0 and not asked and not drawing.keys and form not in made.requires and not sets
                and homes[item.name] == 1 and form not in ("enrolment", "judgement")
            )  # fmt: skip
            if column >= 0:
                r.drawn_in[column], r.is_lazy[column] = d, lazy
            if not lazy:
                self.room(int(r.n_drawn[index]) + 1, 64, f"items of '{form}'")
                r.drawn[index, r.n_drawn[index]] = d
                r.n_drawn[index] += 1
        assumed = {each.item.name: each for each in made.drawings[form]}
        for number, item in enumerate(sets):
            r.set_column[index, number] = self.statements.columns.get((form, item.name), -1)
            r.sets[index, number] = -1
            if item.name in assumed:
                r.sets[index, number] = self.drawing(assumed[item.name], *made.slots["item", form, item.name], form=index)
        r.n_sets[index] = len(sets)

    def clocks(self) -> None:
        r, made = self.r, self.made
        known: dict[str, int] = {}
        for origin, each in made.clocks.items():
            start = self.form(origin)
            for name, drawing in each:
                if name not in known:
                    d = known[name] = self.drawing(drawing, *made.slots["clock", name], form=self.form(name))
                    assumed = drawing.assumed
                    r.is_by_month[d] = assumed.per_month is not None
                    r.per_month[d] = float(assumed.per_month or 0)
                    r.happens_when[d] = self.statement(assumed.when, f"'{name}'")
                    r.has_spread[d] = assumed.distribution is not None
                    for key, word in enumerate(self.keys):
                        if r.has_key[d, key] and assumed.chances:
                            given = chances(assumed, word)
                            for form, index in self.forms.items():
                                r.chance_after[d, key, index] = given.get(form, given.get("yes", 0.0))
                if start < 0:
                    continue
                self.room(int(r.n_starts[start]) + 1, self.site.PER_FORM, f"things that begin with '{origin}'")
                r.starts[start, r.n_starts[start]] = known[name]
                r.n_starts[start] += 1

    def drawing(self, drawing: Drawing, slot: int, word: int, *, form: int) -> int:
        """Put a drawing into the tables."""
        r, item, assumed, d = self.r, drawing.item, drawing.assumed, len(self.drawings)
        self.drawings.append(drawing)
        self.room(d + 1, self.site.DRAWINGS, "things that are drawn")
        r.slot[d], r.word[d], r.form_of[d], r.column[d], r.memory[d] = slot, word, form, -1, -1
        r.constant[d], r.change[d] = np.nan, drawing.change if drawing.change is not None else np.nan
        r.from_form[d] = self.form(assumed.from_) if assumed.from_ else -1
        r.has_chances[d], r.is_keyed[d] = bool(assumed.chances), bool(drawing.keys)
        is_code = item.type in ("choice", "yes_no", "text", "file", None)
        is_date, is_number = item.type in ("date", "month"), item.type in ("integer", "real", "quantity", "score")
        r.kind[d] = 1 if is_code else 3 if is_date else 2 if is_number and assumed.chances else 0
        if drawing.change is not None:
            self.room(len(self.memories) + 1, self.site.DRAWINGS, "things that drift")
            r.memory[d] = self.memories.setdefault(item.name, len(self.memories))
        if is_code and assumed.value:
            r.constant[d] = self.coded(item, assumed.value)
        for key, name in enumerate(self.keys):
            r.spread[d, key] = -1
            if not self.is_told(drawing, key, name):
                continue
            r.has_key[d, key] = 1
            if assumed.chances:
                self.chance(d, key, chances(assumed, name), item)
            if not is_code and (assumed.distribution not in (None, "choice") or assumed.value):
                r.spread[d, key] = self.spread(drawing.spread(name))
        return d

    def is_told(self, drawing: Drawing, key: int, name: str) -> bool:
        if not drawing.keys:
            return key == 0
        is_arm = 0 < key <= len(self.protocol.arms)
        return key > 0 and (name in drawing.keys or (is_arm and drawing.assumed.hazard_ratio is not None))

    def coded(self, item: Item, code: str) -> float:
        """The number of a code: its place among the options; the chances of decisions and clocks have no numbers."""
        if item.type == "yes_no":
            return float(code == "yes")
        if item.name == "site":
            return float(list(self.protocol.sites).index(code))
        if item.options and code in item.options:
            return float(item.options.index(code))
        try:
            return float(code)
        except ValueError:
            return -1.0

    def chance(self, d: int, key: int, given: Mapping[str, float], item: Item) -> None:
        r, first = self.r, self.n_chances
        self.room(first + len(given), self.site.CHANCES, "chances")
        for code, chance in given.items():
            r.code[self.n_chances], r.chance[self.n_chances] = self.coded(item, code), chance
            self.n_chances += 1
        r.chances[d, key], r.n_chances[d, key], r.total[d, key] = first, len(given), sum(given.values())

    def spread(self, made: Spread) -> int:
        if made not in self.spreads:
            k = self.spreads[made] = len(self.spreads)
            self.room(k + 1, self.site.SPREADS, "distributions")
            r = self.r
            r.spread_kind[k], r.first[k], r.second[k] = KINDS.index(made.kind), made.first, made.second
            r.centre[k] = math.exp(made.first) if made.kind == "lognormal" else 0.0
            r.low[k], r.high[k], r.below[k], r.within[k], r.is_whole[k] = (
                made.low,
                made.high,
                made.below,
                made.within,
                made.whole,
            )
        return self.spreads[made]


TODAY = "today"


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


# --- machine code ----------------------------------------------------------------------------------------------------

HEAD = '''"""Made by equipoise from the typed expressions of a study: do not change it."""

from math import inf, isnan, log, log10, nan

from numba import carray

from equipoise.simulation.site import compared, compared_ones, length, shifted, whole_part


'''


def _machine_code(source: str) -> Any:
    """The function that answers a study's statements, compiled; kept under the hash of its source for the next time."""
    from numba import cfunc, from_dtype, types

    from . import site

    text = HEAD + source
    file = _place() / f"statements_{hashlib.sha256((text + repr(site.STATE)).encode()).hexdigest()[:32]}.py"
    if not file.exists():
        with tempfile.NamedTemporaryFile("w", dir=file.parent, suffix=".tmp", delete=False, encoding="utf-8") as made:
            made.write(text)
        os.replace(made.name, file)
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None and spec.loader is not None
    module = sys.modules[file.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    signature = types.float64(types.int64, types.int64, types.CPointer(from_dtype(site.STATE)))  # type: ignore[no-untyped-call]
    return cfunc(signature, cache=True)(module.answer)


@lru_cache(maxsize=1)
def _place() -> Path:
    """Where machine code is kept: the person's cache, else a folder of this process."""
    base = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    place = Path(base) / "equipoise"
    try:
        place.mkdir(parents=True, exist_ok=True)
        if os.access(place, os.W_OK):
            return place
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="equipoise-"))
