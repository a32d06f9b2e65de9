"""Invented scopes, expressions and histories: every node, every way of not knowing, values that sit on thresholds."""

from collections.abc import Callable
from datetime import date, timedelta

from hypothesis import strategies as st

from equipoise.calendar import When
from equipoise.expression.facts import Facts, Row, Unclear, Why
from equipoise.expression.grammar import expression
from equipoise.expression.tree import DATE, SET, TEXT, TRUTH, Fact, Form, Kind, Scope, Type
from equipoise.finding import NOWHERE, Unreadable

Draw = Callable[[st.SearchStrategy], object]


def number(unit: str = "", *, whole: bool = False) -> Type:
    return Type(Kind.NUMBER, unit, whole)


ORGAN = Type(Kind.CHOICE, options=("liver", "lung", "lymph_node"))
GRADE = Type(Kind.CHOICE, options=("1", "2", "3", "4", "5"), ordered=True)
RESPONSE = Type(Kind.CHOICE, options=("CR", "PR", "SD", "PD"), ordered=True)


def form(name: str, *facts: Fact, repeats: bool = True, label: str = "") -> Form:
    return Form(name, label or name.replace("_", " "), {fact.name: fact for fact in facts}, repeats)


SCOPE = Scope(
    {
        each.name: each
        for each in (
            form(
                "labs",
                Fact("platelets", number("10^9/L"), "Platelets"),
                Fact("inr", number(), "INR"),
                Fact("bilirubin", number("umol/L"), "Bilirubin", molar_mass=584.66),
                Fact("alt", number("U/L"), "ALT"),
                Fact("fasting", TRUTH, "Fasting"),
                label="Labs",
            ),
            form("enrolment", Fact("age", number("years"), "Age"), repeats=False, label="Enrolment"),
            form(
                "history",
                Fact("liver_metastases", TRUTH, "Liver metastases"),
                Fact("pregnant", TRUTH, "Pregnant", question="Is she pregnant?", by="gynaecologist"),
                Fact("diagnosed", DATE, "Date of diagnosis"),
                Fact("note", TEXT, "Note"),
                repeats=False,
                label="History",
            ),
            form("surgery", Fact("kind", Type(Kind.CHOICE, options=("major", "minor"))), repeats=False, label="Surgery"),
            form("imaging", Fact("response", RESPONSE, "Response"), Fact("seen", SET, "Lesions seen"), label="Imaging"),
            form("adverse_event", Fact("grade", GRADE, "Grade"), Fact("ended", DATE, "End"), label="Adverse event"),
            form(
                "lesions",
                Fact("organ", ORGAN, "Organ"),
                Fact("diameter", number("mm"), "Diameter"),
                Fact("ablated", TRUTH, "Ablated"),
                label="Lesions",
            ),
        )
    },
    {
        "fit": ("platelets >= 50 10^9/L and inr <= 1.5 and bilirubin <= 2 x ULN", NOWHERE),
        "recent": ("alt <= 3 x ULN within 2 weeks before today", NOWHERE),
        "progressing": ("last(response) == PD or exists adverse_event where grade >= 3", NOWHERE),
        "burden": ("max(diameter of lesions where organ == liver)", NOWHERE),
    },
    steps=("induction",),
)

# --- expressions ------------------------------------------------------------------------------------------------------

