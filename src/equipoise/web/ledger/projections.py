"""Everything in the database that follows from the ledger, and how it is made from it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import models, transaction

from ...ledger import Link
from .reading import head, links

AT_ONCE = 1_000
"""Links that are replayed together."""


@dataclass(frozen=True, slots=True)
class Projection:
    """Tables that follow from the ledger alone.

    Attributes:
        name: What it is called.
        models: Its tables, each with a field `study`, in the order in which they may be emptied. Their keys are natural
            ones, made of what the links say; they hold no clock's and no counter's answer.
        fold: Brings the tables up to date with further links of one study. Two calls do what one call with both does.
    """

    name: str
    models: tuple[type[models.Model], ...]
    fold: Callable[[Sequence[Link]], None]


PROJECTIONS: list[Projection] = []


def register(projection: Projection) -> None:
    """Add a projection; an application does so when it is ready. The same name again takes the place of the first."""
    PROJECTIONS[:] = [each for each in PROJECTIONS if each.name != projection.name] + [projection]


def project(fresh: Sequence[Link]) -> None:
    """Bring every projection up to date with further links; inside the transaction that wrote them."""
    for each in PROJECTIONS:
        each.fold(fresh)


def rebuild(study: str) -> int:
    """Empty the projections of a study and make them anew from its chain; how many links were replayed."""
    from .writing import held

    with transaction.atomic(durable=True):
        held(study)
        for each in PROJECTIONS:
            for table in each.models:
                table._default_manager.filter(study=study).delete()
        count, some = 0, list[Link]()
        for link in links(study, until=head(study).number):
            some.append(link)
            count += 1
            if len(some) == AT_ONCE:
                project(some)
                some = []
        if some:
            project(some)
    return count
