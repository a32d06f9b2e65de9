"""The text of an expression, in one spelling for each meaning: it reads back as the same tree."""

import re
from collections.abc import Sequence
from decimal import Decimal

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

IF, OR, AND, NOT, WINDOW, COMPARE, SUM, PRODUCT, UNARY, ATOM = range(10)
"""How tightly a text holds together, from the loosest: what stands inside something tighter is put in brackets."""

_BETWEEN = {
    "within_before": "within {} before", "within_after": "within {} after", "within_of": "within {} of",
    "least_before": "at least {} before", "least_after": "at least {} after",
    "before": "before", "after": "after", "since": "since",
}  # fmt: skip


def source(tree: Tree, scope: Scope | None = None) -> str:
    """The text of a tree.

    Args:
        tree: The expression.
        scope: With it, names are as short as they can be; without it each fact is said with its form.

    >>> from equipoise.expression.tree import TRUTH
    >>> source(Not(Constant(True, TRUTH)))
    'not true'
    """
    return _text(tree, scope, ())[0]


def _inside(tree: Tree, least: int, scope: Scope | None, rows: tuple[str, ...]) -> str:
    text, tightness = _text(tree, scope, rows)
    return text if tightness >= least else f"({text})"


def _text(tree: Tree, scope: Scope | None, rows: tuple[str, ...]) -> tuple[str, int]:
    """A text and how tightly it holds together; `rows` are the forms whose rows are at hand, outermost first."""

    def inside(part: Tree, least: int) -> str:
        return _inside(part, least, scope, rows)

    if isinstance(tree, Named):
        return tree.name, ATOM
    if not rows and (found := unwindowed(tree)) is not None:
        statement, window = found
        return f"{inside(statement, WINDOW)} {_window(window, scope, rows)}", WINDOW
    window_of = stretch(tree)
    if window_of is not None and (window_of.any is not None or window_of.kind not in ("before", "after", "since")):
        return f"{inside(window_of.day, COMPARE + 1)} {_window(window_of, scope, rows)}", WINDOW
    match tree:
        case Constant():
            return _constant(tree)
        case Today():
            return "today", ATOM
        case Field():
            return _field(tree, rows), ATOM
        case Pick():
            return _pick(tree, scope, rows), ATOM
        case Aggregate():
            return _aggregate(tree, scope, rows), ATOM
        case Quantified():
            of = "" if _is_exists(tree) else f"{_inside(tree.of, IF, scope, (*rows, tree.rows.form))} of "
            return f"{tree.op}({of}{_rows(tree.rows, scope, rows)})", ATOM
        case Not(of=Among() as among):
            return _among(among, "!=", "not in", inside(among.of, SUM)), COMPARE
        case Not():
            return f"not {inside(tree.of, NOT)}", NOT
        case And():
            return " and ".join(inside(part, AND + 1) for part in tree.of), AND
        case Or():
            return " or ".join(inside(part, OR + 1) for part in tree.of), OR
        case Compare():
            return f"{inside(tree.left, SUM)} {tree.op} {inside(tree.right, SUM)}", COMPARE
        case Among():
            return _among(tree, "==", "in", inside(tree.of, SUM)), COMPARE
        case If():
            words = (inside(tree.condition, IF), inside(tree.then, IF), inside(tree.otherwise, IF))
            return "if {} then {} else {}".format(*words), IF
        case Arithmetic():
            least = SUM if tree.op in "+-" else PRODUCT
            right = inside(tree.right, PRODUCT if least == SUM else UNARY)
            return f"{inside(tree.left, least)} {tree.op} {right}", least
        case Call(name="size"):
            return f"count({inside(tree.of[0], IF)})", ATOM
        case Call(name="days", of=(start, end)) if tree.type.unit:
            return f"{inside(end, SUM)} - {inside(start, SUM + 1)}", SUM
        case Call():
            return f"{tree.name}({', '.join(inside(part, IF) for part in tree.of)})", ATOM
        case Converted():
            if tree.type.unit:
                return _text(tree.of, scope, rows)
            return f"{inside(tree.of, ATOM)} as {tree.to}", UNARY
        case Shifted():
            sign = "+" if tree.sign == 1 else "-"
            return f"{inside(tree.of, SUM)} {sign} {_span(tree.span)}", SUM


