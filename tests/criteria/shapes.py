"""Whether a reading joins the same things by the same words as a form that a person wrote: and, or, not, and what is joined.

A shape is a thing in the text's own words (those in square brackets may be left out); `{"is", "op", "value", "unit"}`, a comparison; `{"what", "within"}` or `{"what",
"at_least"}`, a thing and a stretch of time; `{"and": […]}`, `{"or": […]}`, `{"not": …}`; or `{"ask": why}`, where a person has
to judge.
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from criteria.corpora import records
from equipoise.criteria import Needed, ReadCriterion, criteria
from equipoise.criteria.atoms import measures_named
from equipoise.criteria.measures import measures
from equipoise.criteria.nouns import stripped
from equipoise.criteria.scope import read
from equipoise.criteria.topics import DATES, FACTS
from equipoise.expression import tree as t

Shape = Any
SHAPES = Path(__file__).parent / "shapes.jsonl"
VERDICTS = ("right", "coarse", "asked", "wrong")
LIGHT = frozenset(
    "a an the of in on to for with by from at and or any all known history documented current currently present presence prior previous "
    "previously past recent diagnosis diagnosed evidence patient patients subject subjects participant participants person persons people "
    "individual individuals who has have had having is are be been being use using used taking treatment treated received receiving "
    "receive underwent undergoing women woman female females confirmed suspected clinically other another specific concomitant concurrent "
    "study s eg ie etc his her their this that which as due during before after within more than following status new newly personal "
    "medical both either non therapy disease diseases disorder disorders condition conditions illness symptom symptoms under routine regular pre time".split()
)
"""Words that two namings of one thing may differ in."""


def shapes() -> Iterator[dict[str, Any]]:
    """The forms labelled before any reading of them was seen: section, text, and what it means as a shape."""
    for line in SHAPES.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def verdict(text: str, section: str, means: Shape) -> str:
    """How a text was read: right; the same but coarser or finer; asked of a person; or wrong, and sure of it."""
    found = criteria(text, kind="include" if section == "include" else "exclude").criteria
    is_sure = bool(found) and all(each.status == "whole" and not each.unsure for each in found)
    if means is not None and "ask" in _keys(means):
        return "wrong" if is_sure else "right"
    said = _shape_of(found)
    how = _alike(said, _plain(means)) if said is not None and all(each.kind == section for each in found) else ""
    return how or ("wrong" if is_sure else "asked")


def _keys(means: Shape) -> set[str]:
    """Every key that a shape is made with."""
    if isinstance(means, str):
        return set()
    if isinstance(means, list):
        return {key for each in means for key in _keys(each)}
    return {*means, *(key for each in means.values() if isinstance(each, dict | list) for key in _keys(each))}


# --- shapes, in one order: ("and" | "or", parts), ("thing", words, denied), ("bound", …), ("time", …) -----------------


def _plain(means: Shape, denied: bool = False) -> tuple[Any, ...]:
    """A shape with its negations at its leaves, and lists in lists as one list."""
    if isinstance(means, str):
        return ("thing", means, denied)
    if "not" in means:
        return _plain(means["not"], not denied)
    for how in ("and", "or"):
        if how in means:
            return _list(({"and": "or", "or": "and"}[how] if denied else how), [_plain(each, denied) for each in means[how]])
    if "is" in means:
        op = means["op"]
        op = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "=": "!="}.get(op, op) if denied else op
        return ("bound", means["is"], "==" if op == "=" else op, float(means["value"]))
    how = "within" if "within" in means else "at_least"
    return ("time", means["what"], how, _length(str(means[how])), denied)


def _list(how: str, parts: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
    flat = [inner for each in parts for inner in (each[1] if each[0] == how else [each])]
    return flat[0] if len(flat) == 1 else (how, flat)


def _length(said: str) -> float:
    """A stretch of time in days."""
    many, unit = re.match(r"\s*([\d.]+)?\s*(\w*)", said).groups()  # type: ignore[union-attr]
    days = {"y": 365.25, "m": 30.4375, "w": 7.0, "d": 1.0, "h": 1 / 24}.get(unit[:1].lower(), 0.0)
    return float(many or 1) * days


def _shape_of(found: tuple[ReadCriterion, ...]) -> tuple[Any, ...] | None:
    """What criteria of one section say together."""
    if not found or any(each.expression is None for each in found):
        return None
    items = {item.name: item for each in found for item in each.items}
    parts = [
        _as_written(_of_tree(read(each.expression or "", each.items), False, items), each.expression or "") for each in found
    ]
    return _list("and" if found[0].kind == "include" else "or", parts)


def _as_written(shape: tuple[Any, ...], text: str) -> tuple[Any, ...]:
    """A shape whose bounds have the numbers that were written, where the tree has converted them."""
    if shape[0] in ("and", "or"):
        return (shape[0], [_as_written(each, text) for each in shape[1]])
    if shape[0] != "bound":
        return shape
    written = {float(each) for each in re.findall(r"(?<![\w.])\d+(?:\.\d+)?", text)} | (
        {1.0} if re.search(r"[<>=] [UL]LN", text) else set()
    )
    return (*shape[:3], {shape[3]} if shape[3] in written else written, shape[4])


def _of_tree(tree: t.Tree, denied: bool, items: Mapping[str, Needed]) -> tuple[Any, ...]:
    match tree:
        case t.Not():
            return _of_tree(tree.of, not denied, items)
        case t.And() if _date(tree) is not None:
            return ("date", *_named_date(_date(tree), items), "within", _span(_date(tree)), denied)
        case t.And() | t.Or():
            how = "and" if isinstance(tree, t.And) != denied else "or"
            return _list(how, [_of_tree(each, denied, items) for each in tree.of])
        case t.If():
            first = t.Or((t.Not(tree.condition), tree.then))
            return _of_tree(t.And((first, t.Or((tree.condition, tree.otherwise)))), denied, items)
        case t.Compare() if tree.left.type.kind is t.Kind.DATE:
            return ("date", *_named_date(tree, items), "at_least" if tree.op in ("<", "<=") else "within", _span(tree), denied)
        case t.Compare():
            name = (
                tree.left.name
                if isinstance(tree.left, t.Named)
                else next((each for each in items if f"'{each}'" in repr(tree.left)), "?")
            )
            value = next((each.value for each in t.parts(tree.right) if isinstance(each, t.Constant)), None)
            if value is None and tree.left.type.kind is t.Kind.NUMBER:
                value = 1.0  # `≤ ULN`
            if isinstance(value, int | float) and not isinstance(value, bool):
                op = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}[tree.op] if denied else tree.op
                return ("bound", name, op, _written(tree.right), items.get(name))
            return ("fact", name, items.get(name), denied != (tree.op == "!=" or str(value) in ("none", "negative")))
        case t.Among():
            name = next((each for each in items if f"'{each}'" in repr(tree)), "?")
            return ("fact", name, items.get(name), denied)
        case t.Named():
            return _of_tree(tree.of, denied, items)
        case _:
            name = next((each for each in items if f"'{each}'" in repr(tree)), "?")
            return ("fact", name, items.get(name), denied)


def _date(tree: t.Tree) -> t.Compare | None:
    """The first of two comparisons of one date, which together are a stretch of time."""
    if not isinstance(tree, t.And) or len(tree.of) != 2:
        return None
    one, other = tree.of
    is_stretch = isinstance(one, t.Compare) and isinstance(other, t.Compare) and one.left == other.left
    return one if is_stretch and isinstance(one, t.Compare) and one.left.type.kind is t.Kind.DATE else None


def _named_date(tree: t.Compare | None, items: Mapping[str, Needed]) -> tuple[str, Needed | None]:
    name = next((each for each in items if tree is not None and f"'{each}'" in repr(tree.left)), "?")
    return name, items.get(name)


def _span(tree: t.Compare | None) -> float:
    """A stretch of time in days."""
    assert tree is not None
    return next(
        (each.span.days + each.span.months * 30.4375 for each in t.parts(tree.right) if isinstance(each, t.Shifted)), 0.0
    )


def _written(tree: t.Tree) -> float:
    """The number of a bound before it was converted."""
    return next((float(each.value) for each in t.parts(tree) if isinstance(each, t.Constant)), 1.0)  # type: ignore[arg-type]


# --- alike -----------------------------------------------------------------------------------------------------------


def _alike(ours: tuple[Any, ...], theirs: tuple[Any, ...]) -> str:
    """`right`, `coarse` where one of the two keeps together what the other parts, or nothing."""
    if ours[0] in ("and", "or"):
        if theirs[0] != ours[0]:
            whole = theirs[0] == "thing" and all(each[0] == "fact" for each in ours[1]) and _is_part_of(ours[1], theirs)
            return "coarse" if whole else ""
        left, verdicts, rest = list(theirs[1]), ["right"], []
        for mine in ours[1]:
            hit = next((each for how in ("right", "coarse") for each in left if _alike(mine, each) == how), None)
            if hit is None:
                rest.append(mine)
            else:
                verdicts.append(_alike(mine, hit))
                left.remove(hit)
        for mine in list(rest):
            several = [
                each
                for each in left
                if each[0] == "thing" and mine[0] == "fact" and _words(each[1].partition("[")[0]) <= _said(mine)
            ]
            if len(several) > 1 and _alike(mine, (ours[0], several)):
                rest.remove(mine)
                left = [each for each in left if each not in several]
                verdicts.append("coarse")
        facts = [_said(each) for each in ours[1] if each[0] == "fact"]
        if left and not rest and all(each[0] == "thing" and any(_words(each[1]) < said for said in facts) for each in left):
            left, verdicts = [], ["coarse"]
        return "" if left or rest else "coarse" if "coarse" in verdicts else "right"
    if ours[0] == "fact":
        if theirs[0] == "thing":
            return "right" if ours[3] == theirs[2] and _names(ours, theirs[1]) else ""
        if theirs[0] in ("and", "or") and all(each[0] == "thing" and each[2] == ours[3] for each in theirs[1]):
            words = {word for each in theirs[1] for word in _words(each[1].partition("[")[0])}
            return "coarse" if words and words <= _said(ours) and len(_said(ours) - words) <= 2 else ""
        return ""
    if ours[0] == "date" and theirs[0] == "time":
        is_same = ours[3] == theirs[2] and abs(ours[4] - theirs[3]) < 1 and ours[5] == theirs[4]
        return "right" if is_same and _names(("fact", ours[1], ours[2], False), theirs[1]) else ""
    if ours[0] == "bound" and theirs[0] == "bound":
        return "right" if ours[2] == theirs[2] and theirs[3] in ours[3] and _is_measure(ours, theirs[1]) else ""
    return ""


def _is_part_of(ours: Sequence[tuple[Any, ...]], theirs: tuple[Any, ...]) -> bool:
    words = {word for each in ours for word in _said(each)}
    core, _, optional = theirs[1].partition("[")
    return all(each[3] == theirs[2] for each in ours) and _words(core) <= words <= _words(core) | (
        _words(optional) if optional else set()
    )


def _names(ours: tuple[Any, ...], theirs: str) -> bool:
    """Whether an item and a thing in a text's words are the same."""
    low = theirs.lower()
    known = [each for each in (*FACTS, *DATES) if ours[1] in {each.name, *(item.name for item in each.needed)}]
    if any(each.words.search(low) for each in known):
        return True
    core, _, optional = theirs.partition("[")
    said, needed = _said(ours), _words(core)
    return bool(needed) and needed <= said <= needed | (_words(optional) if optional else set())


