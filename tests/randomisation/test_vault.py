"""The vault: what it gives, what it refuses, and what anyone can verify afterwards."""

import copy
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from a_desk import a_plan, asked
from equipoise.randomisation import METHODS, method
from equipoise.randomisation.opening import opening_faults
from equipoise.vault import Refused, Unreachable, Unsafe, Vault, made_key, signed, start, trust
from equipoise.vault.papers import body_of
from equipoise.vault.slots import ANSWER, SLACK, Slots
from equipoise.vault.wire import LENGTH, answered, frame, read_address

Opened = Callable[..., Slots]
FACTORS = {"sex": ("f", "m"), "stage": ("i", "ii", "iii")}
PLANS = {
    "permuted_blocks": a_plan(factors=FACTORS, ratio={"new": 2, "old": 1}, blocks=(3, 6)),
    "simple": a_plan(method="simple", factors=FACTORS),
    "biased_coin": a_plan(method="biased_coin", probability="2/3", factors=FACTORS),
    "minimisation": a_plan(method="minimisation", probability="0.8", factors=FACTORS),
}


def prepared(slots: Slots, key: Ed25519PrivateKey, plan: Any = None) -> dict[str, Any]:
    return slots.prepare(signed({"paper": "prepare", "plan": (plan or a_plan()).paper()}, key))


def receipt(slots: Slots, key: Ed25519PrivateKey, who: str, **otherwise: object) -> dict[str, Any]:
    (answer,) = slots.assign([asked(key, who, **otherwise)])
    if isinstance(answer, Refused):
        raise answer
    return answer


def opening(slots: Slots, key: Ed25519PrivateKey) -> dict[str, Any]:
    return slots.open(signed({"paper": "open", "study": "trial", "head": "f" * 64}, key))


# --- what anyone can verify --------------------------------------------------------------------------------------------


def a_trial(opened: Opened, web: Ed25519PrivateKey, name: str) -> tuple[Any, list[Any], Any]:
    """A trial of 50 participants: the bodies of its commitment, of its receipts and of its opening."""
    dice, slots = random.Random(4), opened()
    commitment = prepared(slots, web, PLANS[name])
    given = []
    for number in range(50):
        levels = {factor: dice.choice(each) for factor, each in FACTORS.items()}
        given.append(receipt(slots, web, f"P-{number}", stratum=levels))
    papers = [("commitment", [commitment]), ("receipt", given), ("opening", [opening(slots, web)])]
    told = [[dict(body_of(each, sort, slots.public_key)) for each in group] for sort, group in papers]
    return told[0][0], told[1], told[2][0]


@pytest.mark.parametrize("name", PLANS)
def test_after_opening_every_allocation_can_be_worked_out_again(opened: Opened, web: Ed25519PrivateKey, name: str) -> None:
    assert opening_faults(*a_trial(opened, web, name), METHODS) == ()


@pytest.mark.parametrize("name", PLANS)
def test_every_change_of_a_receipt_or_of_a_ticket_is_found(opened: Opened, web: Ed25519PrivateKey, name: str) -> None:
    commitment, receipts, opened_ = a_trial(opened, web, name)
    dice = random.Random(5)
    for number in dice.sample(range(50), 8):
        for key, value in {
            "arm": "old" if receipts[number]["arm"] == "new" else "new",
            "slot": receipts[number]["slot"] + 1,
            "participant": receipts[number - 1]["participant"],
            "number": 99,
            "commitment": "0" * 64,
        }.items():
            changed = copy.deepcopy(receipts)
            changed[number][key] = value
            assert opening_faults(commitment, changed, opened_, METHODS), (number, key)
        less = [each for place, each in enumerate(receipts) if place != number]
        assert opening_faults(commitment, less, opened_, METHODS)
    for place in dice.sample(range(len(opened_["tickets"])), 8):
        for key, value in {"ticket": "0" * 16, "salt": "0" * 64, "slot": 1_000}.items():
            changed_ = copy.deepcopy(opened_)
            changed_["tickets"][place][key] = value
            assert opening_faults(commitment, receipts, changed_, METHODS), (place, key)
    assert opening_faults(commitment, receipts, opened_ | {"tickets": opened_["tickets"][:-1]}, METHODS)
    swapped = [*receipts[:10], receipts[11], receipts[10], *receipts[12:]]
    assert opening_faults(commitment, swapped, opened_, METHODS)