SPANS = ("1 day", "2 days", "1 week", "4 weeks", "1 month", "2 months", "1 year")
DAYS = ('"2024-01-31"', '"2024-02-29"')
PERIODS = (*DAYS, '"2024-02"', '"2024"')
# A number of each unit that is asked of the participant, of a row of its form, and thresholds near its values.
MEASURES = {
    "platelets": ("labs", ("50 10^9/L", "50000 /uL", "50 x 10⁹/L", "49 G/L", "2 x ULN", "LLN")),
    "inr": ("labs", ("1.5", "1", "-1.5", "2 x ULN", "1.5 x LLN + 0.1")),
    "bilirubin": ("labs", ("20 umol/L", "1.169733 mg/dL", "1.5 x ULN", "ULN")),
    "alt": ("labs", ("40 U/L", "3 x ULN", "if liver_metastases then 5 x ULN else 2.5 x ULN")),
    "diameter": ("lesions", ("20 mm", "2 cm", "0.02 m", "burden", "2 cm x 1.5")),
}
DATES = {"diagnosed": "history", "ended": "adverse_event"}
CODES = {
    "response": ("imaging", RESPONSE), "organ": ("lesions", ORGAN),
    "kind": ("surgery", SCOPE.forms["surgery"].facts["kind"].type),
    "grade": ("adverse_event", GRADE),
}  # fmt: skip
TRUTHS = {"fasting": "labs", "liver_metastases": "history", "pregnant": "history", "ablated": "lesions"}
REPEATED = ("labs", "imaging", "adverse_event", "lesions")
WINDOWS = (
    "within {} before", "within {} after", "within {} of", "at least {} before", "at least {} after", "before", "after", "since"
)  # fmt: skip
OPS = ("<", "<=", ">", ">=", "==", "!=", "≤", "≥")


