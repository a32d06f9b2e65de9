"""Writing in the ledger."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from equipoise.ledger import Draft, Unfit
from equipoise.web.ledger import Head, Refused, append, export, head, links, outside, studies


def note(text: str = "x", who: str = "P-1") -> Draft:
    return Draft(by="anna", role="coordinator", kind="noted", participant=who, body={"text": text})


def test_links_are_numbered_from_one_and_each_holds_the_hash_before(database: Any) -> None:
    first = append("s", [note("a"), note("b")], request="r1")
    (third,) = append("s", [note("c")], request="r2")
    assert [each.number for each in (*first, third)] == [1, 2, 3]
    assert [each.previous for each in (*first, third)] == ["", first[0].hash, first[1].hash]
    assert tuple(links("s")) == (*first, third)
    assert head("s") == Head("s", 3, third.hash, third.at)
    assert studies() == ("s",)


def test_whatever_json_can_say_is_read_back_as_it_was_written(database: Any) -> None:
    body = {"é": "\0\u2028\U0001f600", "n": [1, -0.0, 1e-7, 1.5e300, 10**30, True, None], "o": {"b": {}, "a": []}}
    (made,) = append("s", [Draft(by="a", role="b", kind="noted", body=body)], request="r")
    (read,) = links("s")
    assert read == made
    assert read.body == body


def test_the_same_request_is_answered_with_the_same_links(database: Any) -> None:
    made = append("s", [note("a"), note("b")], request="r")
    append("s", [note("c")], request="other")
    again = append("s", [note("a"), note("b")], request="r", unless=lambda head: "never")
    assert again == made
    assert head("s").number == 3


def test_the_same_request_with_something_else_in_it_is_refused(database: Any) -> None:
    append("s", [note("a")], request="r")
    for other in ([note("b")], [note("a"), note("a")], [note("a", "P-2")]):
        with pytest.raises(Refused, match="this request was made before"):
            append("s", other, request="r")
    assert head("s").number == 1
    append("t", [note("b")], request="r")  # another study knows nothing of it


def test_nothing_is_written_where_a_precondition_says_why_not(database: Any) -> None:
    append("s", [note()], request="r1")

    def once(last: Head) -> str:
        assert last.number == 1
        return "P-1 was asked already" if any(links("s", participant="P-1")) else ""

    with pytest.raises(Refused, match="P-1 was asked already"):
        append("s", [note()], request="r2", unless=once)
    assert len(list(links("s"))) == 1
    append("s", [note()], request="r2", unless=lambda last: None)


def test_links_are_found_by_participant_kind_and_request(database: Any) -> None:
    append("s", [note("a", "P-1"), note("b", "P-2"), Draft(by="a", role="b", kind="locked")], request="r1")
    append("s", [note("c", "P-1")], request="r2")
    assert [each.number for each in links("s", participant="P-1")] == [1, 4]
    assert [each.number for each in links("s", participant="")] == [3]
    assert [each.number for each in links("s", kinds=("locked", "frozen"))] == [3]
    assert [each.number for each in links("s", request="r1")] == [1, 2, 3]
    assert [each.number for each in links("s", after=1, until=3)] == [2, 3]


def test_links_are_read_across_the_bounds_of_a_batch(database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("equipoise.web.ledger.reading.AT_ONCE", 3)
    append("s", [note(str(number)) for number in range(10)], request="r")
    assert [each.body["text"] for each in links("s")] == [str(number) for number in range(10)]


@pytest.mark.parametrize(
    ("draft", "says"),
    [
        (Draft(by="", role="b", kind="noted"), "who wrote it"),
        (Draft(by="a", role="b", kind="Not A Kind"), "a kind is a word"),
        (Draft(by="a\nb", role="b", kind="noted"), "'by' is a word"),
        (Draft(by="a", role="b", kind="noted", participant="x" * 201), "'participant' is a word"),
        (Draft(by="a", role="b", kind="noted", body={"x": float("nan")}), "cannot be written down"),
        (Draft(by="a", role="b", kind="noted", body={"x": "\ud800"}), "cannot be written down"),
        (Draft(by="a", role="b", kind="noted", body={"x": object()}), "cannot be written down"),
        (Draft(by="a", role="b", kind="noted", body={"x": "y" * 2_000_001}), "are the most"),
    ],
)
def test_what_no_ledger_takes_is_refused_with_a_sentence(sqlite: Any, draft: Draft, says: str) -> None:
    with pytest.raises(Unfit, match=says):
        append("s", [note(), draft], request="r")
    assert head("s").number == 0


def test_a_clock_that_went_back_a_little_gives_the_moment_before_and_one_that_went_back_far_is_refused(database: Any) -> None:
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    append("s", [note()], request="r1", at=noon)
    (held,) = append("s", [note()], request="r2", at=noon - timedelta(seconds=4))
    assert held.at == noon
    with pytest.raises(Refused, match="the clock stands at 2026-11-21T11:59"):
        append("s", [note()], request="r3", at=noon - timedelta(seconds=6))


def test_a_database_that_does_not_end_where_the_desk_left_it_takes_nothing_until_the_head_is_set_aside(database: Any) -> None:
    (first,) = append("s", [note()], request="r1")
    blank = Head("s")
    outside.announced(replace(first, number=7), blank)
    outside.acknowledged(replace(first, number=7), blank)
    with pytest.raises(Refused, match="link 7 of s was acknowledged, and the database ends at 1"):
        append("s", [note()], request="r2")
    outside.announced(replace(first, hash="0" * 64), blank)
    with pytest.raises(Refused, match="link 1 of s is not the one that this desk wrote"):
        append("s", [note()], request="r2")
    outside.announced(replace(first, number=0), blank)
    with pytest.raises(Refused, match="this desk wrote no further than 0"):
        append("s", [note()], request="r2")
    aside = outside.set_aside("s")
    assert aside is not None and aside.name == "s.head.0"
    append("s", [note()], request="r2")


def test_what_was_announced_and_never_kept_stands_in_nobodys_way(database: Any) -> None:
    (first,) = append("s", [note()], request="r1")
    outside.announced(replace(first, number=2, hash="0" * 64), head("s"))
    (second,) = append("s", [note()], request="r2")
    assert second.number == 2
    outside.announced(replace(second, number=3, hash="1" * 64), Head("s", 2, second.hash, second.at))
    outside.acknowledged(second, Head("s", 1, first.hash, first.at))  # late: the next writing is announced already
    assert '"number":3' in outside.head_file("s", database.anchors).read_text()


def test_what_is_outside_is_its_owners_alone(database: Any) -> None:
    append("s", [note()], request="r")
    for file in (outside.head_file("s", database.anchors), database.web_key, database.anchors):
        assert file.stat().st_mode & 0o077 == 0, file


def test_an_export_holds_every_link_once(database: Any) -> None:
    append("s", [note(str(each)) for each in range(5)], request="r")
    append("t", [note()], request="r")
    file = database.folder / "s.jsonl"
    assert export("s", file) == 5
    assert [line.count('"study":"s"') for line in file.read_text().splitlines()] == [1] * 5


def test_a_participants_links_and_a_requests_are_looked_up_by_their_own_index(sqlite: Any) -> None:
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    append("s", [note("a", "P-1")], request="r1")
    with CaptureQueriesContext(connections["default"]) as asked:
        assert len(list(links("s", participant="P-1", kinds=("noted",)))) == 1
        assert len(list(links("s", request="r1"))) == 1
    for query, index in zip(asked.captured_queries, ("ledger_by_participant", "ledger_by_request"), strict=True):
        with connections["default"].cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + query["sql"].replace("%", "%%"))
            (plan,) = cursor.fetchall()
        assert index in plan[3]