def test_a_list_that_was_not_made_as_promised_is_found_though_it_was_committed_to(
    opened: Opened, web: Ed25519PrivateKey
) -> None:
    drawn = replace(method("permuted_blocks"), tickets=lambda plan, chance: repeat("new", plan.places))
    slots = opened(methods=(drawn,))
    commitment = prepared(slots, web)["body"]
    (says,) = opening_faults(commitment, [], opening(slots, web)["body"], METHODS)
    assert "the list of the study was not made as promised: after place 0 no block" in says


# --- one allocation a participant --------------------------------------------------------------------------------------


def test_who_asks_again_gets_the_same_receipt_byte_for_byte(opened: Opened, web: Ed25519PrivateKey) -> None:
    slots = opened()
    prepared(slots, web)
    first = json.dumps(receipt(slots, web, "P-1"))
    receipt(slots, web, "P-2")
    assert json.dumps(receipt(slots, web, "P-1")) == first
    assert json.dumps(receipt(slots, web, "P-1", eligibility="a" * 64)) == first  # asked otherwise: given is given
    slots.close()
    assert json.dumps(receipt(opened(), web, "P-1")) == first
    opening(opened(), web)
    assert json.dumps(receipt(opened(), web, "P-1")) == first


def test_one_participant_asked_for_twice_at_once_has_one_slot(opened: Opened, web: Ed25519PrivateKey) -> None:
    slots = opened()
    prepared(slots, web)
    one, other, third = slots.assign([asked(web, "P-1"), asked(web, "P-1"), asked(web, "P-2")])
    assert one == other
    assert [each["body"]["slot"] for each in (one, third)] == [1, 2]  # type: ignore[index]


def test_a_list_that_is_used_up_stops_and_never_starts_again(opened: Opened, web: Ed25519PrivateKey) -> None:
    slots = opened()
    prepared(slots, web, a_plan(places=6, blocks=(6,)))
    arms = [receipt(slots, web, f"P-{number}")["body"]["arm"] for number in range(6)]
    assert sorted(arms) == ["new"] * 3 + ["old"] * 3
    for _ in range(3):
        with pytest.raises(Refused, match="used up after 6 places: nobody was randomised") as why:
            receipt(slots, web, "P-7")
        assert why.value.why == "exhausted"
    assert receipt(slots, web, "P-3")["body"]["slot"] == 4


def test_slots_are_drawn_once(opened: Opened, web: Ed25519PrivateKey) -> None:
    slots = opened()
    first = prepared(slots, web)
    assert prepared(slots, web) == first
    slots.close()
    assert prepared(opened(), web) == first
    with pytest.raises(Refused, match="they are drawn once"):
        prepared(opened(), web, a_plan(places=61))


# --- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("otherwise", "why"),
    [
        ({"study": "another"}, "unknown-study"),
        ({"eligibility": ""}, "eligibility"),
        ({"eligibility": None}, "eligibility"),
        ({"eligibility": "E" * 64}, "eligibility"),
        ({"stratum": {"sex": "f"}}, "stratum"),
        ({"stratum": {"sex": "f", "stage": "iv"}}, "stratum"),
        ({"stratum": {"sex": "f", "stage": "i", "site": "a"}}, "stratum"),
        ({"stratum": {"sex": "f", "site": "a"}}, "stratum"),
        ({"stratum": {"sex": "f", "stage": ["i"]}}, "stratum"),
        ({"stratum": {}}, "stratum"),
        ({"stratum": "f"}, "unsigned"),
        ({"participant": ""}, "participant"),
        ({"participant": 'P"1'}, "participant"),
        ({"participant": "P" * 65}, "participant"),
        ({"participant": None}, "unsigned"),
        ({"known": 1}, "older"),
        ({"paper": "open"}, "unsigned"),
    ],
)
def test_a_statement_that_lacks_something_gives_no_slot(
    opened: Opened, web: Ed25519PrivateKey, otherwise: dict[str, object], why: str
) -> None:
    slots = opened()
    prepared(slots, web, PLANS["permuted_blocks"])
    (answer,) = slots.assign([asked(web, "P-1", **{"stratum": {"sex": "f", "stage": "i"}} | otherwise)])
    assert isinstance(answer, Refused)
    assert answer.why == why
    assert receipt(slots, web, "P-2", stratum={"sex": "f", "stage": "i"})["body"]["slot"] == 1


