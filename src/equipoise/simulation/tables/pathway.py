"""The pathway: its steps, what moves a participant along them, and what an activity needs to take place."""

from ...calendar import NO_TIME
from ...protocol import BUILT_IN, Step
from ..assumptions import chances
from ..plan import consulted
from ..site import record
from ..statements import NotCompiled
from .table import Tables


def pathway(t: Tables) -> None:
    """What each activity does to the pathway, and the pathway itself."""
    r, made, pathway = t.r, t.made, t.protocol.pathway
    r.begins = r.treatment_track = -1
    ranks = sorted([*t.forms, "decide"])
    r.decide_rank = ranks.index("decide")
    for name, index in t.forms.items():
        activity = t.study.activities[name]
        r.repeats[index] = bool(activity.repeats)
        r.treats[index] = {"ablated": 1, "resected": 2}.get(activity.treats or "", 0)
        if activity.treats and not r.treats[index]:
            raise NotCompiled(f"'{name}' treats lesions in a way that is not compiled: {activity.treats}")
        r.shows_lesions[index] = activity.lesions
        r.lasts[index] = activity.lasts is not None
        t.span("lasts", index, activity.lasts)
        r.asked[index], r.watched[index], r.rank[index] = name in made.asked, name in made.watched, ranks.index(name)
        r.is_allocation[index] = name in ("randomisation", "assignment")
        r.delay[index] = -1
    r.has_pathway = pathway is not None
    if pathway is None:
        return
    tracks = list(dict.fromkeys([*pathway.starts, *(step.track for step in pathway.steps.values())]))
    t.tracks = {name: index for index, name in enumerate(tracks)}
    t.room(len(tracks), record.TRACKS, "tracks")
    r.n_tracks, r.begins = len(tracks), t.form(pathway.begins)
    for name, index in t.tracks.items():
        r.start_step[index] = t.steps.get(pathway.starts.get(name, ""), -1)
        r.track_rank[index] = sorted(tracks).index(name)
    r.n_begin = len(pathway.starts)
    r.begin_track[: len(pathway.starts)] = [t.tracks[name] for name in pathway.starts]
    r.treatment_track = t.tracks.get("treatment", -1)
    for name, index in t.steps.items():
        _step(t, pathway.steps[name], index)
    t.room(len(pathway.anywhere), 32, "reactions")
    free = {"death", "withdrawal", *(name for line in t.protocol.schedule for name in line.do)}
    free |= {reaction.on for reaction in pathway.anywhere}
    for name in made.asked - free:
        r.on_path[t.form(name)] = 1
    for name in ("death", "withdrawal"):
        r.reacts[t.form(name)] = 1
    for index, each in enumerate(pathway.anywhere):
        r.reaction_on[index], r.reaction_to[index] = t.form(each.on), t.steps.get(each.to, -1)
        r.reaction_when[index] = t.statement(each.when, "a reaction of the pathway")
        r.reaction_all[index] = each.end == "all"
        ends = () if each.end == "all" else each.end
        r.reaction_tracks[index] = sum(1 << t.tracks[track] for track in ends if track in t.tracks)
        r.reacts[t.form(each.on)] = 1
    r.n_reactions = len(pathway.anywhere)
    apart = dict.fromkeys(
        (kind, each.from_, each.at_least)
        for step in pathway.steps.values() for each in step.apart for kind in (*step.do, *([step.repeat] if step.repeat else []))
    )  # fmt: skip
    t.room(len(apart), 32, "distances")
    for index, (kind, other, least) in enumerate(apart):
        r.apart_kind[index], r.apart_other[index] = t.form(kind), t.form(other)
        t.span("apart", index, least)
        r.is_apart[t.form(kind)] = r.is_apart[t.form(other)] = 1
    r.n_apart = len(apart)
    _requirements(t)


def _step(t: Tables, step: Step, index: int) -> None:
    r, who = t.r, f"step '{step.name}'"
    t.room(len(step.do), record.PER_FORM, f"activities of {who}")
    r.track[index], r.n_do[index] = t.tracks[step.track], len(step.do)
    r.do[index, : len(step.do)] = [t.form(name) for name in step.do]
    r.repeat[index] = t.form(step.repeat) if step.repeat else -1
    if step.times is not None:
        r.least[index], r.most[index] = step.times.at_least, step.times.at_most
    r.stop[index], r.guard[index] = t.statement(step.stop, who), t.statement(step.guard, who)
    r.has_retry[index] = step.retry is not None
    if step.retry is not None:
        t.span("retry", index, step.retry.every)
        t.span("for", index, step.retry.for_)
    r.on_timeout[index] = t.steps.get(step.on_timeout, -1)
    r.next[index], r.is_end[index] = t.steps.get(step.next, -1), step.end
    r.by_rule[index] = step.by == "rule"
    t.room(len(step.decide), record.BRANCHES, f"branches of {who}")
    r.n_branches[index] = len(step.decide)
    for number, branch in enumerate(step.decide):
        r.to[index, number] = t.steps.get(branch.to or branch.otherwise, -1)
        r.branch_when[index, number] = -1 if branch.otherwise else t.statement(branch.when, who)
        r.is_otherwise[index, number], r.has_option[index, number] = bool(branch.otherwise), bool(branch.option)
    r.unknown[index] = t.steps.get(step.unknown, -1)
    r.has_timeouts |= bool(step.on_timeout)
    r.step_limit[index] = -1 if step.limit is None else step.limit
    r.has_within[index] = step.within is not None
    t.span("within", index, step.within)
    pace = step.every or (t.study.activities[step.repeat].lasts if step.repeat else None) or NO_TIME
    t.span("pace", index, pace)
    r.step_slot[index] = t.made.slots["step", step.name][0]
    drawing = t.made.rounds.get(step.name)
    r.step_drawing[index] = -1
    if drawing is not None:
        d = r.step_drawing[index] = t.drawing(drawing, *t.made.slots["step", step.name], form=-1)
        for key, name in enumerate(t.keys):
            if r.has_key[d, key] and drawing.assumed.chances and step.times is None:
                given = chances(drawing.assumed, name)
                r.likely[index, key, : len(step.decide)] = [given.get(branch.option, 0.0) for branch in step.decide]


def _requirements(t: Tables) -> None:
    r, made = t.r, t.made
    for name, statements in made.requires.items():
        form = t.form(name)
        t.room(len(statements), record.PER_FORM, f"requirements of '{name}'")
        r.has_requires[form], r.n_requires[form] = 1, len(statements)
        for index, each in enumerate(statements):
            r.requires[form, index] = t.statement(each, f"what is required of '{name}'")
            free = [
                t.form(other) for other, _ in sorted(consulted([each.settled]))
                if other in t.forms and other not in made.on_path and other != name and other not in BUILT_IN
            ]  # fmt: skip
            free = list(dict.fromkeys(free))
            for other in free:
                if list(t.forms)[other] in made.requires:
                    raise NotCompiled(f"what is required of '{name}' looks at what has requirements of its own")
            t.room(len(free), record.PER_FORM, "activities that a requirement looks at")
            r.n_prepares[form, index] = len(free)
            r.prepares[form, index, : len(free)] = free
