"""Journeys: what is never reached is reached by no random participant, what is proven is broken by none, what is shown is so."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from itertools import count
from pathlib import Path

import pytest

from equipoise.calendar import When
from equipoise.chart import chart
from equipoise.deviations import deviations
from equipoise.events import Decided, Recorded, Seen
from equipoise.expression.explain import truth
from equipoise.expression.facts import Value
from equipoise.expression.grammar import expression
from equipoise.journeys import Broken, Kept, everywhere, may_happen, outcome, reach, said, stuck
from equipoise.logic import MET, NOT_MET
from equipoise.pathway import Walk, _Plan
from equipoise.protocol import Item
from equipoise.shown import NotDecided
from equipoise.study import Study, load, study
from equipoise.witness import unproven
from small_studies import BOARD, LOOP
from tiny_trial import TINY

HISTORIES = 10_000
START = date(2024, 1, 1)
SHIPPED = (
    "batch-rfa-crlm", "liver-surgery-linkoping", "pdac-oligo-ablation", "synchronous-resection-modena",
    "synchronous-surgery-indications",
)  # fmt: skip


def promising(text: str, *promises: str) -> Study:
    """A study with promises added, or put in place of its own."""
    made = study(text + "\npromises:\n" + "\n".join(f"  - {each}" for each in promises) + "\n")
    assert made.is_sound, made.findings
    return made


# --- random participants ---------------------------------------------------------------------------------------------


class Wanderer:
    """A participant who does what is owed, offered or decided, at random and with random answers, as long as it deviates in nothing."""

    def __init__(self, study: Study, draw: random.Random) -> None:
        self.study, self.draw = study, draw
        self.walk = Walk(study)
        self.day = START
        self.arm = draw.choice([*study.protocol.arms]) if study.protocol.arms else ""
        self.ids = count(1)
        self.lasting = False
        on_path = _Plan.of(study).on_path
        self.free = [
            name for name in study.activities
            if name not in on_path and name not in ("enrolment", "consent", "randomisation", "assignment")
        ]  # fmt: skip

    def history(self, most: int = 45) -> Iterator[bool]:
        """After each event, whether all is over; ends where something deviates, before it is looked at."""
        pathway = self.study.protocol.pathway
        assert pathway is not None
        for name in self.draw.sample(self.free, k=self.draw.randint(0, min(4, len(self.free)))):
            if name != "death" and name != pathway.begins:
                self.record(name)
        if self.deviates:
            return
        yield False
        for name in dict.fromkeys(("enrolment", "randomisation", "assignment", pathway.begins)):
            wanted = self.arm or name in ("enrolment", pathway.begins)
            if (
                name in self.study.activities
                and wanted
                and not self.walk.rows.get(name)
                and name not in _Plan.of(self.study).on_path
            ):
                self.record(name)
        for _ in range(most):
            if self.deviates:
                return
            over = all(each.ended for each in self.walk.positions())
            yield over
            if over or self.walk.rows.get("death"):
                return
            if not self.go_on():
                return

    @property
    def deviates(self) -> bool:
        return bool(self.walk.deviations)

    def go_on(self) -> bool:
        asked: list[tuple[str, str, date]] = []
        for each in self.walk.positions():
            asked += [("do", name, first) for name, first in each.owed]
            asked += [("do", name, self.walk.not_before(name, self.day)) for name in each.offered]
            asked += [("decide", f"{each.step} {option}", self.day) for option in each.options]
            if each.times_out and self.draw.random() < 0.3:
                asked.append(("wait", each.step, each.times_out + timedelta(days=1)))
        if not asked or self.draw.random() < 0.12:
            name = self.draw.choice(self.free)
            if name in self.walk.rows and not self.study.activities[name].repeats:
                return bool(asked)
            self.later(self.day)
            self.record(name)
            return True
        kind, what, first = self.draw.choice(asked)
        self.later(first)
        if kind == "wait":
            self.walk.advance(self.day)
        elif kind == "decide":
            step, option = what.split(" ")
            pathway = self.study.protocol.pathway
            assert pathway is not None
            at = pathway.steps[step]
            event = Decided(
                id=str(next(self.ids)), on=When.on(self.day), step=step, option=option, role=at.by, members=9, reason="so it is"
            )
            self.walk.take(event)
        else:
            self.record(what)
        return True

    def later(self, first: date) -> None:
        self.day = max(self.day + timedelta(days=1) if self.lasting else self.day, first)
        self.day += timedelta(days=self.draw.choice((0, 0, 0, 1, 7, 30)))
        self.lasting = False

    def record(self, name: str) -> None:
        activity = self.study.activities[name]
        values: dict[str, Value] = {}
        for key, item in activity.items.items():
            if (answer := self.answer(item)) is not None:
                values[key] = answer
        if self.study.activities[name].lesions and self.draw.random() < 0.8:
            sizes = [self.draw.choice((0.0, 12.0, 12.0)) for _ in range(self.draw.randint(1, 6))]
            seen = tuple(
                Seen(id=f"L{number}", status="viable" if size else "absent", diameter_mm=size, organ="liver")
                for number, size in enumerate(sizes, start=1)
            )
        else:
            seen = None
        if "arm" in activity.items and self.arm:
            values["arm"] = self.arm
        limits = {(key, end): bound for key in values for end, bound in (("lln", 1.0), ("uln", 100.0))}
        self.walk.take(
            Recorded(id=str(next(self.ids)), on=When.on(self.day), activity=name, values=values, limits=limits, lesions=seen)
        )
        self.lasting |= activity.lasts is not None

    def answer(self, item: Item) -> Value | None:
        if self.draw.random() < 0.07:
            return None
        if item.options:
            return self.draw.choice(item.options)
        match item.type:
            case "yes_no":
                return self.draw.random() < 0.5
            case "lesions":
                return tuple(f"L{number}" for number in range(1, self.draw.randint(1, 9)))
            case "integer" | "quantity" | "real" | "score":
                low, high = (item.range.low, item.range.high) if item.range is not None else (0.0, 200.0)
                value = self.draw.uniform(low, high) if self.draw.random() < 0.5 else self.draw.uniform(low, min(high, low + 8))
                return float(int(value)) if item.type == "integer" else value
            case _:
                return None


@cache
def wandered() -> tuple[tuple[str, Study], ...]:
    """The studies that are walked at random: those shipped, and small ones with promises of every sort."""
    folder = Path(__file__).parent.parent / "studies"
    small = promising(
        LOOP, "never: count(rfa) > 3", "never: arm == control and exists rfa", "never: exists cycle within 6 days of last(rfa)",
        "never: exists rfa where count(lesions_ablated) > 6", "never: exists rfa and count(cycle where on before first(rfa)) < 2",
        "always: not exists rfa or exists imaging", "eventually: not exists death", "never: first(rfa) before enrolment",
    )  # fmt: skip
    tiny = promising(
        TINY, "never: count(ablation) > 1", "never: exists ablation and not exists cycle", "never: count(cycle) > 3"
    )
    return (*((name, load(folder / name)) for name in SHIPPED), ("loop", small), ("tiny", tiny))


@pytest.mark.slow
def test_no_random_participant_breaks_what_is_proven_nor_enters_what_is_never_entered() -> None:
    draw = random.Random(20251121)
    told = wandered()
    walked = proven = 0
    for number, (name, made) in enumerate(told):
        kept = [each for each in made.protocol.promises if isinstance(outcome(made, each), Kept)]
        ways = reach(made).arms
        steps_seen: set[str] = set()
        for _ in range(HISTORIES // len(told) + (number < HISTORIES % len(told))):
            wanderer = Wanderer(made, draw)
            over = False
            for over in wanderer.history():
                facts = wanderer.walk._facts(wanderer.day)
                for promise in kept:
                    found = truth(said(promise).settled, facts)
                    assert not (promise.never and found is MET), (name, said(promise).text, wanderer.walk.rows)
                    assert not (promise.always and found is NOT_MET), (name, said(promise).text, wanderer.walk.rows)
                    assert not (promise.eventually and over and found is not MET), (name, said(promise).text)
                proven += len(kept)
                steps = {visit.step for visit in wanderer.walk.visits}
                assert steps <= ways[wanderer.arm].steps, (name, steps)
                steps_seen |= steps
            walked += 1
        reached = frozenset[str]().union(*(each.steps for each in ways.values()))
        assert len(steps_seen) >= 0.8 * len(reached), (name, "random participants come nowhere", reached - steps_seen)
    assert walked == HISTORIES and proven > HISTORIES


INVENTED = """
equipoise: 1
study: invented
title: Invented
design: {{type: observational}}
activities:
  scan: {{repeats: true, items: {{response: {{type: choice, of: [PR, SD, PD]}}, size: {{type: quantity, unit: mm, range: 0..60}}}}}}
  labs: {{repeats: true, items: {{platelets: {{type: quantity, unit: 10^9/L, range: 0..200}}}}}}
  history: {{items: {{treated_before: {{type: yes_no}}}}}}
  cycle: {{repeats: true{lasts}}}
  session: {{repeats: true, items: {{dose: {{type: integer, range: 0..9}}}}}}
  surgery: {{}}
  relapse: {{repeats: true}}