def test_a_statement_that_is_not_signed_or_by_another_gives_no_slot(opened: Opened, web: Ed25519PrivateKey) -> None:
    slots = opened()
    prepared(slots, web)
    good = asked(web, "P-1")
    other = Ed25519PrivateKey.generate()
    statements = [
        (asked(other, "P-1"), "wrong-key"),
        (good | {"signature": "0" * 128}, "unsigned"),
        (good | {"signature": "zz"}, "unsigned"),
        (good | {"body": good["body"] | {"participant": "P-2"}}, "unsigned"),  # type: ignore[operator]
        (good | {"key": "0"}, "wrong-key"),
        ({"body": good["body"]}, "unsigned"),
        ({}, "unsigned"),
        ([], "unsigned"),
        (None, "unsigned"),
        (good | {"body": {"paper": "assign", "x": float("nan")}}, "unsigned"),
        (good | {"body": {"paper": "assign", "x": "\ud800"}}, "unsigned"),
    ]
    for statement, why in statements:
        (answer,) = slots.assign([statement])
        assert isinstance(answer, Refused), statement
        assert answer.why == why, statement


def test_a_signature_for_one_paper_is_none_for_another(opened: Opened, web: Ed25519PrivateKey) -> None:
    slots = opened()
    prepared(slots, web)
    locked = signed({"paper": "open", "study": "trial", "head": "f" * 64}, web)
    for paper in (asked(web, "P-1"), locked | {"body": locked["body"] | {"paper": "assign"}}):
        with pytest.raises(Refused):
            slots.open(paper)
    assert receipt(slots, web, "P-1")["body"]["slot"] == 1


def test_a_locked_study_gives_no_slot_and_opens_the_same_for_ever(opened: Opened, web: Ed25519PrivateKey) -> None:
    slots = opened()
    prepared(slots, web)
    receipt(slots, web, "P-1")
    first = opening(slots, web)
    assert opening(slots, web) == first
    for each in (slots, opened()):
        with pytest.raises(Refused, match="locked") as why:
            receipt(each, web, "P-2")
        assert why.value.why == "locked"


def test_a_clock_that_was_set_back_gives_no_slot_and_one_that_was_kept_right_does(
    opened: Opened, web: Ed25519PrivateKey
) -> None:
    now = datetime(2026, 11, 21, 14, tzinfo=UTC)
    slots = opened(clock=lambda: now)
    prepared(slots, web)
    first = receipt(slots, web, "P-1")["body"]["at"]
    now -= SLACK
    assert receipt(slots, web, "P-2")["body"]["at"] == first  # as clocks are that are kept right: time stands, and goes on
    now -= timedelta(seconds=1)
    with pytest.raises(Refused, match="set the clock right") as why:
        receipt(slots, web, "P-3")
    assert why.value.why == "clock"
    now += timedelta(hours=1)
    assert receipt(slots, web, "P-3")["body"]["slot"] == 3


def test_a_vault_older_than_the_ledger_gives_no_slot(tmp_path: Path, opened: Opened, web: Ed25519PrivateKey) -> None:
    slots = opened()
    prepared(slots, web)
    receipt(slots, web, "P-1")
    with pytest.raises(Refused, match="it is an older copy"):
        receipt(slots, web, "P-2", known=2)
    assert receipt(slots, web, "P-2", known=1)["body"]["number"] == 2