class Speaker:
    """Draws expressions, as text; `row` is the form whose row is at hand."""

    def __init__(self, draw: Callable[[st.SearchStrategy[object]], object]) -> None:
        self.draw = draw

    def one_of(self, *options: object) -> object:
        return self.draw(st.sampled_from(options))

    def said(self, *ways: Callable[[], str]) -> str:
        way = self.one_of(*ways)
        assert callable(way)
        return str(way())

    # Statements

    def statement(self, deep: int, row: str = "") -> str:
        simple = (
            lambda: self.comparison(deep, row), lambda: self.choice(row), lambda: self.flag(row),
            lambda: self.comparison(deep, row), lambda: self.when(deep, row),
            lambda: f"({self.moment(deep, row)} {self.window(deep, row)})",
            lambda: str(self.one_of("true", "false", "fit", "progressing", "recent", "note == 'x'", "note in ('x', 'y')")),
        )  # fmt: skip
        if deep <= 0:
            return self.said(*simple)
        less = deep - 1
        return self.said(
            *simple,
            lambda: f"({self.statement(less, row)} {self.one_of('and', 'or')} {self.statement(less, row)})",
            lambda: f"(not {self.statement(less, row)})",
            lambda: f"(if {self.statement(less, row)} then {self.statement(less, row)} else {self.statement(less, row)})",
            lambda: self.quantified(less),
            lambda: self.windowed(less, row),
            lambda: f"(not (exists {self.rows(less)}))",
        )

    def comparison(self, deep: int, row: str) -> str:
        name, threshold = self.measure(row)
        if deep > 0 and self.one_of(True, False):
            unit = str(SCOPE.forms[MEASURES[name][0]].facts[name].type.unit)
            left = self.number(deep - 1, name, row)
            threshold = str(self.one_of(*[t for t in MEASURES[name][1] if "LN" not in t], self.number(0, name, row)))
            del unit
        else:
            left = self.bare(name, row)
        if not left.startswith("(") and self.one_of(True, False, False):
            return f"({left} between {self.plain(name)} and {self.plain(name)})"
        return f"({left} {self.one_of(*OPS)} {threshold})"

    def plain(self, name: str) -> str:
        return str(self.one_of(*[each for each in MEASURES[name][1] if "LN" not in each and "burden" not in each]))

    def measure(self, row: str) -> tuple[str, str]:
        names = [name for name, (form, _) in MEASURES.items() if row in ("", form) or form == "labs"]
        name = str(self.one_of(*names))
        if name == "diameter" and row != "lesions":
            return name, str(self.one_of("20 mm", "2 cm", "burden"))
        return name, str(self.one_of(*MEASURES[name][1]))

    def bare(self, name: str, row: str) -> str:
        form = MEASURES[name][0]
        if name == "diameter" and row != "lesions":
            return f"{self.one_of('max', 'min', 'sum', 'mean', 'nadir', 'last', 'first')}({name})"
        return str(self.one_of(name, f"{form}.{name}"))

    def number(self, deep: int, name: str, row: str) -> str:
        """A number in a fact's unit."""
        form = MEASURES[name][0]
        word = self.one_of("min", "max", "sum", "mean", "nadir")
        ways: list[Callable[[], str]] = [
            lambda: self.bare(name, row),
            lambda: f"{word}({name})",
            lambda: f"{self.one_of('first', 'last')}({name} of {self.rows(deep - 1, form)})",
            lambda: f"nth({self.one_of(1, 2, 3)}, {name} of {self.rows(deep - 1, form)})",
            lambda: f"{word}({name} of {self.rows(deep - 1, form)})",
        ]
        if row not in ("", form):
            ways = ways[1:]
        if deep > 0:
            less = deep - 1
            ways += [
                lambda: f"({self.number(less, name, row)} {self.one_of('+', '-')} {self.number(less, name, row)})",
                lambda: f"({self.number(less, name, row)} * {self.ratio(less, row)})",
                lambda: f"({self.number(less, name, row)} / {self.ratio(less, row)})",
                lambda: f"{self.one_of('abs', 'floor')}({self.number(less, name, row)})",
                lambda: f"(-{self.number(less, name, row)})",
                lambda: (
                    f"(if {self.statement(less, row)} then {self.number(less, name, row)} else {self.number(less, name, row)})"
                ),
            ]
        return self.said(*ways)

    def ratio(self, deep: int, row: str) -> str:
        """A bare number."""
        ways: list[Callable[[], str]] = [
            lambda: str(self.one_of("2", "0.5", "0", "-1", "3.25")),
            lambda: f"count({self.rows(deep - 1)})",
            lambda: f"{self.one_of('days', 'weeks', 'months', 'years')}({self.moment(deep, row)}, {self.moment(deep, row)})",
            lambda: "count(last(seen))",
        ]
        if row in ("", "labs"):
            ways += [
                lambda: "(bilirubin as mg/dL)", lambda: "(alt / 40 U/L)", lambda: "log10(inr)",
                lambda: "ln(bilirubin as umol/L)",
            ]  # fmt: skip
        return self.said(*ways)

    def when(self, deep: int, row: str) -> str:
        if self.one_of(True, False):
            return f"({self.ratio(deep, row)} {self.one_of(*OPS)} {self.one_of('0', '1', '2', '6', '30')})"
        return f"({self.moment(deep, row)} {self.one_of(*OPS)} {self.one_of(self.moment(deep, row), *PERIODS)})"

    def choice(self, row: str) -> str:
        name = str(self.one_of(*CODES))
        form, type = CODES[name]
        fact = name if row in ("", form) else f"{self.one_of('first', 'last')}({name})"
        code = st.sampled_from(type.options)
        ways: list[Callable[[], str]] = [
            lambda: f"({fact} {self.one_of('==', '!=')} {self.draw(code)})",
            lambda: f"({fact} {self.one_of('in', 'not in')} ({self.draw(code)}, {self.draw(code)}))",
        ]
        if type.ordered:
            ways.append(lambda: f"({fact} {self.one_of(*OPS)} {self.draw(code)})")
        return self.said(*ways)

    def flag(self, row: str) -> str:
        name = str(self.one_of(*TRUTHS))
        return name if row in ("", TRUTHS[name]) else f"{self.one_of('first', 'last')}({name})"

    # Rows and time

    def rows(self, deep: int, form: str = "") -> str:
        form = form or str(self.one_of(*REPEATED))
        if deep < 0 or self.one_of(True, False, False):
            return form
        return f"{form} where {self.statement(deep - 1, form)}"

    def quantified(self, deep: int) -> str:
        form = str(self.one_of(*REPEATED))
        return self.said(
            lambda: f"{self.one_of('any', 'all')}({self.statement(deep, form)} of {self.rows(deep, form)})",
            lambda: f"(exists {self.rows(deep)})",
            lambda: f"(exists {form} {self.window(deep, '', of_rows=True)})",
            lambda: f"{self.one_of('any', 'all')}(exists {self.one_of(*REPEATED)} {self.beside(form)} of {form})",
            lambda: f"{self.one_of('any', 'all')}({self.number_beside(form)} of {form})",
            lambda: f"(count({self.rows(deep)}) {self.one_of(*OPS)} {self.one_of(0, 1, 2)})",
            lambda: f"(count({form} {self.window(deep, '', of_rows=True)}) {self.one_of(*OPS)} {self.one_of(0, 1, 2)})",
        )

    def moment(self, deep: int, row: str) -> str:
        ways: list[Callable[[], str]] = [
            lambda: str(self.one_of("today", "enrolment", "surgery", "last(labs)", "first(imaging)", "nth(2, lesions)")),
            lambda: "entered(induction)",
            lambda: str(self.one_of("history.diagnosed", "last(ended)")),
        ]
        if row:
            ways.append(lambda: "on")
        if deep > 0:
            less = deep - 1
            ways += [
                lambda: f"({self.moment(less, row)} {self.one_of('+', '-')} {self.one_of(*SPANS)})",
                lambda: f"(if {self.statement(less, row)} then {self.moment(less, row)} else {self.moment(less, row)})",
                lambda: f"{self.one_of('first', 'last')}({self.rows(less)})",
            ]
        return self.said(*ways)

    def window(self, deep: int, row: str, *, of_rows: bool = False) -> str:
        """A window; one that is about rows may name what happens several times."""
        several = REPEATED if of_rows or row else ()
        anchor = str(self.one_of(self.moment(deep, row), *DAYS, *several))
        if anchor in several:
            return f"{self.one_of(*WINDOWS).format(self.one_of(*SPANS))} {anchor}"
        span = self.one_of(*SPANS)
        return self.said(
            lambda: f"within {span} {self.one_of('before', 'prior to', 'after', 'of')} {anchor}",
            lambda: f"at least {span} {self.one_of('before', 'after')} {anchor}",
            lambda: f"{self.one_of('before', 'after', 'since')} {self.one_of(anchor, *PERIODS)}",
        )

    def beside(self, form: str) -> str:
        """A window around a row at hand of a form."""
        return f"{self.one_of(*WINDOWS).format(self.one_of(*SPANS))} {form}"

    def number_beside(self, form: str) -> str:
        """A statement about a number of rows that lie near a row at hand of a form, as many or as they measure."""
        name = str(self.one_of(*[name for name, (home, _) in MEASURES.items() if home != form]))
        home = MEASURES[name][0]
        other = self.one_of(*[each for each in REPEATED if each != form])
        return self.said(
            lambda: f"(count({other} {self.beside(form)}) {self.one_of(*OPS)} {self.one_of(0, 1, 2)})",
            lambda: f"({self.one_of('min', 'max', 'mean')}({name} of {home} {self.beside(form)}) >= {self.plain(name)})",
            lambda: f"({self.one_of('first', 'last')}({name} of {home} {self.beside(form)}) >= {self.plain(name)})",
            lambda: f"(nth({self.one_of(1, 2)}, {other} {self.beside(form)}) {self.one_of(*OPS)} on)",
        )

    def windowed(self, deep: int, row: str) -> str:
        if row:
            return f"({self.statement(deep, row)} {self.window(deep, row)})"
        bare = self.said(
            lambda: self.flag(""), lambda: f"({self.flag('')} and {self.statement(deep)})", lambda: "fit",
            lambda: "(alt <= 3 x ULN)", lambda: "(inr < 1.5 or platelets >= LLN)", lambda: "(not fit)",
            lambda: "(bilirubin < 20 umol/L and recent)",
        )  # fmt: skip
        return f"({bare} {self.window(deep, '')})"


