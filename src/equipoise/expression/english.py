"""An expression as a sentence that a clinician would sign."""

import re
from collections.abc import Callable, Sequence
from typing import Literal, cast

from ..calendar import Span, When
from .tree import (
    Aggregate,
    Among,
    And,
    Arithmetic,
    Call,
    Compare,
    Constant,
    Converted,
    Field,
    If,
    Kind,
    Named,
    Not,
    Or,
    Pick,
    Quantified,
    Rows,
    Scope,
    Shifted,
    Stretch,
    Today,
    Tree,
    stretch,
    unwindowed,
)  # fmt: skip

_NUMBERS = {"<": "under", "<=": "at most", ">": "over", ">=": "at least", "==": "exactly", "!=": "other than"}
_DATES = {"<": "before", "<=": "on or before", ">": "after", ">=": "on or after", "==": "on", "!=": "not on"}
_MIRRORED: dict[str, Literal["<", "<=", ">", ">=", "==", "!="]] = {
    "<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!=",
}  # fmt: skip
_WINDOWS = {
    "within_before": "within the {} before", "within_after": "within the {} after", "within_of": "within {} of",
    "least_before": "at least {} before", "least_after": "at least {} after",
    "before": "before", "after": "after", "since": "on or after",
}  # fmt: skip
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_UNITS: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    # how a unit is typed, and how it is printed
    (r"^/", "per "), (r"10\^(\d+)", lambda found: "10" + found[1].translate(_RAISED)), (r"^10(?=[⁰¹²³⁴-⁹])", "× 10"),
    (r"\bu(?=(mol|g|L|kat|m|s|U)\b)", "µ"), (r"\bcm2\b|\bm2\b|\bmm2\b", lambda found: found[0][:-1] + "²"),
    (r"\bcm3\b|\bmm3\b", lambda found: found[0][:-1] + "³"), (r"1\.73 ?m²?", "1.73 m²"), (r"mm\[Hg\]", "mmHg"),
    (r"cm\[H2O\]", "cmH₂O"), (r"^Cel$", "°C"), (r"^\[degF\]$", "°F"), (r"\.", "·"), (r"1·73", "1.73"),
)  # fmt: skip
_LIMITS = {"uln": "the upper limit of normal", "lln": "the lower limit of normal"}


def english(tree: Tree, scope: Scope | None = None, *, expand: bool = False) -> str:
    """A tree in words, without a capital at its beginning or a full stop at its end.

    Args:
        tree: The expression.
        scope: Says which facts are judgements, and by their questions.
        expand: Definitions are said in full, not by their names.

    >>> from equipoise.expression.tree import TRUTH
    >>> english(Named("fit_for_ablation", Constant(True, TRUTH)))
    'fit for ablation'
    """
    return _English(scope, expand).said(tree)