def _said(ours: tuple[Any, ...]) -> set[str]:
    """The words of weight of an item's label, or of its name where it has no label."""
    name, item = ours[1], ours[2]
    own = _words(re.sub(r"^last_|_on$|^has_|_", " ", name))
    label = re.sub(
        r"\([^()]*\)|Date of the last|(?:,|\() ?(?:such as|e\.g|including|i\.e)\b.*",
        " ",
        item.label if item is not None else "",
    )
    return own | (_words(stripped(label.strip())[1] or label) if label.strip() else set())


def _is_measure(ours: tuple[Any, ...], theirs: str) -> bool:
    named = {measures()[each].term.split(".")[-1] or each for each in measures_named(theirs) if each in measures()}
    return ours[1] in named | {*measures_named(theirs)} or bool(_said((*ours[:2], ours[4])) & _words(theirs))


@cache
def _stem(word: str) -> str:
    word = word.removesuffix("'s").removesuffix("’s")
    word = re.sub(r"aem", "em", word)
    for ending, other in (("ies", "y"), ("ses", "s"), ("s", "")):
        if word.endswith(ending) and len(word) > len(ending) + 2 and not word.endswith(("ss", "us", "is")):
            return word.removesuffix(ending) + other
    return word


def _words(text: str) -> set[str]:
    """The words of weight of a text; all of them where none has weight."""
    every = {_stem(each) for each in re.findall(r"[a-z0-9]+(?:['’]s)?", text.lower())}
    return {each for each in every if each not in LIGHT} or every


