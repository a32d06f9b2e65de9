"""Two hundred are randomised at one moment from eight processes, again and again: nobody shares a slot, and none is left out."""

import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bedside import PASSWORD, Site, token
from crowd import signed_for

PROCESSES, AT_ONCE, ROUNDS = 8, 200, int(os.environ.get("EQUIPOISE_ROUNDS", "50"))


def button(site: Site, who: str, user: str = "nurse") -> tuple[str, str, dict[str, str]]:
    """What pressing the button sends."""
    return user, site.url(f"p/{who}/randomise/"), {"request": token(), "who_you_are": PASSWORD}


def slots(site: Site) -> list[dict[str, Any]]:
    """Every receipt in the ledger."""
    from equipoise.web.ledger import links

    return [link.body["body"] for link in links(site.slug, kinds=("allocated",))]


def chance_of(times: list[float], first: list[bool], turns: int = 2_000) -> float:
    """How often chance alone tells two arms as far apart by their median time: a permutation test."""
    took, mask, rng = np.asarray(times), np.asarray(first), np.random.default_rng(7)

    def apart(these: Any) -> float:
        return abs(float(np.median(took[these]) - np.median(took[~these])))

    seen = apart(mask)
    return (1 + sum(apart(rng.permutation(mask)) >= seen for _ in range(turns))) / (turns + 1)


def all_at_once(site: Site, desk: Any, rounds: int, at_once: int, tmp_path: Path) -> None:
    from equipoise import verifier
    from equipoise.web.ledger import export

    took: list[float] = []
    seconds: list[float] = []
    sizes: set[int] = set()
    for turn in range(rounds):
        people = [f"P-{turn:02}-{number:03}" for number in range(at_once)]
        signed_for(site, people)
        start = time.perf_counter()
        answers = desk.at_once([button(site, who) for who in people])
        seconds.append(time.perf_counter() - start)
        wrong = [
            (who, each["status"], each["says"][:300])
            for who, each in zip(people, answers, strict=True)
            if each["status"] != 302
        ]
        assert wrong == [], desk.said()[-3_000:]
        assert all("Receipt" in each["page"] for each in answers)
        took += [each["took"] for each in answers]
        sizes |= {each["bytes"] for each in answers}
        given = slots(site)
        assert len(given) == (turn + 1) * at_once
        assert sorted(each["number"] for each in given) == [*range(1, len(given) + 1)]
        assert sorted(each["slot"] for each in given) == [*range(1, len(given) + 1)], "no shared slot, and no gap"
        assert len({each["participant"] for each in given}) == len(given)
    arm = {each["participant"]: each["arm"] for each in given}
    names = [f"P-{turn:02}-{number:03}" for turn in range(rounds) for number in range(at_once)]
    told = chance_of(took, [arm[who] == "ablation" for who in names])
    print(
        f"{rounds} x {at_once}: {np.median(seconds):.1f} s a round, chance of arms told apart by time {told:.3f}, sizes {sizes}"
    )
    assert told > 0.001, "how long an answer takes does not tell the arm"
    assert len(sizes) == 1, "how long an answer is does not tell the arm"
    file = tmp_path / "ledger.jsonl"
    export(site.slug, file)
    assert verifier.main([str(file)]) == 0


@pytest.mark.slow
def test_forty_are_randomised_at_one_moment(
    roomy: Any, database: Any, vault: Any, answering: Callable[..., Any], tmp_path: Path
) -> None:
    all_at_once(roomy(400), answering(4, 10), 2, 40, tmp_path)


@pytest.mark.long
def test_two_hundred_are_randomised_at_one_moment_fifty_times(
    roomy: Any, database: Any, vault: Any, answering: Callable[..., Any], tmp_path: Path
) -> None:
    all_at_once(roomy(12_000), answering(PROCESSES, AT_ONCE // PROCESSES), ROUNDS, AT_ONCE, tmp_path)


@pytest.mark.long
def test_one_participant_from_fifty_connections_has_one_allocation(
    roomy: Any, database: Any, vault: Any, answering: Callable[..., Any]
) -> None:
    from equipoise.web.ledger import links

    site, desk = roomy(60), answering(PROCESSES, 7)
    signed_for(site, ["P-1", "P-2"])
    answers = desk.at_once([button(site, "P-1") for _ in range(50)])
    assert {each["status"] for each in answers} <= {200, 302}, [each for each in answers if each["status"] not in (200, 302)][
        :3
    ]
    (given,) = slots(site)
    assert given["slot"] == 1
    pages = {(each["page"] or each["says"]).split("Receipt", 1)[-1] for each in answers}  # above it stands how far they were
    assert len(pages) == 1, pages
    (page,) = pages
    assert re.search(r"\b[0-9a-f]{128}\b", page), "the vault's signature"
    kinds = [link.kind for link in links(site.slug, participant="P-1")]
    assert kinds.count("allocation-asked") == kinds.count("allocated") == 1
    drawn = [link for link in links(site.slug, participant="P-1", kinds=("event",)) if link.body.get("do") == "randomisation"]
    assert len(drawn) == 1


@pytest.mark.slow
def test_a_list_that_is_used_up_stops_for_everybody_and_never_begins_again(
    roomy: Any, database: Any, vault: Any, answering: Callable[..., Any]
) -> None:
    site, desk = roomy(6), answering(2, 10)
    people = [f"P-{number}" for number in range(20)]
    signed_for(site, people)
    answers = desk.at_once([button(site, who) for who in people])
    done = [each for each in answers if each["status"] == 302]
    others = [each for each in answers if each["status"] != 302]
    assert len(done) == 6 and {each["status"] for each in others} == {422}, others[:2]
    assert all("used up after 6 places: nobody was randomised" in each["says"] for each in others), json.dumps(others[:2])
    assert sorted(each["slot"] for each in slots(site)) == [1, 2, 3, 4, 5, 6]