class _English:
    """A way of speaking: what questions are known, and whether definitions are filled in."""

    def __init__(self, scope: Scope | None, expand: bool) -> None:
        self.scope, self.expand = scope, expand

    # --- statements and values ----------------------------------------------------------------------------------

    def said(self, tree: Tree) -> str:
        if isinstance(tree, Named):
            return self.said(tree.of) if self.expand else self.named(tree)
        if (found := unwindowed(tree)) is not None:
            statement, window = found
            comma = ", all" if isinstance(statement, And) and _range(statement) is None else ","
            inner = self.bracketed(statement) if isinstance(statement, Or | If) else self.said(statement)
            return f"{inner}{comma} {self.window(window)}"
        match tree:
            case Constant():
                return _constant(tree)
            case Today():
                return "today"
            case Field() | Pick() if tree.type.kind is Kind.TRUTH:
                return self.answered(tree, "yes")
            case Field(name="on") if tree.label != "date":
                noun = _label(tree.label or tree.form)
                return f"{'those' if _is_plural(noun) else 'that'} {noun}"
            case Field():
                return _LIMITS[tree.part] if tree.part else _label(tree.label or tree.name)
            case Pick():
                return self.pick(tree)
            case Aggregate():
                return self.aggregate(tree)
            case Quantified() if (near := stretch(tree)) is not None:
                return f"{self.said(near.day)} {self.window(near)}"
            case Quantified():
                return self.quantified(tree)
            case Not():
                return self.denied(tree.of)
            case And():
                return self.listed(tree, "and")
            case Or():
                return self.listed(tree, "or")
            case Compare():
                return self.compared(tree)
            case Among():
                return f"{self.said(tree.of)} {_codes(tree)}"
            case If() if tree.type.kind is Kind.TRUTH:
                then, otherwise = self.bracketed(tree.then), self.bracketed(tree.otherwise)
                return f"if {self.bracketed(tree.condition)} then {then}, otherwise {otherwise}"
            case If():
                then, otherwise = self.said(tree.then), self.said(tree.otherwise)
                return f"{then} if {self.bracketed(tree.condition)}, otherwise {otherwise}"
            case Arithmetic():
                return self.arithmetic(tree)
            case Call():
                return self.call(tree)
            case Converted():
                return self.said(tree.of) if tree.type.unit else f"{self.said(tree.of)} in {_unit(tree.to)}"
            case Shifted():
                return f"{self.said(tree.of)} {'plus' if tree.sign == 1 else 'minus'} {_span(tree.span)}"

    def named(self, tree: Named) -> str:
        label = self.scope.labels.get(tree.name) if self.scope is not None else None
        return _label(label) if label else tree.name.replace("_", " ")

    def bracketed(self, tree: Tree) -> str:
        """A part within something larger, in brackets where it could be read two ways."""
        text = self.said(tree)
        inner = tree.of if isinstance(tree, Named) and self.expand else tree
        loose = isinstance(inner, And | Or | If | Arithmetic) and (not isinstance(inner, And) or _range(inner) is None)
        return f"({text})" if loose and not _is_limit(inner) else text

    def listed(self, tree: And | Or, word: str) -> str:
        if isinstance(tree, And) and (ends := _range(tree)) is not None:
            of, low, high = ends
            return f"{self.said(of)} between {self.said(low)} and {self.said(high)}"
        if (window := stretch(tree)) is not None:
            return f"{self.said(window.day)} {self.window(window)}"
        parts = _flat(tree)
        said = [self.bracketed(part) for part in parts]
        return _joined(said, word)

    def denied(self, tree: Tree) -> str:
        match tree:
            case Among():
                return f"{self.said(tree.of)} {_codes(tree, 'not ')}"
            case (Field() | Pick()) as fact:
                return self.answered(fact, "no")
            case Quantified() if stretch(tree) is not None:
                return f"not ({self.said(tree)})"
            case Quantified(op="any", rows=rows, of=Constant(value=True)):
                return self.occurred(rows, never=True)
            case Quantified(op="any"):
                return f"in no {self.one(tree.rows)}: {self.bracketed(tree.of)}"
            case Named() if not self.expand:
                return f"not {self.said(tree)}"
            case _:
                return f"not ({self.said(tree)})"

    def answered(self, tree: Field | Pick, answer: str) -> str:
        question = self.question(tree)
        if question:
            return f"“{question}” answered {answer}"
        fact = self.pick(tree) if isinstance(tree, Pick) else _label(tree.label or tree.name)
        return fact if answer == "yes" else f"{fact}: no"

    def question(self, tree: Field | Pick) -> str:
        field = tree.of if isinstance(tree, Pick) else tree
        form = self.scope.forms.get(field.form) if self.scope is not None else None
        fact = form.facts.get(field.name) if form is not None else None
        return fact.question if fact is not None else ""

    def compared(self, tree: Compare) -> str:
        left, right = tree.left, tree.right
        if isinstance(left, Constant) and not isinstance(right, Constant):
            return self.compared(Compare(_MIRRORED[tree.op], right, left))
        if left.type.kind is Kind.DATE:
            if (window := stretch(tree)) is not None:
                return f"{self.said(window.day)} {self.window(window)}"
            day = "the day of " if tree.op in ("==", "!=") and not isinstance(right, Constant) else ""
            return f"{self.said(left)} {_DATES[tree.op]} {day}{self.said(right)}"
        if isinstance(left, Call) and left.name in ("days", "weeks", "months", "years") and isinstance(right, Constant):
            unit = left.name.removesuffix("s") if right.value == 1 else left.name
            ends = " to ".join(self.said(part) for part in left.of)
            return f"{_NUMBERS[tree.op]} {_number(float(cast(float, right.value)), '')} {unit} from {ends}"
        many = self.counted(tree)
        return many if many is not None else f"{self.said(left)} {_NUMBERS[tree.op]} {self.said(right)}"

    def counted(self, tree: Compare) -> str | None:
        """`at most 4 lesions whose organ is liver`, where that is what is compared."""
        left, right = tree.left, tree.right
        if not isinstance(left, Aggregate) or left.op != "count" or not isinstance(right, Constant):
            return None
        count = _constant(right)
        if (tree.op, right.value) in (("==", 0), ("<=", 0), ("<", 1)):
            return self.occurred(left.rows, never=True)
        return f"{_NUMBERS[tree.op]} {count} {self.rows(left.rows, right.value != 1)}"

    def arithmetic(self, tree: Arithmetic) -> str:
        if _is_limit(tree):
            times = tree.left
            if isinstance(times, Constant) and times.value == 1:
                return self.said(tree.right)
            return f"{self.said(times)} times {self.said(tree.right)}"
        word = {"+": "plus", "-": "minus", "*": "times", "/": "divided by"}[tree.op]
        return f"{self.bracketed(tree.left)} {word} {self.bracketed(tree.right)}"

    def call(self, tree: Call) -> str:
        said = [self.said(part) for part in tree.of]
        match tree.name:
            case "size":
                return f"the number of {said[0]}"
            case "abs":
                return f"the absolute value of {self.bracketed(tree.of[0])}"
            case "floor":
                return f"{self.bracketed(tree.of[0])} rounded down"
            case "ln":
                return f"the natural logarithm of {self.bracketed(tree.of[0])}"
            case "log10":
                return f"the base-10 logarithm of {self.bracketed(tree.of[0])}"
            case _:
                return f"the {tree.name} from {said[0]} to {said[1]}"

    # --- facts and rows -----------------------------------------------------------------------------------------

    def pick(self, pick: Pick) -> str:
        field = pick.of
        if field.part:
            return _LIMITS[field.part]
        if field.form.startswith(("entered:", "left:")):
            way, step = field.form.split(":", 1)
            return f"{'entry into' if way == 'entered' else 'leaving'} {step.replace('_', ' ')}"
        form = _label(pick.rows.label or field.form)
        label = form if field.name == "on" else _label(field.label or field.name)
        if pick.bare:
            return label
        which = pick.which if isinstance(pick.which, str) else _ordinal(pick.which)
        narrowed = self.narrowed(pick.rows)
        among = f" of {form}{narrowed}" if narrowed and field.name != "on" else narrowed
        said = label if label.startswith(f"{which} ") else f"{which} {label}"  # the last contact, once
        return f"the {said}{among}"

    def aggregate(self, tree: Aggregate) -> str:
        if tree.of is None:
            return f"the number of {self.rows(tree.rows, True)}"
        word = {"sum": "sum of", "min": "least", "max": "greatest", "mean": "mean of"}[tree.op]
        of = self.bracketed(tree.of)
        among = "" if tree.rows.answered else f" of {self.rows(tree.rows, True)}"
        return f"the {word} {of}{among}"

    def quantified(self, tree: Quantified) -> str:
        row = self.one(tree.rows)
        if isinstance(tree.of, Constant) and tree.of.value is True:
            return self.occurred(tree.rows) if tree.op == "any" else f"every {row}"
        return f"in {'at least one' if tree.op == 'any' else 'every'} {row}: {self.bracketed(tree.of)}"

    def occurred(self, rows: Rows, *, never: bool = False) -> str:
        """That something happened, or did not: `recurrence has occurred within the 2 years after surgery`."""
        if rows.form == "lesions":
            lesion = self.one(rows)
            return f"no {lesion}" if never else f"{_article(lesion)} {lesion}"
        noun, conditions = _label(rows.label or rows.form), _conditions(rows)
        dated = [each for each in conditions if _is_about_day(each)]
        others = [each for each in conditions if each not in dated]
        which, when = self.among(others), self.among(dated)
        has = "have" if _is_plural(noun) else "has"
        if not which:
            return f"{noun} {has}{' not' if never else ''} occurred{when}"
        article = "no " if never else "" if has == "have" else f"{_article(noun)} "
        return f"{article}{noun}{which} {has} occurred{when}"

    def one(self, rows: Rows) -> str:
        return self.rows(rows, False)

    def rows(self, rows: Rows, several: bool) -> str:
        """The rows meant, as a noun with its clauses."""
        label = _label(rows.label or rows.form)
        if rows.form == "lesions":
            noun = "lesions" if several else "lesion"
        else:
            noun = f"{'occurrences' if several else 'occurrence'} of {label}"
        return noun + self.narrowed(rows)

    def narrowed(self, rows: Rows) -> str:
        return self.among(_conditions(rows))

    def among(self, conditions: Sequence[Tree]) -> str:
        """Clauses behind a noun, from a space on; nothing where there are none."""
        if not conditions:
            return ""
        clauses = [self.clause(each) for each in conditions]
        if "" not in clauses:
            return " " + _joined(clauses, "and")
        return f" for which {self.said(conditions[0] if len(conditions) == 1 else And(tuple(conditions)))}"

    def clause(self, tree: Tree) -> str:
        """What narrows rows, said after their noun: `whose diameter is under 5 cm`; empty where there is no way."""
        window = stretch(tree)
        if window is not None and isinstance(window.day, Field) and window.day.name == "on":
            return self.window(window)
        match tree:
            case And() if (ends := _range(tree)) is not None and isinstance(ends[0], Field):
                return f"whose {self.said(ends[0])} is between {self.said(ends[1])} and {self.said(ends[2])}"
            case Compare(left=Field() as field) if field.name == "on":
                return f"{_DATES[tree.op]} {self.said(tree.right)}"
            case Compare(left=Field() as field):
                way = (_DATES if field.type.kind is Kind.DATE else _NUMBERS)[tree.op]
                return f"whose {self.said(field)} is {way} {self.said(tree.right)}"
            case Among(of=Field() as field):
                return f"whose {self.said(field)} {_codes(tree)}"
            case Not(of=Among(of=Field() as field) as among):
                return f"whose {self.said(field)} {_codes(among, 'not ')}"
            case Field():
                return f"marked {_label(tree.label or tree.name)}"
            case Not(of=Field() as field):
                return f"not marked {_label(field.label or field.name)}"
            case _:
                return ""

    def window(self, window: Stretch) -> str:
        length = _span(window.span) if window.span is not None else ""
        if length.startswith("1 ") and window.kind in ("within_before", "within_after"):
            length = length.split()[1]
        return f"{_WINDOWS[window.kind].format(length)} {self.anchor(window)}"

    def anchor(self, window: Stretch) -> str:
        """What a window lies beside: `surgery`, `an ablation` of several, `another ablation`."""
        if window.any is None:
            return self.said(window.anchor)
        noun = _label(window.any.label or window.any.form)
        if window.any.another:
            return f"{'other' if _is_plural(noun) else 'another'} {noun}"
        return noun if _is_plural(noun) else f"{_article(noun)} {noun}"