closed: [{closed}]
arms: {{one: {{}}, two: {{}}}}
pathway:
  begins: assignment
  start: {{treatment: {start}, watching: watch}}
  steps:
    induction: {{repeat: cycle, times: {times}, {stop}next: looking}}
    looking:
      do: [scan]
      limit: {limit}
      decide:
        - {{when: "{first}", to: {to}}}
        - {{when: "{second}", to: board}}
        - {{otherwise: {otherwise}}}
      unknown: {unknown}
    readiness: {{do: [labs], guard: {guard}, retry: {{every: 1 week, for: 3 weeks}}, on_timeout: {out}, next: treating}}
    treating: {{do: [session], require: [{require}], {apart}limit: {sessions}, next: induction}}
    board:
      by: mdt
      decide:
        - {{option: operate, when: response == PR, to: operating}}
        - {{option: not_yet, otherwise: looking}}
      unknown: wait
    operating: {{do: [surgery], limit: 1, next: over}}
    over: {{end: true}}
    watch: {{track: watching, do: [labs], next: watched}}
    watched: {{track: watching, end: true}}
  anywhere:
    - {{on: relapse, {relapse}}}
promises:
  - {{never: count(session) > {many}}}
  - {{never: exists surgery and not exists cycle}}
  - {{never: arm == two and exists session}}
  - {{never: exists session where dose > 5}}
  - {{never: exists cycle within 3 days of session}}
  - {{never: exists surgery and count(cycle where on before surgery) < 2}}
  - {{always: treated_before or not exists session}}
  - {{never: surgery before first(session)}}
  - {{never: count(scan) >= 2 and exists surgery}}
  - {{eventually: exists surgery or exists cycle or exists death or exists withdrawal}}