# --- the forms of the corpus -----------------------------------------------------------------------------------------

_OPS = {"GT": ">", "GTEQ": ">=", "LT": "<", "LTEQ": "<=", "EQ": "=="}
_UNITS = {"YEAR": "years", "MONTH": "months", "WEEK": "weeks", "DAY": "days", "HOUR": "hours"}
_NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve".split()


def corpus(shared: Path) -> Iterator[tuple[str, str, str, Shape]]:
    """Each form of the corpus at hand: its name, section, text as it stands there (tokenised), and its shape."""
    for record in records(shared, "logical_forms_batch1"):
        parts = record["form"].split("\n\n")
        form = " ".join(parts[3:]) if len(parts) > 3 else parts[2].split("\n", 2)[-1]
        text = re.sub(r"^\W+", "", parts[1].strip().strip("'").replace("\\'", "'")) if parts[1].strip() else ""
        text = re.sub(r"^\d{1,2}\.\s+", "", text) if not re.match(r"[>≥<≤]", parts[1].strip("'- ")) else parts[1].strip("'- ")
        yield record["id"], ("include" if "INC" in parts[0] else "exclude"), text, form_shape(form)


def form_shape(form: str) -> Shape:
    """The shape of one form of the corpus; None where nothing is written, or the brackets do not close."""
    form = re.sub(r"\b(for|except|and|or|not|with|from|in|is|as|if|while|del|lambda|class|try)\(", r"\1_(", form.strip())
    if not form:
        return None
    for tried in (form, form.replace(") ) ),", ") ),", 1), re.sub(r"\)\s*\)\s*\),", ") ),", form, count=1), form + ")"):
        try:
            return _form(ast.parse(f"({tried})", mode="eval").body)
        except SyntaxError:
            continue
    return None