# --- words ----------------------------------------------------------------------------------------------------------


def _flat(tree: Tree) -> list[Tree]:
    """The parts of an `and` of `and`s (or an `or` of `or`s), in order; a range or a window is one part."""
    if not isinstance(tree, And | Or):
        return [tree]
    found: list[Tree] = []
    for part in tree.of:
        whole = isinstance(part, And) and (_range(part) is not None or stretch(part) is not None)
        again = type(part) is type(tree) and not whole and unwindowed(part) is None
        found += _flat(part) if again else [part]
    return found


def _conditions(rows: Rows) -> list[Tree]:
    """What narrows rows, condition by condition."""
    if rows.where is None:
        return []
    return _flat(rows.where) if isinstance(rows.where, And) and stretch(rows.where) is None else [rows.where]


def _is_about_day(tree: Tree) -> bool:
    """Whether a condition on a row says on which days it counts."""
    window = stretch(tree)
    day = window.day if window is not None else tree.left if isinstance(tree, Compare) else None
    return isinstance(day, Field) and day.name == "on"


def _range(tree: And) -> tuple[Tree, Tree, Tree] | None:
    match tree:
        case And(of=(Compare(op=">=", left=of, right=low), Compare(op="<=", left=same, right=high))) if of == same:
            return None if of.type.kind is Kind.DATE and stretch(tree) is not None else (of, low, high)
        case _:
            return None


