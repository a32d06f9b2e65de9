"""What one participant cost: bills by day and item, and their sums. Of a study's arms, what each cost after it was locked."""

from dataclasses import dataclass

from ...calendar import When
from ...chart import Chart
from ...study import Study


@dataclass(frozen=True, slots=True)
class Bill:
    """One bill: its day, an amount for each item, None where none was given, and the sum of those that were."""

    on: When
    event: str
    amounts: tuple[float | None, ...]
    total: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """The bills of one form, item by item."""

    activity: str
    label: str
    items: tuple[str, ...]
    bills: tuple[Bill, ...]

    @property
    def sums(self) -> tuple[float, ...]:
        """The sum of each item."""
        return tuple(sum(each.amounts[at] or 0.0 for each in self.bills) for at in range(len(self.items)))

    @property
    def total(self) -> float:
        """The sum of all."""
        return sum(each.total for each in self.bills)

    @property
    def incomplete(self) -> int:
        """Bills in which an item is left open, so that the sum is too small."""
        return sum(None in each.amounts for each in self.bills)


def costs_of(study: Study) -> tuple[str, ...]:
    """The forms whose items are amounts of money."""
    return tuple(name for name, each in study.activities.items() if each.cost)


def sheets(study: Study, known: Chart) -> tuple[Sheet, ...]:
    """The bills of a participant."""
    found = []
    for name in costs_of(study):
        items = study.activities[name].items
        bills = []
        for row in known.facts.rows.get(name, ()):
            given = tuple(row.values.get(key) for key in items)
            amounts = tuple(float(each) if isinstance(each, float | int) else None for each in given)
            bills.append(Bill(row.on, row.id, amounts, sum(each or 0.0 for each in amounts)))
        labels = tuple(item.label or key.replace("_", " ") for key, item in items.items())
        found.append(Sheet(name, study.label(name), labels, tuple(bills)))
    return tuple(found)


def total(study: Study, known: Chart) -> tuple[float, int]:
    """What a participant cost so far, and on how many bills."""
    found = sheets(study, known)
    return sum(each.total for each in found), sum(len(each.bills) for each in found)