def _chain(node: ast.expr) -> tuple[str, list[ast.expr], list[tuple[str, list[ast.expr]]]]:
    """What a chain of calls begins with, and the calls on it."""
    calls: list[tuple[str, list[ast.expr]]] = []
    while isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute):
            calls.append((node.func.attr, node.args))
            node = node.func.value
        else:
            assert isinstance(node.func, ast.Name)
            return node.func.id, node.args, calls[::-1]
    raise SyntaxError("not a call")


def _form(node: ast.expr) -> Shape:
    if isinstance(node, ast.Tuple):
        return {"and": [_form(each) for each in node.elts]}
    name, args, calls = _chain(node)
    inside = [each for each in args if isinstance(each, ast.Call)]
    shape: Shape
    if name in ("union", "intersect", "seq", "neg"):
        parts = [_form(each) for each in inside]
        if name == "seq":
            first, *others = parts
            return _timed(f"{first} [{' '.join(map(str, others))}]" if isinstance(first, str) else first, calls)
        if name == "intersect":
            parts = [each for each in parts if each not in ("female", "child", "adult")] or parts
        if name == "neg":
            shape = {"not": parts[0] if len(parts) == 1 else {"or": parts}}
        else:
            shape = parts[0] if len(parts) == 1 else {"or" if name == "union" else "and": parts}
        return _timed(shape, calls)
    said = " ".join(each.value for each in args if isinstance(each, ast.Constant) and isinstance(each.value, str))
    if name in ("during", "before", "after") and inside:
        return _form(inside[0])
    mods = [each for call, given in calls if call == "mod" for each in _strings(given)]
    also = [call if call != "severity" else "severe advanced" for call, _ in calls if call in ("chronic", "severity", "stable")]
    also += [each for call, given in calls if call in ("loc", "prov", "for_", "equiv") for each in _all_strings(given)]
    if name in ("lang", "ethnic"):
        also.append("speaking language ethnic")
    if name == "family_member" and inside:
        return f"family {_form(inside[0])}"
    thing = " ".join([*mods, said, *([f"[{' '.join(also)}]"] if also else [])]).strip() or name
    for call, given in calls:
        if call == "num_filter" and (bounds := list(_bounds(given, said or name))):
            return bounds[0] if len(bounds) == 1 else {"and": bounds}
        if call in ("except_",):
            return _timed({"and": [thing, {"not": _form(given[0])}]}, calls)
        if call == "equiv" and given and any(isinstance(each, ast.Call) for each in given):
            inner = _form(given[0])
            if isinstance(inner, dict) and ("is" in inner or "and" in inner):
                return inner
    return _timed(thing, calls)


