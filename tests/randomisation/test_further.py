"""Sites and strata that come later: lists of their own, a commitment of their own, and nothing touched of what was sealed first."""

import copy
import json
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from a_desk import a_plan, asked
from equipoise.randomisation import METHODS, Plan, Unfit, further
from equipoise.randomisation.opening import opening_faults
from equipoise.vault import Refused, Vault, signed
from equipoise.vault.slots import Slots
from equipoise.verifier import paper_hash

Opened = Callable[..., Slots]
FACTORS = {"site": ("north", "south"), "stage": ("i", "ii")}
PLANS = {
    "permuted_blocks": a_plan(factors=FACTORS, ratio={"new": 2, "old": 1}, blocks=(3, 6)),
    "simple": a_plan(method="simple", factors=FACTORS),
    "biased_coin": a_plan(method="biased_coin", probability="2/3", factors=FACTORS),
    "minimisation": a_plan(method="minimisation", probability="0.8", factors=FACTORS),
}


def joined(plan: Plan, *sites: str, **otherwise: Any) -> Plan:
    """The plan with further sites."""
    return further(plan, replace(plan, factors={**FACTORS, "site": tuple(sorted(sites))}, protocol="1" * 64, **otherwise))


def prepared(slots: Slots, key: Ed25519PrivateKey, plan: Plan) -> Any:
    return slots.prepare(signed({"paper": "prepare", "plan": plan.paper()}, key))


def extended(slots: Slots, key: Ed25519PrivateKey, plan: Plan, previous: Any) -> Any:
    return slots.extend(signed({"paper": "extend", "plan": plan.paper(), "previous": paper_hash(previous["body"])}, key))


def receipt(slots: Slots, key: Ed25519PrivateKey, who: str, site: str, stage: str = "i") -> Any:
    (answer,) = slots.assign([asked(key, who, stratum={"site": site, "stage": stage})])
    if isinstance(answer, Refused):
        raise answer
    return answer


def a_trial(opened: Opened, web: Ed25519PrivateKey, name: str) -> tuple[Any, list[Any], list[Any], Any]:
    """A trial in which two sites begin, and two join one after the other: commitments, receipts and opening, as bodies."""
    dice, slots, given = random.Random(6), opened(), []
    told = [prepared(slots, web, PLANS[name])]
    sites = ["north", "south"]

    def come(count: int) -> None:
        for _ in range(count):
            given.append(receipt(slots, web, f"P-{len(given)}", dice.choice(sites), dice.choice("i ii".split())))

    come(15)
    for site in ("east", "west"):
        plan = joined(Plan(**{**_fields(PLANS[name]), "factors": {**FACTORS, "site": tuple(sites)}}), site)
        told.append(extended(slots, web, plan, told[-1]))
        sites.append(site)
        come(15)
    opening = slots.open(signed({"paper": "open", "study": "trial", "head": "f" * 64}, web))
    return told[0]["body"], [each["body"] for each in told[1:]], [each["body"] for each in given], opening["body"]


def _fields(plan: Plan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in Plan.__slots__}


@pytest.mark.parametrize("name", PLANS)
def test_every_allocation_of_old_and_new_sites_can_be_worked_out_again(
    opened: Opened, web: Ed25519PrivateKey, name: str
) -> None:
    first, more, given, opening = a_trial(opened, web, name)
    assert opening_faults(first, given, opening, METHODS, further=more) == ()
    lists = [len(each["lists"]) for each in (first, *more)]
    assert lists == ([1, 0, 0] if name == "minimisation" else [4, 2, 2]), "new strata alone have new lists"
    rests_on = {each["stratum"]["site"]: each["commitment"] for each in given}
    hashes = [paper_hash(each) for each in (first, *more)]
    assert rests_on == {"north": hashes[0], "south": hashes[0], "east": hashes[1], "west": hashes[2]}
    assert [each["previous"] for each in given] == ["", *map(paper_hash, given[:-1])], "the chain of receipts goes on"


@pytest.mark.parametrize("name", PLANS)
def test_every_change_of_a_further_commitment_is_found(opened: Opened, web: Ed25519PrivateKey, name: str) -> None:
    first, more, given, opening = a_trial(opened, web, name)
    assert opening_faults(first, given, opening, METHODS), "one that is hidden"
    assert opening_faults(first, given, opening, METHODS, further=more[:1]), "the last one hidden"
    assert opening_faults(first, given, opening, METHODS, further=more[::-1]), "another order"
    for key, value in {"previous": "0" * 64, "receipts": 14, "last": "0" * 64, "at": "2020-01-01", "lists": []}.items():
        changed = copy.deepcopy(more)
        if changed[0][key] != value:
            changed[0][key] = value
            assert opening_faults(first, given, opening, METHODS, further=changed), key
    for ticket in (0, -1):
        bent = copy.deepcopy(opening)
        bent["tickets"][ticket]["salt"] = "00"
        assert opening_faults(first, given, bent, METHODS, further=more)


