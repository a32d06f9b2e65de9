"""Whether two expressions mean the same, tried on many people; and the forms whose meaning a person wrote down first."""

import json
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from equipoise.criteria import ReadCriterion, criteria
from equipoise.criteria.scope import read
from equipoise.expression import tree as t

FORMS = Path(__file__).parent / "forms.jsonl"
ASK = "ask"
"""The meaning of a form that a person cannot tell either: the reader has to ask."""


def forms() -> Iterator[dict[str, str]]:
    """Each form: its section, its text, and what it means in the language, or that it has to be asked."""
    for line in FORMS.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def verdict(form: Mapping[str, str]) -> str:
    """How a form was read: `right`, `asked`, or `wrong`, which is to be sure of something else."""
    found = criteria(form["text"], kind="include" if form["section"] == "include" else "exclude").criteria
    is_sure = all(each.status == "whole" and not each.unsure for each in found)
    said = meaning(found)
    if form["means"] != ASK and said is not None and all(each.kind == form["section"] for each in found):
        items = {item.name: item for each in found for item in each.items}
        try:
            wanted = read(form["means"], tuple(items.values()))
        except Exception as fault:  # noqa: BLE001  a name that the reading did not ask for
            return f"wrong: {fault}" if is_sure else "asked"
        if same(wanted, said):
            return "right"
    return f"wrong: {[each.expression for each in found]}" if is_sure else "asked"


def meaning(found: tuple[ReadCriterion, ...]) -> t.Tree | None:
    """What criteria of one section say together: all of the inclusions, any of the exclusions."""
    trees = tuple(read(each.expression, each.items) for each in found if each.expression is not None)
    if not trees or len(trees) < len(found):
        return None
    return trees[0] if len(trees) == 1 else (t.And if found[0].kind == "include" else t.Or)(trees)


def same(one: t.Tree, other: t.Tree, tries: int = 4_000) -> bool:
    """Whether two statements hold of the same people, on invented people around every bound that either names."""
    bounds: set[float] = set()
    for tree in (one, other):
        bounds |= {float(part.value) for part in t.parts(tree) if isinstance(part, t.Constant) and _is_number(part.value)}
        bounds |= {part.value * 1.0 for part in _products(tree)}
    near = sorted({max(0.0, each + shift) for each in bounds for shift in (-0.01, 0.0, 0.01)} | {0.0})
    rng, keys = random.Random(7), _Keys()
    for _ in range(tries):
        person: dict[str, Any] = {}
        if bool(_value(one, person, near, rng, keys)) != bool(_value(other, person, near, rng, keys)):
            return False
    return True


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _products(tree: t.Tree) -> Iterator[t.Constant]:
    return (part for part in t.parts(tree) if isinstance(part, t.Constant) and _is_number(part.value))


class _Keys(dict[int, str]):
    """Under what a person's value of each part of a tree is kept: what the part says."""

    def of(self, tree: t.Tree) -> str:
        """What a part says, worked out once."""
        key = self.get(id(tree))
        if key is None:
            key = self[id(tree)] = repr(tree)
        return key


def _value(tree: t.Tree, person: dict[str, Any], near: list[float], rng: random.Random, keys: _Keys) -> Any:
    def of(part: t.Tree) -> Any:
        return _value(part, person, near, rng, keys)

    match tree:
        case t.And():
            return all([of(part) for part in tree.of])
        case t.Or():
            return any([of(part) for part in tree.of])
        case t.Not():
            return not of(tree.of)
        case t.If():
            return of(tree.then) if of(tree.condition) else of(tree.otherwise)
        case t.Named() if tree.name != "child_pugh_points":
            return of(tree.of)
        case t.Constant():
            return tree.value
        case t.Converted():
            return of(tree.of)
        case t.Compare() if tree.left.type.kind is t.Kind.DATE:
            return person.setdefault(keys.of(tree), rng.random() < 0.5)
        case t.Compare():
            left, right = of(tree.left), of(tree.right)
            if tree.left.type.kind is t.Kind.CHOICE:
                options = tree.left.type.options or tree.right.type.options
                if tree.op in ("==", "!="):
                    return (left == right) == (tree.op == "==")
                left, right = options.index(left), options.index(right)
            return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right,
                    "==": left == right, "!=": left != right}[tree.op]  # fmt: skip
        case t.Among():
            return of(tree.of) in tree.options
        case t.Arithmetic(op="*"):
            return of(tree.left) * of(tree.right)
        case _:
            pass
    if isinstance(tree, t.Pick) and tree.of.part:
        return 1.0
    key = keys.of(tree)
    if key not in person:
        if tree.type.kind is t.Kind.TRUTH:
            person[key] = rng.random() < 0.5
        elif tree.type.kind is t.Kind.CHOICE:
            person[key] = rng.choice(tree.type.options)
        else:
            person[key] = rng.choice(near)
    return person[key]
