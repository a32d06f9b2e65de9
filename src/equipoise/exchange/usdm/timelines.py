"""The pathway and the schedule as USDM timelines: loops with a bound are unrolled, so that each way through has an end."""

from collections import deque
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from ...calendar import NO_TIME, Span, later
from ...protocol import Line, Moment, Pathway, Step
from ...study import Study, each_time
from .made import Made, Maker, iso

MOST = 5_000
"""Instances of one timeline; a pathway that unrolls to more is cut, and says so."""
VISITS = 400
"""Visits of one line of the schedule."""

Counts = tuple[tuple[str, int], ...]


# --- the pathway -----------------------------------------------------------------------------------------------------


def pathway_timelines(pathway: Pathway, maker: Maker, activities: Mapping[str, str], epoch: str) -> list[Made]:
    """A timeline for each track, the first of them the main one.

    Args:
        pathway: The pathway.
        maker: What makes the objects.
        activities: The identifiers of activities, by name.
        epoch: The identifier of the epoch in which the pathway lies.
    """
    made = []
    for number, (track, start) in enumerate(pathway.starts.items()):
        if start not in pathway.steps:
            continue
        way = _Unrolled(pathway, maker, activities, epoch)
        entry = way.entered(start, ())
        way.run()
        made.append(
            maker.thing(
                "ScheduleTimeline", name=track, label=f"Pathway: {track.replace('_', ' ')}", mainTimeline=number == 0,
                description="Each loop of the pathway is unrolled up to its limit.", entryId=entry,
                entryCondition=f"{maker.study.label(pathway.begins)} is recorded", exits=[way.exit],
                timings=way.timings, instances=way.instances,
            )
        )  # fmt: skip
    for reaction in pathway.anywhere:
        what = f"{maker.study.label(reaction.on)} is recorded"
        then = f"'{_label(pathway.steps.get(reaction.to))}' comes next" if reaction.to else f"ends {_tracks(reaction.end)}"
        rule = reaction.when
        says = f"Wherever the participant stands: when {what}{f' and {maker.said(rule)}' if rule else ''}, {then}."
        about = [activities[reaction.on]] if reaction.on in activities else []
        if rule is not None:
            maker.condition(f"anywhere_{reaction.on}", rule, about=about, where=[], says=says)
        else:
            maker.conditions.append(
                maker.thing("Condition", name=f"anywhere_{reaction.on}", text=says, appliesToIds=about, contextIds=[])
            )
    return made


def _label(step: Step | None) -> str:
    return (step.label or step.name.replace("_", " ")) if step is not None else ""


def _tracks(end: tuple[str, ...] | str) -> str:
    return "every track" if end == "all" else " and ".join(each.replace("_", " ") for each in end)