def test_a_further_commitment_touches_nothing_that_was_sealed(tmp_path: Path, opened: Opened, web: Ed25519PrivateKey) -> None:
    slots = opened()
    first = prepared(slots, web, PLANS["permuted_blocks"])
    receipt(slots, web, "P-1", "north")

    def kept() -> list[Any]:
        with closing(sqlite3.connect(tmp_path / "slots.sqlite")) as file:
            return [*file.execute("SELECT * FROM study"), *file.execute("SELECT * FROM slot WHERE list NOT LIKE '%east%'"),
                    *file.execute("SELECT * FROM receipt")]  # fmt: skip

    before = kept()
    told = extended(slots, web, joined(PLANS["permuted_blocks"], "east"), first)
    assert kept() == before
    assert slots.commitments("trial") == [first, told] and slots.commitment("trial") == first
    assert (told["body"]["receipts"], told["body"]["previous"]) == (1, paper_hash(first["body"]))


def test_asking_twice_has_one_answer_and_a_vault_that_is_opened_again_knows_it(opened: Opened, web: Ed25519PrivateKey) -> None:
    slots, plan = opened(), PLANS["permuted_blocks"]
    first = prepared(slots, web, plan)
    with pytest.raises(Refused, match="is not one of trial"):
        receipt(slots, web, "P-1", "east")
    told = extended(slots, web, joined(plan, "east"), first)
    given = receipt(slots, web, "P-1", "east")
    slots.close()
    again = opened()
    assert extended(again, web, joined(plan, "east"), first) == told
    assert receipt(again, web, "P-1", "east") == given
    assert receipt(again, web, "P-2", "east")["body"]["slot"] == 2
    assert prepared(again, web, plan) == first


def test_what_changes_more_than_levels_is_refused(opened: Opened, web: Ed25519PrivateKey) -> None:
    slots, plan = opened(), PLANS["permuted_blocks"]
    first = prepared(slots, web, plan)
    east = joined(plan, "east")
    for changed, why in (
        (plan, "prepared"),
        (replace(plan, protocol="1" * 64), "prepared"),
        (replace(east, factors={**east.factors, "site": ("east", "north")}), "prepared"),
        (replace(east, blocks=(6,)), "unfit"),
        (replace(east, ratio={"new": 1, "old": 1}, blocks=(4,)), "unfit"),
        (replace(east, method="simple", blocks=()), "unfit"),
        (replace(east, factors={"site": east.factors["site"]}), "unfit"),
        (replace(east, study="another"), "unknown-study"),
    ):
        with pytest.raises(Refused) as refused:
            extended(slots, web, changed, first)
        assert refused.value.why == why, changed
    assert slots.commitments("trial") == [first]
    extended(slots, web, east, first)
    with pytest.raises(Refused) as refused:
        extended(slots, web, joined(east, "west"), first)
    assert refused.value.why == "older", "a vault, or a ledger, that is a copy of before"
    with pytest.raises(Refused):
        slots.extend(signed({"paper": "extend", "plan": east.paper(), "previous": "x"}, Ed25519PrivateKey.generate()))
    slots.open(signed({"paper": "open", "study": "trial", "head": "f" * 64}, web))
    with pytest.raises(Refused, match="locked"):
        extended(slots, web, joined(east, "west"), slots.commitments("trial")[-1])


def test_a_plan_goes_on_with_the_levels_that_it_had() -> None:
    plan = a_plan(factors={"grade": ("0", "1", "2")}, places=12)
    wanted = replace(plan, factors={"grade": ("1", "2", "3", "10")}, places=24, protocol="1" * 64)
    found = further(plan, wanted)
    assert found.factors == {"grade": ("0", "1", "2", "3", "10")} and (found.places, found.protocol) == (24, "1" * 64)
    assert further(found, wanted) == found
    with pytest.raises(Unfit, match="the blocks of trial cannot change: slots are sealed"):
        further(plan, replace(plan, blocks=(4,)))


def test_a_further_commitment_through_the_process(vault: Vault) -> None:
    plan = PLANS["permuted_blocks"]
    first = vault.prepare(plan)
    told = vault.extend(joined(plan, "east"), previous=paper_hash(first["body"]))
    assert vault.commitments("trial") == (first, told)
    given = vault.assign(study="trial", participant="P-1", stratum={"site": "east", "stage": "i"}, eligibility="e" * 64)
    assert given["body"]["commitment"] == paper_hash(told["body"])
    text = json.dumps(told)
    assert "ticket" not in text and "salt" not in text


# --- more participants than were planned ---------------------------------------------------------------------------------


