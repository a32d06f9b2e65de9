"""What drawing participants would need and the study does not assume: simulation refuses, and lists it."""

from collections.abc import Iterator, Mapping

from ..calendar import When
from ..expression.explain import explain
from ..expression.facts import Facts, Row, Value
from ..expression.grammar import LESIONS, expression
from ..expression.tree import Field, Rows, Tree, parts
from ..finding import Finding, Place, Unreadable
from ..protocol import Endpoint
from ..study import ALIVE, Study
from .assumptions import chances, subject
from .plan import Plan, plan, trees_of

CERTAIN = ("enrolment", "consent", "randomisation", "assignment", "judgement", "last_contact")
"""Activities that the virtual site records by itself where they belong."""

Needs = Iterator[tuple[str, Place, str]]


def lacking(study: Study) -> tuple[Finding, ...]:
    """What eligibility, the pathway, the schedule, the endpoints and the analyses look at and nothing is assumed of.

    Of eligibility only what would settle a criterion counts: a question that is never reached needs no answer. What is
    taken for granted instead is listed in `simulation`'s docstring, and nothing else is.
    """
    made = plan(study)
    found: dict[str, Finding] = {}
    for name, place, says in (*_joining(made), *_following(made), *_deciding(made)):
        found.setdefault(name, Finding("no-assumption", place, says))
    return tuple(found.values())


def _joining(made: Plan) -> Needs:
    study = made.study
    assumed = study.protocol.assumptions.get("accrual")
    if assumed is None or not assumed.per_month:
        yield "accrual", study.protocol.place, "nothing says how fast participants join: assume 'accrual', per_month"
    facts = _certain(made)
    for rule in made.rules:
        trees = [rule.tree, *rule.groups, *(member for _, member in rule.cohorts if member is not None)]
        for tree in trees:
            for missing in explain(tree, facts, study.scope).missing:
                yield from _need(missing.form, missing.fact, made, rule.criterion.place, f"criterion '{rule.criterion.id}'")
            yield from _lesion_needs(tree, made, rule.criterion.place, f"criterion '{rule.criterion.id}'")
            yield from _ranges(tree, made, rule.criterion.place)
    for name, tree in zip(study.protocol.allocation.strata if study.protocol.allocation else (), made.strata, strict=True):
        yield from _of(tree, made, study.protocol.place, f"stratum '{name}'")


def _certain(made: Plan) -> Facts:
    """What is known of everybody before anything is drawn: answers with a chance of 1, and constants."""
    day = When.on(made.start)
    rows: dict[str, tuple[Row, ...]] = {"enrolment": (Row(day),)}
    judged: dict[str, Value] = {
        rule.criterion.id: not rule.is_barred for rule in made.rules if rule.criterion.id in _judged(made)
    }
    rows["judgement"] = (Row(day, judged),)
    for name in made.baseline:
        rows[name] = (Row(day, _constants(name, made)),)
    closed = frozenset(made.study.protocol.closed) | ({LESIONS} if made.follows_lesions else frozenset())
    return Facts(made.start, rows, closed)


def _constants(name: str, made: Plan) -> Mapping[str, Value]:
    values: dict[str, Value] = {}
    for drawing in made.drawings[name]:
        assumed, item = drawing.assumed, drawing.item
        if drawing.keys or not assumed.chances or item.type not in ("choice", "yes_no"):
            continue
        certain = [code for code, chance in chances(assumed).items() if chance == 1]
        if certain:
            values[item.name] = certain[0] == "yes" if item.type == "yes_no" else certain[0]
    return values


def _judged(made: Plan) -> frozenset[str]:
    return frozenset(made.study.activities["judgement"].items)


def _following(made: Plan) -> Needs:
    protocol = made.study.protocol
    groups = [(each, f"group '{name}'") for name, each in protocol.groups.items()]
    steps = [(each, f"step '{name}'") for name, each in protocol.pathway.steps.items()] if protocol.pathway else []
    reactions = [(each, "the pathway") for each in protocol.pathway.anywhere] if protocol.pathway else []
    lines = [(each, f"the schedule ('{each.label}')" if each.label else "the schedule") for each in protocol.schedule]
    assumed = [(each, f"the assumption of '{name}'") for name, each in protocol.assumptions.items()]
    for part, who in (*groups, *steps, *reactions, *lines, *assumed):
        for formula, tree in trees_of(part):
            yield from _of(tree, made, formula.place, who)
    for endpoint in protocol.endpoints.values():
        yield from _endpoint(endpoint, made)
    for analysis in protocol.analyses.values():
        for name in (*analysis.adjust, *analysis.stratify):
            yield from _named(name, made, analysis.place, f"analysis '{analysis.name}'")


