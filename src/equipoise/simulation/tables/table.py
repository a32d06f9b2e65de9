"""The tables of a study under way: forms, steps and statements get their numbers, and what is drawn its place."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ...calendar import Span
from ...expression.tree import Tree
from ...protocol import Item
from ..assumptions import Spread, chances
from ..hazards import Risk, Stretches
from ..inverse import KINDS
from ..plan import Drawing, Plan
from ..site import record
from ..statements import NotCompiled, Statements


class _Record:
    """The one record of an array, its fields by name."""

    def __init__(self, array: np.ndarray) -> None:
        object.__setattr__(self, "array", array)

    def __getattr__(self, name: str) -> Any:
        return object.__getattribute__(self, "array")[name][0]

    def __setattr__(self, name: str, value: Any) -> None:
        self.array[name][0] = value

    __getitem__, __setitem__ = __getattr__, __setattr__


class Tables:
    """What a plan says, written into the record `r`, part by part."""

    def __init__(self, made: Plan) -> None:
        self.made, self.study, self.protocol = made, made.study, made.study.protocol
        self.array = np.zeros(1, record.PLAN)
        self.r = _Record(self.array)
        self.forms = {name: index for index, name in enumerate(self.study.activities)}
        pathway = self.protocol.pathway
        self.steps = {name: index for index, name in enumerate(pathway.steps)} if pathway is not None else {}
        self.tracks: dict[str, int] = {}
        rows = dict(self.forms)
        for name, index in self.steps.items():
            rows[f"entered:{name}"] = len(self.forms) + index
            rows[f"left:{name}"] = len(self.forms) + len(self.steps) + index
        limits = {name: made.limits[name] for name in (*self.protocol.sites, *([] if self.protocol.sites else [""]))}
        self.statements = Statements(self.study, rows, limits)
        self.keys = ["", *self.protocol.arms, *self.protocol.cohorts, *self.protocol.groups]
        self.drawings: list[Drawing] = []
        self.spreads: dict[Spread, int] = {}
        self.n_chances = self.n_rates = self.n_factors = 0
        self.risks: dict[Risk, int] = {}
        self.memories: dict[str, int] = {}

    def room(self, size: int, most: int, what: str) -> None:
        if size > most:
            raise NotCompiled(f"{size} {what} are more than the {most} that the fast interpreter has room for")

    def form(self, name: str) -> int:
        return self.forms.get(name, -1)

    def statement(self, formula: Any, who: str) -> int:
        if formula is None:
            return -1
        return self.tree(formula.settled, f"{who} ({formula})")

    def tree(self, tree: Tree, who: str, form: str = "") -> int:
        try:
            return self.statements.of(tree, form=form)
        except NotCompiled as why:
            raise NotCompiled(f"{who} is not compiled: {why}") from None

    def span(self, name: str, index: Any, span: Span | None, flag: str = "") -> None:
        if flag:
            self.r[flag][index] = span is not None
        if span is not None:
            self.r[f"{name}_days"][index], self.r[f"{name}_months"][index] = span.days, span.months

    def drawing(self, drawing: Drawing, slot: int, word: int, *, form: int) -> int:
        """Put a drawing into the tables."""
        r, item, assumed, d = self.r, drawing.item, drawing.assumed, len(self.drawings)
        self.drawings.append(drawing)
        self.room(d + 1, record.DRAWINGS, "things that are drawn")
        r.slot[d], r.word[d], r.form_of[d], r.column[d], r.memory[d], r.together[d] = slot, word, form, -1, -1, -1
        r.constant[d], r.change[d] = np.nan, drawing.change if drawing.change is not None else np.nan
        r.from_form[d] = self.form(assumed.from_) if assumed.from_ else -1
        r.has_chances[d], r.is_keyed[d] = bool(assumed.chances), bool(drawing.keys)
        is_code = item.type in ("choice", "yes_no", "text", "file", None)
        is_date, is_number = item.type in ("date", "month"), item.type in ("integer", "real", "quantity", "score")
        r.kind[d] = 1 if is_code else 3 if is_date else 2 if is_number and assumed.chances else 0
        if drawing.change is not None:
            self.room(len(self.memories) + 1, record.DRAWINGS, "things that drift")
            r.memory[d] = self.memories.setdefault(item.name, len(self.memories))
        if is_code and assumed.value:
            r.constant[d] = self.coded(item, assumed.value)
        for key, name in enumerate(self.keys):
            r.spread[d, key] = r.risk[d, key] = -1
            if not self.is_told(drawing, key, name):
                continue
            r.has_key[d, key] = 1
            if assumed.chances:
                self.chance(d, key, chances(assumed, name), item)
            if (hazard := drawing.risk(name)) is not None:
                r.risk[d, key] = self.risk(hazard)
            elif not is_code and (assumed.distribution not in (None, "choice") or assumed.value):
                r.spread[d, key] = self.spread(drawing.spread(name))
        return d

    def together(self, item: Item) -> int:
        """The place of an item among those that go together; -1 of those that do not."""
        return list(self.made.together).index(item.name) if item.name in self.made.together else -1

    def is_told(self, drawing: Drawing, key: int, name: str) -> bool:
        if not drawing.keys:
            return key == 0
        is_arm = 0 < key <= len(self.protocol.arms)
        return key > 0 and (name in drawing.keys or (is_arm and drawing.assumed.hazard_ratio is not None))

    def coded(self, item: Item, code: str) -> float:
        """The number of a code: its place among the options; the chances of decisions and clocks have no numbers."""
        if item.type == "yes_no":
            return float(code == "yes")
        if item.type in ("text", "file"):
            return float(self.statements.text(code))
        if item.name == "site":
            return float(list(self.protocol.sites).index(code))
        if item.options and code in item.options:
            return float(item.options.index(code))
        try:
            return float(code)
        except ValueError:
            return -1.0

    def chance(self, d: int, key: int, given: Mapping[str, float], item: Item) -> None:
        r, first = self.r, self.n_chances
        self.room(first + len(given), record.CHANCES, "chances")
        for code, chance in given.items():
            r.code[self.n_chances], r.chance[self.n_chances] = self.coded(item, code), chance
            self.n_chances += 1
        r.chances[d, key], r.n_chances[d, key], r.total[d, key] = first, len(given), sum(given.values())

    def spread(self, made: Spread) -> int:
        if made not in self.spreads:
            k = self.spreads[made] = len(self.spreads)
            self.room(k + 1, record.SPREADS, "distributions")
            r = self.r
            r.spread_kind[k], r.first[k], r.second[k] = KINDS.index(made.kind), made.first, made.second
            r.centre[k] = math.exp(made.first) if made.kind == "lognormal" else 0.0
            r.low[k], r.high[k], r.below[k], r.within[k], r.is_whole[k] = (
                made.low,
                made.high,
                made.below,
                made.within,
                made.whole,
            )
        return self.spreads[made]

    def risk(self, made: Risk) -> int:
        """Put a hazard into the tables, with the stretches in which it is constant."""
        if made not in self.risks:
            k = self.risks[made] = len(self.risks)
            self.room(k + 1, record.RISKS, "hazards")
            r = self.r
            r.cured[k], r.hazard_ratio[k], r.ratio_from[k], r.rates[k] = made.cured, made.ratio, made.ratio_from, self.n_rates
            if isinstance(made.base, Stretches):
                first, size = self.n_rates, len(made.base.rates)
                self.n_rates += size
                self.room(self.n_rates, record.RATES, "stretches of hazards")
                these = slice(first, self.n_rates)
                r.n_rates[k], r.risk_scale[k], r.risk_shape[k] = size, 0.0, 1.0
                r.rate[these], r.rate_sum[these] = made.base.rates, made.base.so_far
                r.rate_end[these] = (*made.base.ends, math.inf)
            else:
                r.risk_scale[k], r.risk_shape[k] = made.base.first, made.shape
        return self.risks[made]


def all_drawings(made: Plan) -> Iterator[Drawing]:
    """Everything that is drawn of a participant."""
    for each in made.drawings.values():
        yield from each
    for table in (made.delays, made.rounds, made.words):
        yield from table.values()
    for clocks in made.clocks.values():
        yield from (drawing for _, drawing in clocks)
