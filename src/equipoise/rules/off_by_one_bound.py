"""The register lists another age or sex than the criteria admit.

What it finds
    The youngest and the oldest whom the criteria let in, and the sexes, held against what the study says its registration
    lists. "Over 18" bars the eighteen-year-olds whom "18 years and older" lets in.

Why it matters
    People are found, and turned away, by the register's fields. Whoever lies between the two was promised otherwise.

Seen in
    NCT06980792 asks for patients of age >18 in its criteria, and elsewhere for 18 and older.
"""

import re
from collections.abc import Callable, Iterator
from typing import Literal

from ..bounds import term_of
from ..eligibility import Wanted, cohorts, somebody, wanted, witness
from ..expression.grammar import expression
from ..expression.tree import Among, Compare, Constant, Tree
from ..finding import Severity
from ..logic import MET
from ..protocol import Item, Registration
from ..quantity import are_alike
from ..shown import Answer, NotDecided, Shown
from ..study import Study
from ..witness import Screened, Witness
from .rule import Flaw, rule

_Op = Literal["<", "<=", ">", ">=", "=="]
OLDEST = 120
"""Years: a registration up to here, or beyond, sets no upper limit."""
_AGE = re.compile(r"\b(?:age|aged|birth)\b(?! at birth)", re.IGNORECASE)
FIX = "let the register and the criteria say the same"


@rule(Severity.ERROR)
def off_by_one_bound(study: Study) -> Iterator[Flaw]:
    if not study.protocol.eligibility:
        return
    for registration in study.protocol.registrations:
        if registration.age is not None:
            yield from _ages(registration, study)
        if registration.sex is not None:
            yield from _sexes(registration, study)


# --- ages --------------------------------------------------------------------------------------------------------


def _ages(registration: Registration, study: Study) -> Iterator[Flaw]:
    assert registration.age is not None
    low, high = registration.age.low, registration.age.high
    lists = f"{registration.registry} lists {registration.age} years"
    asked = _asked_for("age", study)
    if asked is None:
        if not _is_asked_otherwise(study):
            yield Flaw(registration.place, f"{lists}, and no form of the study asks for an age", "age", FIX)
        return
    age = asked[0]

    def aged(*bounds: tuple[_Op, float]) -> Answer:
        return _somebody({f"age {op} {at:g}": (_compared(age, op, at), MET) for op, at in bounds}, study)

    if low > 0:
        if isinstance(younger := aged(("<", low)), Shown):
            years = _furthest(lambda at: isinstance(aged(("<=", at)), Shown), int(low) - 1, down=True)
            says = f"{lists}, and the criteria admit " + ("any younger age" if years <= 0 else f"the age of {years} already")
            yield Flaw(registration.place, says, "age", FIX, _shown(younger, study))
        elif isinstance(answer := aged(("==", low)), NotDecided):
            yield _undecided(registration, answer)
        elif not isinstance(answer, Shown) and isinstance(aged((">", low), ("<=", high)), Shown):
            years = _furthest(lambda at: isinstance(aged((">", low), ("<=", at)), Shown), int(high), down=True)
            bars = f"bar the age of {low:g}" if years <= low + 1 else f"admit nobody before the age of {years}"
            yield Flaw(registration.place, f"{lists}, and the criteria {bars}", "age", FIX)
    if high < OLDEST:
        if isinstance(older := aged((">", high)), Shown):
            years = _furthest(lambda at: isinstance(aged((">=", at)), Shown), int(high) + 1, down=False)
            says = f"{lists}, and the criteria admit " + ("any older age" if years >= OLDEST else f"the age of {years} still")
            yield Flaw(registration.place, says, "age", FIX, _shown(older, study))
        elif isinstance(answer := aged(("==", high)), NotDecided):
            yield _undecided(registration, answer)
        elif not isinstance(answer, Shown) and isinstance(aged(("<", high), (">=", low)), Shown):
            years = _furthest(lambda at: isinstance(aged(("<", high), (">=", at)), Shown), int(low), down=False)
            bars = f"bar the age of {high:g}" if years >= high - 1 else f"admit nobody after the age of {years}"
            yield Flaw(registration.place, f"{lists}, and the criteria {bars}", "age", FIX)


def _furthest(holds: Callable[[int], bool], at: int, *, down: bool) -> int:
    """The last age, from one at which it holds, at which it still does; looked for by halves."""
    good, bad = at, -1 if down else OLDEST + 1
    while abs(good - bad) > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if holds(middle) else (good, middle)
    return good


# --- sexes -------------------------------------------------------------------------------------------------------


def _sexes(registration: Registration, study: Study) -> Iterator[Flaw]:
    lists = (
        f"{registration.registry} lists {'both sexes' if registration.sex == 'all' else f'the {registration.sex} sex alone'}"
    )
    asked = _asked_for("sex", study)
    if asked is None:
        if registration.sex != "all":
            yield Flaw(registration.place, f"{lists}, and no form of the study asks for the sex", "sex", FIX)
        return
    sex, item = asked
    if not isinstance(_somebody({}, study), Shown):
        return  # nobody at all can enter, which is said elsewhere
    for code in ("female", "male") if {"female", "male"} <= {*item.options} else ():
        answer = _somebody({f"sex {code}": (Among(sex, (code,)), MET)}, study)
        is_listed = registration.sex in ("all", code)
        if isinstance(answer, NotDecided):
            yield _undecided(registration, answer)
        elif isinstance(answer, Shown) and not is_listed:
            shown = _shown(answer, study)
            yield Flaw(registration.place, f"{lists}, and the criteria admit the {code} sex", "sex", FIX, shown)
        elif not isinstance(answer, Shown) and is_listed:
            yield Flaw(registration.place, f"{lists}, and the criteria admit nobody of the {code} sex", "sex", FIX)


# --- asking ------------------------------------------------------------------------------------------------------


def _asked_for(name: str, study: Study) -> tuple[Tree, Item] | None:
    """What expressions read of the item that holds the age, or the sex, and the item."""

    def is_it(item: Item) -> bool:
        term = term_of(item)
        return (term is not None and term.name == name) or item.name == name

    for form, each in study.activities.items():
        for key, item in each.items.items():
            if is_it(item):
                return expression(f"{form}.{key}", study.scope, want=None), item
    return None


def _is_asked_otherwise(study: Study) -> bool:
    """Whether a form asks for an age of its own, in months say: registers list whole years, so that the two are not compared."""
    items = [item for each in study.activities.values() for item in each.items.values()]
    return any(_AGE.search(f"{item.name.replace('_', ' ')} {item.label}") and _is_time(item) for item in items)


def _is_time(item: Item) -> bool:
    return item.type in ("month", "date") or (bool(item.unit) and are_alike(item.unit, "months"))


def _compared(age: Tree, op: _Op, at: float) -> Tree:
    return Compare(op, age, Constant(at, age.type))


def _somebody(more: Wanted, study: Study) -> Answer:
    """Whether the criteria let in anybody for whom this holds as well."""
    answers = [somebody(study, {**wanted(study, way), **more}) for way in cohorts(study)]
    for kind in (Shown, NotDecided):
        for answer in answers:
            if isinstance(answer, kind):
                return answer
    return answers[0]


def _shown(answer: Shown, study: Study) -> Witness | None:
    return witness(answer, study, [Screened(each.id, MET) for each in study.protocol.eligibility])


def _undecided(registration: Registration, answer: NotDecided) -> Flaw:
    says = f"not decided: whether the criteria admit the ages and sexes that the register lists ({answer.why})"
    return Flaw(registration.place, says, severity=Severity.NOTE)