def _endpoint(endpoint: Endpoint, made: Plan) -> Needs:
    who = f"endpoint '{endpoint.name}'"
    events = {id(tree) for moment in endpoint.events for _, tree in trees_of(moment)}
    for formula, tree in trees_of(endpoint):
        yield from _of(tree, made, formula.place, who, must_happen=id(tree) in events)
    for name in (endpoint.item, *endpoint.items):
        if name:
            yield from _named(name, made, endpoint.place, who)


def _named(name: str, made: Plan, place: Place, who: str) -> Needs:
    try:
        tree = expression(name, made.study.scope, want=None)
    except Unreadable:  # structure says so
        return
    yield from _of(tree, made, place, who)


def _of(tree: Tree, made: Plan, place: Place, who: str, *, must_happen: bool = False) -> Needs:
    for part in parts(tree):
        if isinstance(part, Field):
            yield from _need(part.form, part.name, made, place, who, must_happen=must_happen)
        elif isinstance(part, Rows):
            yield from _need(part.form, "on", made, place, who, must_happen=must_happen)
    yield from _ranges(tree, made, place)


def _lesion_needs(tree: Tree, made: Plan, place: Place, who: str) -> Needs:
    for part in parts(tree):
        if isinstance(part, Field) and part.form == LESIONS:
            yield from _need(part.form, part.name, made, place, who)


def _need(form: str, name: str, made: Plan, place: Place, who: str, *, must_happen: bool = False) -> Needs:
    study = made.study
    if form == LESIONS:
        if "lesion_count" not in made.words:
            yield "lesion_count", place, f"{who} looks at lesions: assume 'lesion_count'"
        if name == "diameter" and "diameter" not in made.words:
            yield "diameter", place, f"{who} looks at the size of lesions: assume their 'diameter'"
        return
    if form == ALIVE or ":" in form or form not in study.activities:
        return
    happens = _happens(form, made)
    if name in ("on", form):
        if not happens and (must_happen or form not in study.protocol.closed):
            never = f"assume how often, or that it never does: '{form}: {{per_month: 0}}'"
            yield form, place, f"{who} looks at whether '{form}' takes place: {never}"
        return
    item = study.activities[form].items.get(name)
    if item is None or not happens or form == "judgement":
        return
    by_convention = name in ("arm", "site") or item.type == "lesions" or (form, name) == ("withdrawal", "from")
    by_rule = name == "cohort" and all(tree is not None for _, tree in made.cohorts)
    found = subject(name, study)
    if not (by_convention or by_rule) and (found is None or name not in study.protocol.assumptions):
        label = f" ({item.label})" if item.label else ""
        yield f"{form}.{name}", place, f"{who} looks at '{name}'{label} of '{form}': assume how its answers are spread"


def _happens(form: str, made: Plan) -> bool:
    scheduled = any(form in line.do for line in made.study.protocol.schedule)
    drawn = any(name == form for each in made.clocks.values() for name, _ in each)
    return form in CERTAIN or form in made.asked or form in made.baseline or scheduled or drawn


def _ranges(tree: Tree, made: Plan, place: Place) -> Needs:
    """A laboratory's range that is looked at, at a site that does not say it."""
    for part in parts(tree):
        if isinstance(part, Field) and part.part and part.form in made.study.activities:
            for site in made.study.protocol.sites or [""]:
                if (part.name, part.part) not in made.limits[site][part.form]:
                    at = f"site '{site}'" if site else "any site: there are no 'sites'"
                    name = f"{site}.{part.name}.{part.part}"
                    yield name, place, f"the {part.part.upper()} of '{part.name}' is looked at and is not said for {at}"


def _deciding(made: Plan) -> Needs:
    protocol = made.study.protocol
    for step in protocol.pathway.steps.values() if protocol.pathway is not None else ():
        options = [branch for branch in step.decide if branch.option]
        ruled = any(branch.when is not None for branch in options) or any(branch.otherwise for branch in options)
        if step.by != "rule" and options and step.name not in made.rounds and not ruled:
            yield (
                step.name,
                step.place,
                f"step '{step.name}' is decided by people and no rule proposes: assume 'chances' of its options",
            )
    if made.allocates:
        allocation = protocol.allocation
        by_lot = allocation is not None and (allocation.method != "assigned" or bool(allocation.ratio))
        if not by_lot and "arm" not in protocol.assumptions:
            yield (
                "arm",
                protocol.place,
                "nothing says how participants come to their arms: say 'allocation', or assume 'arm'",
            )
        elif allocation is not None and allocation.method in ("minimisation", "biased_coin"):
            yield (
                "allocation",
                allocation.place,
                f"allocation by {allocation.method.replace('_', ' ')} cannot be drawn yet",
            )