class _Unrolled:
    """A pathway on its way to a timeline: one instance for each thing that can happen, as often as it can."""

    def __init__(self, pathway: Pathway, maker: Maker, activities: Mapping[str, str], epoch: str) -> None:
        self.pathway, self.maker, self.activities, self.epoch = pathway, maker, activities, epoch
        self.exit = maker.thing("ScheduleTimelineExit")
        self.instances: list[Made] = []
        self.timings: list[Made] = []
        self._first: dict[tuple[str, Counts], Made] = {}
        self._waiting: deque[tuple[Step, Counts, Made]] = deque()
        self._limited = self._limits()
        self._end: Made | None = None
        self._is_cut = False

    def _limits(self) -> dict[str, frozenset[str]]:
        """The steps with a limit that can be reached from each step, itself included."""
        steps = self.pathway.steps
        after = {name: [to for to in _targets(step) if to in steps] for name, step in steps.items()}
        found = {}
        for name in steps:
            seen, todo = set[str](), [name]
            while todo:
                here = todo.pop()
                if here not in seen:
                    seen.add(here)
                    todo += after[here]
            found[name] = frozenset(each for each in seen if steps[each].limit is not None)
        return found

    def is_open(self, to: str, counts: Counts) -> bool:
        """Whether a step may still be entered."""
        limit = self.pathway.steps[to].limit if to in self.pathway.steps else 0
        return limit is None or dict(counts).get(to, 0) < limit

    def entered(self, name: str, counts: Counts) -> str:
        """The identifier of the first instance of a step, entered after these entries of the limited ones."""
        step = self.pathway.steps[name]
        now = dict(counts)
        if step.limit is not None:
            now[name] = now.get(name, 0) + 1
        kept: Counts = tuple(sorted((each, times) for each, times in now.items() if each in self._limited[name]))
        if (name, kept) not in self._first:
            if len(self.instances) >= MOST:
                if not self._is_cut:
                    self.maker.lost(f"the pathway unrolls to more than {MOST} instances: it is cut there", self.pathway.place)
                self._is_cut = True
                return self.ending()
            made = self.activity(step, step.do) if step.do or step.repeat or step.end else self.decision(step, "")
            if not step.do and not step.repeat and not step.end and step.guard is None and not step.decide:
                made = self.activity(step, ())
            self._first[name, kept] = made
            self._waiting.append((step, kept, made))
        found: str = self._first[name, kept]["id"]
        return found

    def run(self) -> None:
        """Unroll everything that was entered."""
        while self._waiting:
            self._step(*self._waiting.popleft())

    # --- instances --------------------------------------------------------------------------------------------------

    def _add(self, made: Made) -> Made:
        self.instances.append(made)
        if len(self.instances) == 1:
            self.timings.append(
                self.maker.thing(
                    "Timing", name="begin", label="Begin", type=self.maker.code("timing", "fixed"), value="P0D", valueLabel="the beginning",
                    relativeToFrom=self.maker.code("relative", "start"), relativeFromScheduledInstanceId=made["id"],
                    relativeToScheduledInstanceId=made["id"],
                )
            )  # fmt: skip
        return made

    def activity(self, step: Step, does: tuple[str, ...], part: str = "") -> Made:
        """An instance at which activities are done."""
        label = f"{_label(step)}{f', {part}' if part else ''}"
        named = [self.activities[name] for name in does if name in self.activities]
        return self._add(
            self.maker.thing(
                "ScheduledActivityInstance", name=f"{step.name}_{len(self.instances) + 1}", label=label, epochId=self.epoch, activityIds=named
            )
        )  # fmt: skip

    def decision(self, step: Step, part: str) -> Made:
        """An instance at which something is decided."""
        label = f"{_label(step)}{f': {part}' if part else ''}"
        return self._add(
            self.maker.thing(
                "ScheduledDecisionInstance", name=f"{step.name}_{len(self.instances) + 1}", label=label, epochId=self.epoch,
                conditionAssignments=[],
            )
        )  # fmt: skip

    def assign(self, decision: Made, condition: str, to: str, formula: object = None) -> None:
        """A way out of a decision."""
        beside = self.maker.exactly(formula) if formula is not None else []  # type: ignore[arg-type]
        decision["conditionAssignments"].append(
            self.maker.thing("ConditionAssignment", condition=condition, conditionTargetId=to, extensionAttributes=beside)
        )

    def ending(self) -> str:
        """The instance at which the timeline ends, where a decision leads there."""
        if self._end is None:
            self._end = self._add(
                self.maker.thing(
                    "ScheduledActivityInstance", name="end", label="End of this track", timelineExitId=self.exit["id"]
                )
            )
        found: str = self._end["id"]
        return found

    def timed(self, made: Made, before: Made, span: Span | None, says: str) -> None:
        """How long after another an instance comes."""
        if span is not None and span != NO_TIME:
            self.timings.append(
                self.maker.thing(
                    "Timing", name=f"after_{made['name']}", label=says, type=self.maker.code("timing", "after"), value=iso(span),
                    valueLabel=str(span), relativeToFrom=self.maker.code("relative", "start"),
                    relativeFromScheduledInstanceId=made["id"], relativeToScheduledInstanceId=before["id"],
                )
            )  # fmt: skip

    # --- a step -----------------------------------------------------------------------------------------------------

    def _step(self, step: Step, counts: Counts, first: Made) -> None:
        told: list[str] = []

        def after() -> str:
            """What comes once the step's activities are done, made once."""
            if not told:
                told.append(self._out(step, counts) if step.guard is None else self._guard(step, counts, first))
            return told[0]

        if first["instanceType"] == "ScheduledDecisionInstance":
            if step.guard is None:
                self._decided(step, counts, first)
            else:
                self._guard(step, counts, first)
            return
        last = self._repeated(step, first, after) if step.repeat and step.times is not None else first
        if step.end and step.guard is None:
            last["timelineExitId"] = self.exit["id"]
        else:
            last["defaultConditionId"] = after()

    def _out(self, step: Step, counts: Counts) -> str:
        """What comes after a step."""
        if step.end:
            return self.ending()
        if step.decide:
            decision = self.decision(step, "")
            self._decided(step, counts, decision)
            found: str = decision["id"]
            return found
        return self._to(step.next, counts)

    def _to(self, name: str, counts: Counts) -> str:
        if name not in self.pathway.steps or not self.is_open(name, counts):
            return self.ending()
        return self.entered(name, counts)

    def _repeated(self, step: Step, first: Made, after: Callable[[], str]) -> Made:
        """One activity again and again, and the last of it: from the least number on, it may be enough each time."""
        assert step.times is not None
        pace = step.every or self.maker.study.activities[step.repeat].lasts
        here = self.activity(step, (step.repeat,), f"1 of {step.times}") if step.do else first
        if step.do:
            first["defaultConditionId"] = here["id"]
        else:
            first["activityIds"] = [self.activities[step.repeat]] if step.repeat in self.activities else []
            first["label"] = f"{_label(step)}, 1 of {step.times}"
        for number in range(2, step.times.at_most + 1):
            again = self.activity(step, (step.repeat,), f"{number} of {step.times}")
            self.timed(again, here, pace, f"{pace} after the one before")
            here["defaultConditionId"] = again["id"]
            if number > step.times.at_least:
                enough = self.decision(step, "enough?")
                says = self.maker.said(step.stop) if step.stop is not None else f"After {number - 1} the participant goes on"
                self.assign(enough, says, after(), step.stop)
                enough["defaultConditionId"], here["defaultConditionId"] = again["id"], enough["id"]
            here = again
        return here

    def _guard(self, step: Step, counts: Counts, first: Made) -> str:
        """A guard, tried again as often as there is time for, and what comes where it is never met; its first question."""
        assert step.guard is not None
        out = self._out(step, counts)
        is_asked_first = first["instanceType"] == "ScheduledDecisionInstance"
        tries = 1
        if step.retry is not None and step.do:
            tries += int(step.retry.for_.about_days // max(step.retry.every.about_days, 1))
        asks = found = first if is_asked_first else self.decision(step, "may it go on?")
        here = first
        for number in range(1, tries + 1):
            self.assign(asks, self.maker.said(step.guard), out, step.guard)
            if number == tries:
                asks["defaultConditionId"] = self._to(step.on_timeout, counts) if step.on_timeout else None
                break
            again = self.activity(step, step.do, f"try {number + 1} of {tries}")
            self.timed(again, here, step.retry.every if step.retry is not None else None, "tried again")
            asks["defaultConditionId"] = again["id"]
            asks = self.decision(step, "may it go on?")
            again["defaultConditionId"], here = asks["id"], again
        made: str = found["id"]
        return made

    def _decided(self, step: Step, counts: Counts, decision: Made) -> None:
        """A decision: a branch that is used up is not offered."""
        who = {"mdt": "The tumour board", "site": "The site", "patient": "The patient", "randomiser": "The randomiser"}
        for branch in step.decide:
            to = branch.to or branch.otherwise
            if branch.to and not self.is_open(to, counts):
                continue
            target = self._to(to, counts)
            if step.by != "rule" and branch.option:
                chosen = f"{who.get(step.by, f'The {step.by}')} chooses: {branch.label or branch.option.replace('_', ' ')}"
                rule = f" (proposed where: {self.maker.said(branch.when)})" if branch.when is not None else ""
                self.assign(decision, chosen + rule, target, branch.when)
            elif branch.when is not None:
                self.assign(decision, self.maker.said(branch.when), target, branch.when)
            if branch.otherwise:
                decision["defaultConditionId"] = target
        if step.by == "rule" and step.unknown in self.pathway.steps:
            self.assign(decision, "It cannot be told yet which of the others holds", self._to(step.unknown, counts))
        if not decision["conditionAssignments"]:  # all that is left is the way that is taken otherwise
            self.assign(decision, "None of the other ways is offered any more", decision["defaultConditionId"] or self.ending())
            decision["defaultConditionId"] = None


def _targets(step: Step) -> list[str]:
    named = [step.next, step.on_timeout, step.unknown, *(branch.to or branch.otherwise for branch in step.decide)]
    return [name for name in named if name]


# --- the schedule ----------------------------------------------------------------------------------------------------


def schedule_timeline(
    line: Line, number: int, maker: Maker, activities: Mapping[str, str], epoch: str, encounters: list[Made]
) -> Made:
    """A line of the schedule as a timeline of its own, entered at its anchor.

    Args:
        line: The line.
        number: Its number, from 1.
        maker: What makes the objects.
        activities: The identifiers of activities, by name.
        epoch: The identifier of the epoch in which it lies.
        encounters: Takes up the visits that it asks for.
    """
    study, label = maker.study, line.label or f"Schedule, line {number}"
    leave = maker.thing("ScheduleTimelineExit")
    anchor = maker.thing("ScheduledActivityInstance", name=f"anchor_{number}", label=_anchor(line, study), epochId=epoch)
    instances, timings = [anchor], [
        maker.thing(
            "Timing", name=f"anchor_{number}", label=anchor["label"], type=maker.code("timing", "fixed"), value="P0D",
            valueLabel="the anchor", relativeToFrom=maker.code("relative", "start"), relativeFromScheduledInstanceId=anchor["id"],
            relativeToScheduledInstanceId=anchor["id"],
        )
    ]  # fmt: skip
    named = [activities[name] for name in line.do if name in activities]
    here = anchor
    for span in _visits(line, maker):
        visit = maker.thing(
            "ScheduledActivityInstance", name=f"line_{number}_{len(instances)}", label=f"{label}: {span if span is not None else 'again'}",
            epochId=epoch, activityIds=named,
        )  # fmt: skip
        known: dict[str, Any] = {"value": iso(span), "valueLabel": str(span)}
        if line.window is not None:
            known |= {
                "windowLower": iso(line.window.before),
                "windowUpper": iso(line.window.after),
                "windowLabel": str(line.window),
            }
        timing = maker.thing(
            "Timing", name=visit["name"], label=visit["label"], type=maker.code("timing", "after"), relativeToFrom=maker.code("relative", "start"), relativeFromScheduledInstanceId=visit["id"],
            relativeToScheduledInstanceId=anchor["id"], **known,
        )  # fmt: skip
        timings.append(timing)
        met = maker.thing(
            "Encounter",
            name=visit["name"],
            label=visit["label"],
            type=maker.code("encounter", "visit"),
            scheduledAtId=timing["id"],
        )
        encounters.append(met)
        visit["encounterId"] = met["id"]
        here["defaultConditionId"] = visit["id"]
        instances.append(visit)
        here = visit
    if _goes_on(line):
        _open_end(line, number, maker, instances, timings, leave)
    else:
        here["timelineExitId"] = leave["id"]
    if line.while_ is not None:
        maker.condition(
            f"while_line_{number}",
            line.while_,
            about=named,
            where=[each["id"] for each in instances[1:] if "activityIds" in each],
        )
    if line.hard is not None:
        maker.lost(f"{label}: the hard limits of a visit stand in the exact layer alone", line.place)
    return maker.thing(
        "ScheduleTimeline", name=f"schedule_{number}", label=label, mainTimeline=False, entryCondition=_anchor(line, study),
        entryId=anchor["id"], exits=[leave], timings=timings, instances=instances,
    )  # fmt: skip


def _anchor(line: Line, study: Study) -> str:
    if line.anchor is None:
        every = line.every
        assert every is not None
        return f"After every {every.count} times: {study.label(every.activity)}"
    named = study.label(line.anchor.text.strip()) if line.anchor.text.strip() in study.activities else line.anchor.text
    again = line.for_each == "each" or line.for_each is None and each_time(line.anchor, study)
    return f"{named}: each time it takes place" if again else f"{named} takes place"


def _goes_on(line: Line) -> bool:
    """Whether a line has no end of its own that could be counted."""
    return line.every is not None and line.every.span is not None and not isinstance(line.until, Span)


def _visits(line: Line, maker: Maker) -> list[Span]:
    """How long after the anchor each visit is due; of a line without an end, the first."""
    if line.on:
        return [Span(days=day) for day in line.on]
    if line.at is not None:
        return [line.at]
    every = line.every
    assert every is not None
    if every.span is None:
        return [NO_TIME]
    first = line.starting or every.span
    if not isinstance(line.until, Span):
        return [first]
    made, day = list[Span](), date(2001, 1, 1)
    last = later(day, line.until)
    for number in range(VISITS):
        span = Span(first.days + every.span.days * number, first.months + every.span.months * number)
        if later(later(day, Span(months=span.months)), Span(days=span.days)) > last:
            return made
        made.append(span)
    maker.lost(f"more than {VISITS} visits of one line of the schedule are not unrolled", line.place)
    return made


def _open_end(line: Line, number: int, maker: Maker, instances: list[Made], timings: list[Made], leave: Made) -> None:
    """A line that goes on until something happens: back to the visit, unless its end has come."""
    assert line.every is not None and line.every.span is not None
    visit = instances[-1]
    end = maker.thing("ScheduledActivityInstance", name=f"line_{number}_end", label="The line ends", timelineExitId=leave["id"])
    rule = line.until if isinstance(line.until, Moment) else None
    named = (
        maker.study.label(rule.text) if rule is not None and rule.text in maker.study.activities else rule.text if rule else ""
    )
    says = f"{named} has come" if rule is not None else "Follow-up of the participant ends"
    ask = maker.thing(
        "ScheduledDecisionInstance", name=f"line_{number}_until", label=f"Until {named or 'follow-up ends'}",
        conditionAssignments=[
            maker.thing("ConditionAssignment", condition=says, conditionTargetId=end["id"], extensionAttributes=maker.exactly(rule) if rule else [])
        ],
        defaultConditionId=visit["id"],
    )  # fmt: skip
    visit["defaultConditionId"] = ask["id"]
    visit["description"] = f"Again every {line.every.span}, until it ends."
    instances += [ask, end]
