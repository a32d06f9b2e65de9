"""Wrong answers to who somebody is: each is counted, however many come at once, and after the fifth none is taken."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from bedside import PASSWORD, Site, token
from equipoise.web.staff import tries
from equipoise.web.staff.models import WrongAnswers

MANY = 40


def at_once(work: Callable[[int], Any], many: int = MANY) -> list[Any]:
    """Do something in many threads at one moment; what each came to."""
    from django.db import connections

    gate, found = threading.Barrier(many), [None] * many

    def one(number: int) -> None:
        gate.wait()
        try:
            found[number] = work(number)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(many)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return found


def test_each_of_many_wrong_answers_at_once_is_counted(database: Any) -> None:
    found = at_once(lambda number: tries.counted("nurse" if number % 4 else "doctor"))
    assert sorted(each for number, each in enumerate(found) if number % 4) == [*range(1, 31)]
    assert sorted(each for number, each in enumerate(found) if not number % 4) == [*range(1, 11)]
    assert dict(WrongAnswers.objects.values_list("person", "count")) == {"nurse": 30, "doctor": 10}


def test_wrong_answers_count_for_a_quarter_of_an_hour_after_the_last(database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_800_000_000.0
    monkeypatch.setattr(tries.time, "time", lambda: now)
    for expected in (1, 2, 3, 4):
        assert tries.counted("nurse") == expected
        now += 14 * 60
    assert tries.forgiven("nurse") and not WrongAnswers.objects.exists(), "the right one forgives them"
    assert [tries.counted("nurse") for _ in range(5)] == [1, 2, 3, 4, 5]
    assert tries.are_used_up("nurse") and not tries.forgiven("nurse") and not tries.are_used_up("doctor")
    now += 15 * 60 - 1
    assert tries.are_used_up("nurse")
    now += 1
    assert not tries.are_used_up("nurse") and tries.forgiven("nurse") and tries.counted("nurse") == 1


def test_of_many_guesses_at_once_no_more_is_learnt_than_of_five(opened: Callable[[str], Site]) -> None:
    site = opened("batch-rfa-crlm")
    address, told = site.url("people/"), {"request": token(), "does": "give", "user": "nurse", "role": "auditor", "site": ""}

    def guess(number: int) -> str:
        page: str = site.client("admin").post(address, {**told, "who_you_are": f"guess {number}"}).content.decode()
        return page

    pages = at_once(guess, 16)
    assert sum("neither your password" in each for each in pages) <= tries.TRIES
    assert WrongAnswers.objects.get().count >= tries.TRIES
    late = site.client("admin").post(address, {**told, "who_you_are": PASSWORD})
    assert late.status_code == 422 and "Too many wrong passwords" in late.content.decode()


def test_a_right_answer_among_many_at_once_writes_nothing(opened: Callable[[str], Site]) -> None:
    site = opened("batch-rfa-crlm")
    told = {"does": "give", "user": "nurse", "role": "auditor", "site": "", "who_you_are": PASSWORD}
    found = at_once(lambda number: site.client("admin").post(site.url("people/"), {**told, "request": token()}).status_code, 12)
    assert found == [200] * 12 and not WrongAnswers.objects.exists()