"""


def invented(draw: random.Random) -> Study:
    """A pathway that nobody has thought of."""
    pick = draw.choice
    conditions = (
        "response == PR", "response in (PR, SD)", "size < 20 mm", "arm == one", "arm == one and size < 30 mm", "treated_before",
        "count(session) < 2", "not exists session", "response == PR and treated_before", "exists cycle", "not exists relapse",
    )  # fmt: skip
    text = INVENTED.format(
        lasts=pick((", lasts: 14 days", "")), closed=pick(("cycle, session, surgery", "cycle, session, surgery, relapse", "cycle")),
        start=pick(("induction", "looking")), times=pick(("2", "1..3", "2..4")), stop=pick(("", "stop: response == PD, ")),
        limit=pick((2, 3, 4)), first=pick(conditions), second=pick(conditions), to=pick(("readiness", "treating", "board")),
        otherwise=pick(("over", "induction", "readiness")), unknown=pick(("wait", "query", "over")),
        guard=pick(("platelets >= 50 10^9/L", "platelets >= 50 10^9/L and arm == one", "count(cycle) >= 1")),
        out=pick(("over", "looking")), require=pick(("dose <= 5", "dose > 2", "treated_before")),
        apart=pick(("", "apart: [{from: cycle, at_least: 1 week}], ")), sessions=pick((1, 2, 3)), many=pick((1, 2)),
        relapse=pick(("to: board", "to: over", "end: all", "end: [treatment]", "when: size > 10 mm, to: looking")),
    )  # fmt: skip
    return study(text)


@pytest.mark.slow
@pytest.mark.parametrize("pathways", [8, pytest.param(24, marks=pytest.mark.long)])
def test_no_proof_fails_on_pathways_that_nobody_has_thought_of(pathways: int) -> None:
    draw = random.Random(7)
    outcomes: list[type] = []
    for _ in range(pathways):
        made = invented(draw)
        assert made.is_sound, made.findings
        found = {each: outcome(made, each) for each in made.protocol.promises}
        outcomes += [type(each) for each in found.values()]
        for promise, each in found.items():
            if isinstance(each, Broken):
                assert not unproven(each.witness, made), said(promise).text
        ways = reach(made).arms
        for _ in range(25):
            wanderer = Wanderer(made, draw)
            for over in wanderer.history():
                facts = wanderer.walk._facts(wanderer.day)
                for promise in (promise for promise, each in found.items() if isinstance(each, Kept)):
                    known = truth(said(promise).settled, facts)
                    broken = (
                        known is NOT_MET if promise.always else known is MET if promise.never else over and known is not MET
                    )
                    assert not broken, (said(promise).text, made.lines, wanderer.walk.rows)
                assert {visit.step for visit in wanderer.walk.visits} <= ways[wanderer.arm].steps
    assert outcomes.count(Kept) >= 2.5 * pathways and outcomes.count(Broken) >= 2.5 * pathways
    assert outcomes.count(NotDecided) <= 0.02 * len(outcomes), outcomes.count(NotDecided)


# --- promises ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHIPPED)
def test_every_promise_of_the_shipped_studies_is_proven(studies: Path, name: str) -> None:
    made = load(studies / name)
    assert made.protocol.promises
    for promise in made.protocol.promises:
        assert isinstance(outcome(made, promise), Kept), said(promise).text


BROKEN = [
    (LOOP, "never: count(rfa) > 2"),
    (LOOP, "never: exists rfa"),
    (LOOP, "never: arm == rfa_arm and exists rfa"),
    (LOOP, "never: exists cycle within 7 days of last(rfa)"),
    (LOOP, "never: exists rfa where count(lesions_ablated) > 5"),
    (LOOP, "never: exists rfa and count(cycle where on before first(rfa)) < 3"),
    (LOOP, "always: not exists imaging"),
    (LOOP, "eventually: exists rfa"),
    (LOOP, "never: count(cycle) > 17"),
    (LOOP, "never: platelets < 50 10^9/L and exists rfa"),
    (BOARD, "never: exists surgery"),
    (TINY, "never: exists ablation"),
]


@pytest.mark.parametrize(("text", "promise"), BROKEN)
def test_a_promise_that_can_be_broken_is_broken_by_a_history_that_deviates_in_nothing(text: str, promise: str) -> None:
    made = promising(text, promise)
    found = outcome(made, made.protocol.promises[0])
    assert isinstance(found, Broken), found
    assert not unproven(found.witness, made)
    assert not deviations(made, chart(made, found.witness.events, until=found.witness.until))


KEPT = [
    (LOOP, "never: count(rfa) > 3"),
    (LOOP, "never: arm == control and exists rfa"),
    (LOOP, "never: exists cycle within 6 days of rfa"),
    (LOOP, "never: exists rfa where not (count(lesions_ablated) between 2 and 6)"),
    (LOOP, "never: exists rfa and count(cycle where on before first(rfa)) < 2"),
    (LOOP, "always: exists cycle or not exists rfa"),
    (LOOP, "never: exists rfa and not exists imaging"),
    (LOOP, "eventually: count(rfa) <= 3"),
    (TINY, "never: exists ablation and not exists cycle"),
]


@pytest.mark.parametrize(("text", "promise"), KEPT)
def test_a_promise_that_the_steps_keep_is_proven(text: str, promise: str) -> None:
    made = promising(text, promise)
    assert isinstance(outcome(made, made.protocol.promises[0]), Kept)


def test_what_nothing_is_told_of_is_not_decided() -> None:
    bare = "equipoise: 1\nstudy: bare\ntitle: No pathway\ndesign: {type: observational}\n"
    made = promising(bare, "never: exists death")
    assert isinstance(outcome(made, made.protocol.promises[0]), NotDecided)


# --- reach -------------------------------------------------------------------------------------------------------------


def test_the_control_arm_never_comes_to_ablation() -> None:
    made = study(LOOP)
    arms = reach(made).arms
    assert arms["rfa_arm"].steps >= {"readiness", "ablation", "consolidation"}
    assert not arms["control"].steps & {"readiness", "ablation", "consolidation"}
    assert "rfa" in arms["control"].barred and "rfa" not in arms["rfa_arm"].barred
    first = expression("first(rfa)", made.scope, want=None)
    entered = expression("entered(ablation)", made.scope, want=None)
    assert may_happen(made, first, "rfa_arm") and not may_happen(made, first, "control") and may_happen(made, first)
    assert may_happen(made, entered, "rfa_arm") and not may_happen(made, entered, "control")
    assert may_happen(made, expression("first(progression) + 2 months", made.scope, want=None), "control")


def test_a_study_without_a_pathway_bars_nothing() -> None:
    made = study("equipoise: 1\nstudy: bare\ntitle: No pathway\ndesign: {type: observational}\n")
    assert reach(made).whole and not reach(made).arms[""].barred and not everywhere(made)


def test_branches_that_turn_on_one_answer_exclude_each_other() -> None:
    made = study(LOOP)
    here = everywhere(made)["control"]
    assert here.machine.taken["restaging"] == {1, 2}
    assert not stuck(here)


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_a_step_is_entered_as_often_as_its_limit_lets_it(limit: int) -> None:
    made = study(LOOP.replace("limit: 3", f"limit: {limit}").replace("count(rfa) < 3", f"count(rfa) < {limit}"))
    assert everywhere(made)["rfa_arm"].most_entries("ablation") == limit
