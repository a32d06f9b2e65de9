"""Everything in the database but the links follows from them."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.db import connection, models

from equipoise.ledger import Draft, Link
from equipoise.web.ledger import PROJECTIONS, Projection, append, rebuild, register
from equipoise.web.ledger.projections import AT_ONCE


class Counted(models.Model):
    """How many links of each participant there are, and the last."""

    pk = models.CompositePrimaryKey("study", "participant")
    study = models.CharField(max_length=200)
    participant = models.CharField(max_length=200)
    count = models.IntegerField(default=0)
    last = models.CharField(max_length=64, default="")

    class Meta:
        app_label = "ledger_test"


def fold(links: Sequence[Link]) -> None:
    for each in links:
        row, _ = Counted.objects.get_or_create(study=each.study, participant=each.participant)
        Counted.objects.filter(pk=row.pk).update(count=row.count + 1, last=each.hash)


@pytest.fixture
def counted(database: Any) -> Iterator[None]:
    before = list(PROJECTIONS)
    PROJECTIONS[:] = []
    register(Projection("counted", (Counted,), fold))
    with connection.schema_editor() as editor:
        editor.create_model(Counted)
    yield
    PROJECTIONS[:] = before


def draft(who: str) -> Draft:
    return Draft(by="anna", role="coordinator", kind="noted", participant=who)


def rows() -> list[tuple[Any, ...]]:
    return sorted(Counted.objects.values_list())


def test_a_projection_is_up_to_date_when_append_returns(counted: None) -> None:
    made = append("s", [draft("P-1"), draft("P-1")], request="r")
    assert rows() == [("s", "P-1", 2, made[1].hash)]


def test_rebuild_gives_the_same_rows_and_leaves_other_studies_alone(counted: None) -> None:
    append("s", [draft(f"P-{turn % 7}") for turn in range(AT_ONCE + 3)], request="r")
    append("t", [draft("P-1")], request="r")
    append("s", [draft("P-3")], request="r2")
    before = rows()
    Counted.objects.filter(study="s").update(count=99)
    Counted.objects.create(study="s", participant="nobody")
    assert rebuild("s") == AT_ONCE + 4
    assert rows() == before
    assert rebuild("s") == AT_ONCE + 4
    assert rows() == before


def test_nothing_is_written_where_a_projection_fails(counted: None) -> None:
    def fails(links: Sequence[Link]) -> None:
        raise RuntimeError("a projection's own fault")

    append("s", [draft("P-1")], request="r")
    before = rows()
    register(Projection("fails", (), fails))
    with pytest.raises(RuntimeError):
        append("s", [draft("P-1")], request="r2")
    register(Projection("fails", (), lambda links: None))
    (made,) = append("s", [draft("P-2")], request="r2")
    assert made.number == 2
    assert [each for each in rows() if each[1] == "P-1"] == before


def test_a_projection_of_the_same_name_takes_the_place_of_the_first(counted: None) -> None:
    register(Projection("counted", (Counted,), fold))
    assert [each.name for each in PROJECTIONS] == ["counted"]