def grown(opened: Opened, web: Ed25519PrivateKey, name: str) -> tuple[Any, list[Any], list[Any], Any]:
    """A trial of six places in each list; then of nine, and a site that joins; then of fifteen. As bodies."""
    dice, slots, given = random.Random(6), opened(), []
    plan = replace(PLANS[name], places=6)
    told = [prepared(slots, web, plan)]

    def come(count: int, *sites: str) -> None:
        for _ in range(count):
            given.append(receipt(slots, web, f"P-{len(given)}", dice.choice(sites), "i"))

    come(6, "north")
    with pytest.raises(Refused, match="used up after 6 places"):
        come(1, "north")
    for places in (9, 15):
        plan = joined(plan, "east", places=places)
        told.append(extended(slots, web, plan, told[-1]))
        if name != "minimisation":
            come(places - 6, "east")
        come(3 if places == 9 else 6, "north")
        with pytest.raises(Refused, match=f"used up after {places} places"):
            come(1, "north")
    opening = slots.open(signed({"paper": "open", "study": "trial", "head": "f" * 64}, web))
    return told[0]["body"], [each["body"] for each in told[1:]], [each["body"] for each in given], opening["body"]


@pytest.mark.parametrize("name", PLANS)
def test_a_list_that_is_used_up_has_further_places_by_an_amendment_for_more(
    opened: Opened, web: Ed25519PrivateKey, name: str
) -> None:
    first, more, given, opening = grown(opened, web, name)
    assert opening_faults(first, given, opening, METHODS, further=more) == ()
    shape = [[(each.get("first", 1), each["places"]) for each in body["lists"]] for body in (first, *more)]
    if name == "minimisation":
        assert shape == [[(1, 6)], [(7, 3)], [(10, 6)]], "one list for all"
    else:
        assert shape == [[(1, 6)] * 4, [(1, 9)] * 2 + [(7, 3)] * 4, [(10, 6)] * 6], "a site that joins has all at once"
    north = [each["slot"] for each in given if each["list"] in ({}, {"site": "north", "stage": "i"})]
    assert north == [*range(1, 16)], "no slot is left out, and none is given twice"


@pytest.mark.parametrize("name", PLANS)
def test_every_change_of_further_places_is_found(opened: Opened, web: Ed25519PrivateKey, name: str) -> None:
    first, more, given, opening = grown(opened, web, name)
    for key, value in {"first": 8, "places": 2, "chain": "0" * 64}.items():
        changed = copy.deepcopy(more)
        changed[0]["lists"][-1][key] = value
        assert opening_faults(first, given, opening, METHODS, further=changed), key
    for slot in (6, 7, 15):
        bent = copy.deepcopy(opening)
        ticket = next(each for each in bent["tickets"] if each["slot"] == slot)
        ticket["ticket"] = {"new": "old", "old": "new"}.get(ticket["ticket"], "0" * 16)
        assert opening_faults(first, given, bent, METHODS, further=more), slot
    for more_or_less in (opening["tickets"][:-1], [*opening["tickets"], opening["tickets"][-1] | {"slot": 16}]):
        assert opening_faults(first, given, {**opening, "tickets": more_or_less}, METHODS, further=more)


def test_further_places_touch_nothing_that_was_sealed_and_fewer_take_nothing_away(
    tmp_path: Path, opened: Opened, web: Ed25519PrivateKey
) -> None:
    slots, plan = opened(), replace(PLANS["permuted_blocks"], places=6)
    first = prepared(slots, web, plan)

    def kept() -> list[Any]:
        with closing(sqlite3.connect(tmp_path / "slots.sqlite")) as file:
            return [*file.execute("SELECT * FROM study"), *file.execute("SELECT * FROM slot WHERE slot <= 6")]

    before = kept()
    larger = further(plan, replace(plan, places=9, protocol="1" * 64))
    told = extended(slots, web, larger, first)
    assert kept() == before and [each["first"] for each in told["body"]["lists"]] == [7] * 4
    assert extended(slots, web, larger, first) == told, "asked twice, it has one answer"
    for places in (9, 6):
        with pytest.raises(Refused, match="or more places"):
            extended(slots, web, further(larger, replace(larger, places=places, protocol="2" * 64)), told)
    fewer = extended(slots, web, joined(larger, "east", places=4), told)
    assert [(each.get("first", 1), each["places"]) for each in fewer["body"]["lists"]] == [(1, 4)] * 2, "of the new site alone"
    last = extended(slots, web, joined(fewer_plan(fewer), "east", places=9), fewer)
    assert [(each.get("first", 1), each["places"]) for each in last["body"]["lists"]] == [(5, 5)] * 2


def fewer_plan(paper: Any) -> Plan:
    """The plan of a commitment."""
    from equipoise.randomisation import plan_of

    return plan_of(paper["body"]["plan"])
