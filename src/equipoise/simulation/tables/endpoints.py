"""The endpoints that have a single outcome; of the others it is said why they have none."""

from ...endpoints.measurement import A_MONTH, defined
from ...expression.grammar import LESIONS
from ...expression.tree import Kind, Pick, parts
from ...protocol import Endpoint, Moment
from ...study import ALIVE
from ..site import record
from ..statements import NotCompiled, looks_at
from .table import Tables

COMBINED = {"sum": 1, "mean": 2, "worst": 3, "best": 4, "last": 0}


def endpoints(t: Tables) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The endpoints that are evaluated, and of each other one why it is not."""
    told, left_out = list[str](), list[str]()
    t.room(len(t.protocol.endpoints), record.ENDPOINTS, "endpoints")
    for name, each in t.protocol.endpoints.items():
        try:
            _endpoint(t, each, len(told))
            told.append(name)
        except NotCompiled as why:
            left_out.append(f"endpoint '{name}' is left out: {why}")
    t.r.n_endpoints = len(told)
    return tuple(told), tuple(left_out)


def _endpoint(t: Tables, each: Endpoint, e: int) -> None:
    r, who = t.r, f"endpoint '{each.name}'"
    kinds = {"time_to_event": 0, "occurrence": 1, "measurement": 2, "score": 3, "cost": 4}
    if each.kind not in kinds:
        raise NotCompiled(f"a {each.kind} has no single outcome that is compiled")
    r.endpoint_kind[e] = kinds[each.kind]
    r.among[e], r.origin[e] = t.statement(each.among, who), t.statement(each.from_, who)
    r.has_from[e] = each.from_ is not None
    for group, moments in enumerate((each.events, each.competing, each.censors)):
        t.room(len(moments), record.MOMENTS, "events")
        r.n_moments[e, group] = len(moments)
        for m, moment in enumerate(moments):
            r.moment_form[e, group, m], r.moment_statement[e, group, m] = _moment(t, moment, who)
    t.span("horizon", e, each.horizon, "has_horizon")
    t.span("span", e, each.within if each.kind == "occurrence" else each.at, "has_span")
    r.attributed[e] = t.form(each.attributed_to) if each.attributed_to else -1
    window = each.window or A_MONTH
    t.span("around_before", e, window.before)
    t.span("around_after", e, window.after)
    r.combine[e], r.measured[e], r.n_measured[e] = COMBINED[each.combine], -1, 0
    if each.kind == "measurement":
        _measured(t, each, e, who)
    elif each.kind in ("score", "cost"):
        _several(t, each, e)


def _measured(t: Tables, each: Endpoint, e: int, who: str) -> None:
    r = t.r
    tree = defined(each.item, t.study)
    if tree is not None:
        if any(isinstance(part, Pick) and part.rows.form == ALIVE for part in parts(tree)):
            raise NotCompiled("it asks on an earlier day how long the participant was known to live")
        r.measured[e] = t.tree(tree, who)
        r.looks_at_lesions[e] = looks_at(tree, LESIONS)
        if tree.type.kind is Kind.TRUTH:
            r.combine[e] = 9
        return
    _sources(t, each.item, e, 0)


def _several(t: Tables, each: Endpoint, e: int) -> None:
    """The items of a score or a cost, wherever they are asked for."""
    named = each.items or (each.item,)
    parts_ = list(dict.fromkeys(named))
    t.r.n_parts[e] = len(parts_)
    for name in named:
        if defined(name, t.study) is not None:
            raise NotCompiled(f"'{name}' is a definition, which is followed along its course")
        _sources(t, name, e, parts_.index(name))


def _sources(t: Tables, named: str, e: int, part: int) -> None:
    """Every form in which an item is asked for."""
    r = t.r
    form, _, item = named.rpartition(".")
    homes = [name for name, activity in t.study.activities.items() if item in activity.items and form in ("", name)]
    t.room(int(r.n_measured[e]) + len(homes), record.MEASURED, "answers that are made into one")
    for name in homes:
        if t.study.activities[name].items[item].type not in ("choice", "yes_no", "integer", "real", "quantity", "score"):
            raise NotCompiled(f"'{item}' is no number")
        at = r.n_measured[e]
        r.measured_form[e, at], r.measured_column[e, at] = t.form(name), t.statements.column(name, item)
        r.measured_part[e, at] = part
        r.n_measured[e] += 1


def _moment(t: Tables, moment: Moment, who: str) -> tuple[int, int]:
    tree = moment.settled
    each = isinstance(tree, Pick) and tree.of.name == "on" and (tree.which == "first" or tree.bare)
    if each and isinstance(tree, Pick) and tree.rows.form in t.forms:
        form = tree.rows.form
        return t.form(form), -1 if tree.rows.where is None else t.tree(tree.rows.where, who, form)
    return -1, t.tree(tree, who)