def _window(window: Stretch, scope: Scope | None, rows: tuple[str, ...]) -> str:
    length = _span(window.span) if window.span is not None else ""
    anchor = window.any.form if window.any is not None else _inside(window.anchor, SUM, scope, rows)
    return f"{_BETWEEN[window.kind].format(length)} {anchor}"


def _constant(tree: Constant) -> tuple[str, int]:
    match tree.value:
        case bool():
            return ("true" if tree.value else "false"), ATOM
        case str():
            mark = "'" if '"' in tree.value else '"'
            plain = tree.type.kind is Kind.CHOICE and _is_plain(tree.value)
            return (tree.value if plain else f"{mark}{tree.value}{mark}"), ATOM
        case When():
            return f'"{tree.value}"', ATOM
        case Span():
            return _span(tree.value), ATOM
        case _:
            number = format(Decimal(repr(abs(float(tree.value)))), "f")
            text = f"{number.removesuffix('.0')} {tree.type.unit}".strip()
            return (f"-{text}", UNARY) if tree.value < 0 else (text, ATOM)


def _is_plain(code: str) -> bool:
    """Whether a code can be written as it is, without quotation marks."""
    return code not in _WORDS and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*|\d+", code) is not None


_WORDS = frozenset(
    "and or not in between if then else within before prior to after since at least of where exists as x true yes false"
    " no today ULN LLN".split()
)


def _span(span: Span) -> str:
    if span.months:
        return f"{span.months} month{'' if span.months == 1 else 's'}"
    return f"{span.days} day{'' if span.days == 1 else 's'}"


def _among(tree: Among, one: str, several: str, of: str) -> str:
    codes = [_constant(Constant(option, tree.of.type))[0] for option in tree.options]
    return f"{of} {one} {codes[0]}" if len(codes) == 1 else f"{of} {several} ({', '.join(codes)})"


def _field(field: Field, rows: tuple[str, ...]) -> str:
    if field.part:
        return field.part.upper()
    if field.name == "on" and rows and field.form != rows[-1]:
        return field.form
    if field.name == "on" or field.name not in (*field.type.options, *_WORDS):
        return field.name
    return f"{field.form}.{field.name}"


def _pick(pick: Pick, scope: Scope | None, rows: tuple[str, ...]) -> str:
    field = pick.of
    if field.part:
        return field.part.upper()
    if field.form.startswith(("entered:", "left:")):
        return "{}({})".format(*field.form.split(":", 1))
    if pick.bare and pick.rows.where is None and field.form not in rows:
        return _bare(field, scope, rows)
    word = pick.which if isinstance(pick.which, str) else "nth"
    count = "" if isinstance(pick.which, str) else f"{pick.which}, "
    of = "" if field.name == "on" else f"{_field(field, (field.form,))} of "
    return f"{word}({count}{of}{_rows(pick.rows, scope, rows)})"


def _bare(field: Field, scope: Scope | None, rows: tuple[str, ...]) -> str:
    forms = scope.forms if scope is not None else {}
    if field.name == "on":
        once = field.form in forms and not forms[field.form].repeats
        return field.form if once else f"{field.form}.on"
    homes: Sequence[str] = [form.name for form in forms.values() if field.name in form.facts]
    taken = scope is None or field.name in scope.define or field.name in forms or field.name in _WORDS
    at_hand = rows and rows[-1] in forms and field.name in forms[rows[-1]].facts
    alone = homes == [field.form] and not taken and not at_hand and field.name not in field.type.options
    return field.name if alone else f"{field.form}.{field.name}"


def _aggregate(tree: Aggregate, scope: Scope | None, rows: tuple[str, ...]) -> str:
    if tree.of is None:
        return f"{tree.op}({_rows(tree.rows, scope, rows)})"
    form = tree.rows.form
    if tree.rows.answered:
        return f"{tree.op}({form}.{tree.rows.answered})"
    return f"{tree.op}({_inside(tree.of, IF, scope, (*rows, form))} of {_rows(tree.rows, scope, rows)})"


def _rows(these: Rows, scope: Scope | None, rows: tuple[str, ...]) -> str:
    if these.where is None:
        return these.form
    return f"{these.form} where {_inside(these.where, IF, scope, (*rows, these.form))}"


def _is_exists(tree: Quantified) -> bool:
    return tree.op == "any" and isinstance(tree.of, Constant) and tree.of.value is True