def test_what_is_written_is_never_changed_and_what_was_moved_does_not_open(opened: Opened, web: Ed25519PrivateKey) -> None:
    import sqlite3

    slots = opened()
    prepared(slots, web)
    for raw in ("UPDATE slot SET slot = slot + 100", "DELETE FROM receipt", "DELETE FROM slot", "UPDATE study SET study = 'b'"):
        if "receipt" in raw:
            receipt(slots, web, "P-1")
        with pytest.raises(sqlite3.IntegrityError, match="never changed"):
            slots._open.execute(raw)
    slots._open.executescript("DROP TRIGGER slot_UPDATE; CREATE TABLE t AS SELECT sealed FROM slot WHERE slot = 3;")
    slots._open.execute("UPDATE slot SET sealed = (SELECT sealed FROM t) WHERE slot = 2")
    with pytest.raises(Refused, match="was altered") as why:
        receipt(slots, web, "P-2")
    assert why.value.why == "altered"


# --- keys and folders --------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="rights of files are another matter there")
def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "key"
    made_key(file)
    assert file.stat().st_mode & 0o777 == 0o600
    for rights in (0o640, 0o604, 0o620, 0o602, 0o666):
        file.chmod(rights)
        with pytest.raises(Unsafe, match="only its owner may, chmod 600"):
            made_key(file)
    file.chmod(0o600)
    file.write_text("secret words")
    with pytest.raises(Unsafe, match="holds no key") as why:
        made_key(file)
    assert "secret" not in str(why.value)


def test_a_file_sealed_with_another_key_is_not_opened(opened: Opened, web: Ed25519PrivateKey) -> None:
    prepared(opened(), web)
    with pytest.raises(Unsafe, match="sealed with another key"):
        opened(key=Ed25519PrivateKey.generate())


def test_the_desk_says_once_who_may_ask(desk: Path) -> None:
    trust(desk, made_key(desk / "web.key"))
    with pytest.raises(Unsafe, match="who may ask is said once"):
        trust(desk, Ed25519PrivateKey.generate())


# --- as a process ------------------------------------------------------------------------------------------------------


def test_a_trial_through_the_process(vault: Vault, desk: Path) -> None:
    commitment = vault.prepare(a_plan())
    assert commitment == vault.commitment("trial")
    assert commitment["key"] == vault.public_key()
    told = [vault.assign(study="trial", participant=f"P-{n}", stratum={}, eligibility="e" * 64, known=n) for n in range(20)]
    assert vault.assign(study="trial", participant="P-7", stratum={}, eligibility="e" * 64) == told[7]
    after = vault.opened("trial", head="f" * 64)
    assert opening_faults(commitment["body"], [each["body"] for each in told], after["body"], METHODS) == ()
    with pytest.raises(Refused, match="locked"):
        vault.assign(study="trial", participant="P-20", stratum={}, eligibility="e" * 64)
    with pytest.raises(Refused, match="prepare it first"):
        vault.commitment("another")
    assert {file.name: file.stat().st_mode & 0o077 for file in (desk / "vault").iterdir() if file.stat().st_mode & 0o077} == {}


def test_there_is_one_vault_for_a_desk(vault: Vault, desk: Path) -> None:
    with pytest.raises(Unsafe, match="there is one for a desk"):
        start(desk)


def test_a_vault_that_is_not_told_who_may_ask_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(Unsafe, match="is missing: it holds the public key of the one who may ask"):
        start(tmp_path)


def test_a_vault_without_its_key_does_not_make_another(desk: Path) -> None:
    key = desk / "elsewhere" / "vault.key"
    start(desk, key).stop()
    key.unlink()
    with pytest.raises(Unsafe, match="without it the slots stay closed"):
        start(desk, key)


def test_a_vault_in_a_folder_with_a_long_path_is_reached(tmp_path: Path) -> None:
    desk = tmp_path / ("long" * 30)
    trust(desk, made_key(desk / "web.key"))
    process = start(desk)
    assert len(Vault(desk, made_key(desk / "web.key")).public_key()) == 64
    process.stop()


def test_a_vault_that_does_not_run_says_so(desk: Path) -> None:
    with pytest.raises(Unreachable, match="ask again, the answer will be the same"):
        Vault(desk, made_key(desk / "web.key"), patience=0.05).public_key()


def test_a_vault_ends_with_whoever_started_it(desk: Path) -> None:
    process = start(desk)
    assert process.child.stdin is not None
    process.child.stdin.close()
    assert process.child.wait(10) == 0
    process.kill()