def can_be_said(text: str) -> bool:
    """Whether an expression says which row it means, which the speaker does not see to."""
    try:
        expression(text, SCOPE, want=None)
    except Unreadable as fault:
        if fault.says.startswith(("one row is at hand at a time", "a row of ")):
            return False
        raise
    return True


def statements(deep: int = 3) -> st.SearchStrategy[str]:
    """Statements, as text."""
    return _statements(deep).filter(can_be_said)


def values(deep: int = 2) -> st.SearchStrategy[str]:
    """Numbers, dates and codes, as text."""
    return _values(deep).filter(can_be_said)


@st.composite
def _statements(draw: Callable[[st.SearchStrategy[object]], object], deep: int) -> str:
    return Speaker(draw).statement(deep)


@st.composite
def _values(draw: Callable[[st.SearchStrategy[object]], object], deep: int) -> str:
    speaker = Speaker(draw)
    return speaker.said(
        lambda: speaker.number(deep, str(speaker.one_of("platelets", "inr", "alt")), ""),
        lambda: speaker.ratio(deep, ""),
        lambda: speaker.moment(deep, ""),
        lambda: f"if {speaker.statement(deep)} then last(response) else first(response)",
    )


# --- histories --------------------------------------------------------------------------------------------------------

FIRST = date(2024, 1, 1)
days = st.integers(0, 90).map(lambda n: FIRST + timedelta(n))
whens = st.one_of(*[days.map(When.on)] * 5, st.sampled_from(["2024-01", "2024-02", "2024"]).map(When.from_text))
unclear = st.sampled_from([Unclear("84 ??", Why.UNREADABLE), Unclear("3 furlongs", Why.NOT_CONVERTIBLE)])
NUMBERS = {
    "platelets": (49.0, 50.0, 51.0, 100.0), "inr": (0.0, 1.0, 1.5, 2.0), "bilirubin": (20.0, 20.0001, 30.0, 5.0),
    "alt": (40.0, 100.0, 200.0, 13.0), "age": (17.0, 18.0), "diameter": (19.0, 20.0, 21.0, 50.0),
}  # fmt: skip
LIMITS = {"platelets": (25.0, 50.0), "inr": (0.75, 1.0), "bilirubin": (10.0, 20.0), "alt": (40.0, 13.0)}