def _strings(given: Sequence[ast.expr]) -> list[str]:
    return [each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)]


def _all_strings(given: Sequence[ast.expr]) -> list[str]:
    inner = (part for each in given for part in ast.walk(each))
    return [part.value for part in inner if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def _bounds(given: Sequence[ast.expr], name: str) -> Iterator[Shape]:
    for node in (part for each in given for part in ast.walk(each)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "eq"):
            continue
        told = _told(node)
        values = [_value(each) for each in told["val"]]
        if any(each is None for each in values) or not values or "grade" in {each.lower() for each in told["unit"]}:
            continue
        ops = [_OPS[each] for each in told["op"] if each in _OPS]
        if len(values) == 2:
            yield {"is": name, "op": ">=", "value": min(values), "unit": ""}  # type: ignore[type-var]
            yield {"is": name, "op": "<" if "<" in ops else "<=", "value": max(values), "unit": ""}  # type: ignore[type-var]
        else:
            yield {"is": name, "op": ops[0] if ops else "==", "value": values[0], "unit": ""}


def _told(node: ast.Call) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {
        key: [] for key in ("op", "val", "unit", "temporal_unit", "temporal_per", "temporal_rec", "per")
    }
    for each in node.args:
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id in told:
            told[each.func.id] += [
                inner.id if isinstance(inner, ast.Name) else str(getattr(inner, "value", "")) for inner in each.args
            ]
    return told


def _value(said: str) -> float | None:
    if said.lower() in _NUMBERS:
        return float(_NUMBERS.index(said.lower()))
    return float(said) if re.fullmatch(r"\d+(?:\.\d+)?", said) else None


def _timed(shape: Shape, calls: Sequence[tuple[str, list[ast.expr]]]) -> Shape:
    """A shape with the stretch of time that is said of it."""
    for call, given in calls:
        if call not in ("temporality", "duration"):
            continue
        for node in (part for each in given for part in ast.walk(each)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "eq":
                told = _told(node)
                if told["temporal_unit"] and told["temporal_unit"][0] in _UNITS:
                    many = _value(told["val"][0]) if told["val"] else 1.0
                    how = "at_least" if {"GT", "GTEQ"} & {*told["op"]} else "within"
                    return _each_timed(shape, how, f"{many or 1:g} {_UNITS[told['temporal_unit'][0]]}")
    return shape


def _each_timed(shape: Shape, how: str, length: str) -> Shape:
    if isinstance(shape, str):
        return {"what": shape, how: length}
    for key in ("and", "or"):
        if key in shape:
            return {key: [_each_timed(each, how, length) for each in shape[key]]}
    return {"not": _each_timed(shape["not"], how, length)} if "not" in shape else shape