def test_where_there_are_no_sockets_in_a_folder_a_secret_is_shown(desk: Path) -> None:
    text = f"from equipoise.vault import wire, server; import pathlib; wire.UNIX = False; server.serve(pathlib.Path({str(desk)!r}), with_parent=True)"
    child = subprocess.Popen([sys.executable, "-c", text], stdin=subprocess.PIPE)
    vault = Vault(desk, made_key(desk / "web.key"))
    vault.prepare(a_plan())
    assert vault.assign(study="trial", participant="P-1", stratum={}, eligibility="e" * 64)["body"]["slot"] == 1
    address = read_address(desk / "vault")
    assert (address.path, len(address.secret)) == ("", 64)
    for shown in ({}, {"secret": ""}, {"secret": "0" * 64}, {"secret": None}):
        with address.connected(10) as connection:
            connection.sendall(frame({"paper": "key", **shown}))
            assert "shows the secret" in answered(connection)["refused"]
    child.communicate()
    assert child.returncode == 0


def test_the_vault_by_hand_says_when_it_is_ready_and_why_it_does_not_start(
    desk: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    def by_hand(folder: Path) -> subprocess.Popen[str]:
        asked = [sys.executable, "-c", "from equipoise.command import app; app()", "vault", str(folder)]
        return subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    running = by_hand(desk)
    assert running.stdout is not None
    assert running.stdout.readline() == f"the vault of {desk} is ready; end it with Ctrl-C\n"
    _, error = by_hand(desk).communicate()
    assert "equipoise vault: a vault runs in" in error
    running.send_signal(2)
    assert running.communicate() == ("", "")
    assert running.returncode == 0
    other = by_hand(tmp_path_factory.mktemp("empty"))
    _, error = other.communicate()
    assert other.returncode == 1
    assert error.startswith("equipoise vault: ")
    assert "is missing" in error


def test_whatever_is_sent_is_answered_in_a_sentence_and_the_vault_goes_on(vault: Vault, desk: Path) -> None:
    vault.prepare(a_plan())
    address = read_address(desk / "vault")
    dice = random.Random(6)
    sent: list[bytes] = [
        b"",
        b"{",
        b"[" * 100_000,
        b"null",
        b"1",
        b'"x"',
        b"\xff\xfe",
        b"{}",
        b'{"paper": "list"}',
        b'{"paper": "next"}',
    ]
    sent += [
        json.dumps({"body": {"paper": paper}}).encode() for paper in ("assign", "prepare", "open", "read", "skip", "count")
    ]
    sent += [
        json.dumps({"body": body, "key": 1, "signature": []}).encode() for body in ({}, [], {"paper": []}, {"paper": "assign"})
    ]
    sent += [json.dumps({"paper": "commitment", "study": each}).encode() for each in (None, 1, {}, "'; DROP TABLE slot; --")]
    sent += [dice.randbytes(dice.randrange(1, 200)) for _ in range(50)]
    for text in sent:
        with address.connected(10) as connection:
            connection.sendall(LENGTH.pack(len(text)) + text)
            told = answered(connection)
            assert set(told) == {"refused", "why"}, text
            assert len(told["refused"]) > 10
    with address.connected(10) as connection:
        connection.sendall(LENGTH.pack(2**31))
        assert "at most" in answered(connection)["refused"]
    with address.connected(10) as connection:
        connection.sendall(b"\0\0")  # and hangs up
    assert vault.assign(study="trial", participant="P-1", stratum={}, eligibility="e" * 64)["body"]["slot"] == 1


def test_answers_have_one_size_whatever_they_say(vault: Vault, desk: Path) -> None:
    vault.prepare(a_plan(ratio={"a": 1, "a much longer name of an arm than the other": 1}))
    address, key = read_address(desk / "vault"), made_key(desk / "web.key")
    sizes, arms = set(), set()
    for number in range(40):
        with address.connected(10) as connection:
            connection.sendall(frame(asked(key, f"P-{number:02}", eligibility="e" * 64 if number % 8 else "")))
            (length,) = LENGTH.unpack(connection.recv(4, 0x100))  # MSG_WAITALL
            sizes.add(length)
            told = json.loads(connection.recv(length, 0x100))
        if "answer" in told:
            arms.add(told["answer"]["body"]["arm"])
    assert sizes == {ANSWER}
    assert len(arms) == 2