def _is_limit(tree: Tree) -> bool:
    """Whether this is so many times a limit of normal."""
    if not isinstance(tree, Arithmetic) or tree.op != "*" or not isinstance(tree.left, Constant):
        return False
    field = tree.right.of if isinstance(tree.right, Pick) else tree.right
    return isinstance(field, Field) and bool(field.part)


def _joined(parts: Sequence[str], word: str) -> str:
    """A list in words; parted by semicolons where a part has a comma of its own outside brackets."""
    if len(parts) < 2:
        return "".join(parts)
    mark = ";" if any("," in re.sub(r"\(.*\)", "", part) for part in parts) else ","
    end = f"{mark} {word} " if mark == ";" else f" {word} "
    return f"{f'{mark} '.join(parts[:-1])}{end}{parts[-1]}"


def _codes(tree: Among, negation: str = "") -> str:
    one = len(tree.options) == 1
    codes = _joined([_constant(Constant(option, tree.of.type)) for option in tree.options], "or")
    return f"is {negation}{codes}" if one else f"is {negation}one of {codes}"


def _label(label: str) -> str:
    """A label inside a sentence: without its capital, unless the capital belongs to the word."""
    label = label.replace("_", " ")
    first = re.split(r"[\s,/(]", label, maxsplit=1)[0]
    return label[0].lower() + label[1:] if first[1:].islower() else label


