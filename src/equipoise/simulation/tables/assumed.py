"""What is assumed beyond distributions and chances: factors of hazards, what is missed, what goes together, how sites recruit."""

from ..plan import Drawing
from ..recruitment import recruiting
from ..site import record
from .table import Tables


def factors(t: Tables, drawing: Drawing, d: int) -> None:
    """What multiplies a hazard while a statement is met."""
    r, first = t.r, t.n_factors
    t.n_factors += len(drawing.assumed.factors)
    t.room(t.n_factors, record.FACTORS, "factors of hazards")
    r.factors[d], r.n_factors[d] = first, len(drawing.assumed.factors)
    for number, each in enumerate(drawing.assumed.factors, first):
        r.factor_when[number] = t.statement(each.when, f"a factor of '{drawing.assumed.name}'")
        r.factor_ratio[number], r.factor_chance[number] = float(each.ratio), float(each.chance)


def missed(t: Tables) -> None:
    """The activities of the schedule that are missed now and then."""
    t.r.misses = bool(t.made.missed)
    for name, chance in t.made.missed.items():
        t.r.missed[t.form(name)], t.r.missed_slot[t.form(name)] = chance, t.made.slots["clock", name][0]


def together(t: Tables) -> None:
    """The items that go together: each is drawn, whether or not anybody looks at it, since others are drawn by it."""
    names = list(t.made.together)
    t.room(len(names), record.TOGETHER, "items that go together")
    t.r.n_together = len(names)
    for own, name in enumerate(names):
        home = "item", t.made.homes[name], name
        t.r.together_slot[own], t.r.together_word[own] = t.made.slots[home]
        for other, by in t.made.together[name].items():
            t.r.weight[own, names.index(other)] = by
        for form, activity in t.study.activities.items():
            if name in activity.items and activity.items[name].type != "lesions":
                t.statements.column(form, name)


def recruitment(t: Tables) -> None:
    """How sites open and come to their pace, where that is assumed."""
    r, sites = t.r, recruiting(t.protocol.assumptions["accrual"])
    t.room(len(sites), record.SITES, "sites that recruit")
    r.n_recruiting = len(sites)
    for number, each in enumerate(sites):
        r.pace[number], r.opens[number], r.ramp[number] = each.pace, each.opens, each.ramp
        r.recruits[number] = list(t.protocol.sites).index(each.site) if each.site else -1