def answers(fact: Fact) -> st.SearchStrategy[object]:
    match fact.type.kind:
        case Kind.TRUTH:
            return st.booleans()
        case Kind.NUMBER:
            return st.sampled_from(NUMBERS[fact.name])
        case Kind.DATE:
            return whens
        case Kind.CHOICE:
            return st.sampled_from(fact.type.options)
        case Kind.SET:
            return st.sampled_from([(), ("a",), ("a", "b")])
        case _:
            return st.sampled_from(["x", "y", "z"])


@st.composite
def rows(draw: Callable[[st.SearchStrategy[object]], object], form: Form) -> Row:
    given: dict[str, object] = {}
    limits: dict[tuple[str, str], object] = {}
    for fact in form.facts.values():
        answer = draw(st.one_of(answers(fact), answers(fact), answers(fact), answers(fact), unclear, st.none()))
        if answer is not None:
            given[fact.name] = answer
        for part in ("uln", "lln"):
            if fact.name in LIMITS and draw(st.integers(0, 4)):
                limits[fact.name, part] = draw(st.sampled_from(LIMITS[fact.name]))
    return Row(draw(whens), given, limits)  # type: ignore[arg-type]


@st.composite
def histories(draw: Callable[[st.SearchStrategy[object]], object]) -> Facts:
    found = {}
    forms = [*SCOPE.forms.values(), Form("entered:induction", repeats=False)]
    for each in forms:
        most = 3 if each.repeats else 1
        least = draw(st.sampled_from([1, 1, 1, 0]))
        filled = draw(st.lists(rows(each), min_size=least, max_size=most))  # type: ignore[arg-type]
        if filled:
            found[each.name] = tuple(sorted(filled, key=lambda row: (row.on.first, row.on.last)))  # type: ignore[union-attr]
    opened = draw(st.frozensets(st.sampled_from([each.name for each in forms]), max_size=4))
    closed = frozenset(each.name for each in forms) - opened  # type: ignore[operator]
    return Facts(draw(st.sampled_from([date(2024, 3, 31), date(2024, 2, 29)])), found, closed)  # type: ignore[arg-type]