def _is_plural(noun: str) -> bool:
    """Whether a label is of several: `blood tests`, not `ablation of lesions` or `diagnosis`."""
    head = re.split(r" (?:of|for|to|in|after|before)\b|,", noun, maxsplit=1)[0]
    return re.search(r"[^suiA-Z]s$", head) is not None


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _span(span: Span) -> str:
    return str(span)


def _unit(unit: str) -> str:
    for typed, printed in _UNITS:
        unit = re.sub(typed, printed, unit)
    return unit


def _constant(tree: Constant) -> str:
    match tree.value:
        case bool():
            return "always" if tree.value else "never"
        case str():
            return tree.value.replace("_", " ") if tree.type.kind is Kind.CHOICE else f"“{tree.value}”"
        case When() | Span():
            return str(tree.value)
        case _:
            return _number(*(tree.written or (float(tree.value), tree.type.unit)))


def _number(value: float, unit: str) -> str:
    said = f"{value:,.10g}".replace("-", "−")
    if not unit:
        return said
    if unit.rstrip("s") in ("day", "week", "month", "year", "hour", "minute", "second"):
        return f"{said} {unit.rstrip('s')}{'' if value == 1 else 's'}"
    return f"{said}{_unit(unit)}" if unit == "%" else f"{said} {_unit(unit)}"
