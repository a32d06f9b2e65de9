"""What a slot holds that is not yet given out is found nowhere: not in a file, a log, an error, an answer or a backup."""

import os
import secrets
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from a_desk import a_plan, asked
from equipoise.randomisation import Chance, Plan, method
from equipoise.vault import Process, Refused, Vault, made_key, signed, start
from equipoise.vault.keys import public, seal_of
from equipoise.vault.server import said
from equipoise.vault.slots import Slots

CANARIES = tuple(f"canary{secrets.token_hex(8)}" for _ in range(200))


def canaries(plan: Plan, chance: Chance) -> Iterator[str]:
    """Slots whose arms cannot be mistaken for anything else, and are in no plan."""
    return iter(CANARIES[: plan.places])


PLANTED = replace(method("permuted_blocks"), tickets=canaries)


@pytest.fixture
def planted(desk: Path) -> Slots:
    """A vault's own file, sealed with its own key, whose slots hold canaries; none is given out."""
    web = made_key(desk / "web.key")
    folder = desk / "vault"
    slots = Slots(folder / "vault.sqlite", made_key(folder / "vault.key"), public(web), methods=(PLANTED,))
    slots.prepare(signed({"paper": "prepare", "plan": a_plan(places=len(CANARIES)).paper()}, web))
    return slots


def found(folder: Path, canaries: Sequence[str] = CANARIES) -> set[str]:
    """The canaries in any file of a folder, as they are, in base sixteen or backwards."""
    texts = {}
    for each in canaries:
        texts |= {each.encode(): each, each.encode().hex().encode(): each, each[::-1].encode(): each}
    held = [file.read_bytes() for file in folder.rglob("*") if file.is_file()]
    return {canary for text, canary in texts.items() for data in held if text in data}


def test_a_canary_that_is_written_down_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "page").write_bytes(b"\0" + CANARIES[17].encode() + b"\0")
    assert found(tmp_path) == {CANARIES[17]}


def test_no_slot_can_be_read_in_the_vaults_files_or_a_backup(planted: Slots, desk: Path) -> None:
    web = made_key(desk / "web.key")
    assert found(desk) == set()
    given = [planted.assign([asked(web, f"P-{number}")])[0] for number in range(20)]
    assert [each["body"]["arm"] for each in given if not isinstance(each, Refused)] == [*CANARIES[:20]]
    assert found(desk) == set()  # those given out neither: a backup does not unblind
    with sqlite3.connect(desk / "backup.sqlite") as backup:
        planted._open.backup(backup)
    backup.close()
    (desk / "dump.sql").write_text("\n".join(planted._open.iterdump()))
    assert (desk / "dump.sql").stat().st_size > 200 * 256
    assert found(desk) == set()


def test_an_answer_holds_its_own_slot_alone(planted: Slots, desk: Path) -> None:
    web = made_key(desk / "web.key")
    for number in range(20):
        (answer,) = planted.assign([asked(web, f"P-{number}")])
        assert {each for each in CANARIES if each in str(answer)} == {CANARIES[number]}
    for statement in (
        asked(web, "P-20", stratum={"site": "x"}),
        asked(web, "P-20", eligibility=""),
        asked(web, "P-20", known=99),
        {},
    ):
        (answer,) = planted.assign([statement])
        assert isinstance(answer, Refused)
        assert not any(each in f"{answer} {answer!r} {answer.__dict__}" for each in CANARIES)
    assert not any(each in str(planted.commitment("trial")) for each in CANARIES)


@pytest.mark.parametrize("step", ["arm", "sign", "seal"])
def test_a_fault_with_the_ticket_in_hand_says_its_place_and_no_value(
    planted: Slots, desk: Path, step: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    web = made_key(desk / "web.key")

    def broken(*args: Any, **named: Any) -> Any:
        raise KeyError(f"{args} {named} {CANARIES[0]}")

    with monkeypatch.context() as patched:
        if step == "arm":
            planted._methods = (replace(PLANTED, arm=broken),)
            planted._studies.clear()
        else:
            patched.setattr(f"equipoise.vault.slots.{'signed' if step == 'sign' else 'hash_of'}", broken)
        answer = said(lambda: planted.assign([asked(web, "P-1")]))
        told = capfd.readouterr()
        assert isinstance(answer, Refused)
        assert answer.why == "fault"
        assert "nothing was given out" in str(answer)
        assert "KeyError at test_concealment.py" in told.err
        assert not any(each in f"{answer}{told.err}{told.out}" for each in CANARIES)
    planted._methods = (PLANTED,)
    planted._studies.clear()
    (answer,) = planted.assign([asked(web, "P-1")])
    assert not isinstance(answer, Refused)
    assert answer["body"]["slot"] == 1  # what failed took no slot


def test_a_vault_with_sealed_slots_leaks_nothing_as_a_process(
    planted: Slots, desk: Path, capfd: pytest.CaptureFixture[str], started: Callable[[], Process]
) -> None:
    planted.close()
    process = started()
    vault = Vault(desk, made_key(desk / "web.key"))
    given = [vault.assign(study="trial", participant=f"P-{number}", stratum={}, eligibility="e" * 64) for number in range(5)]
    assert [each["body"]["arm"] for each in given] == [*CANARIES[:5]]
    told = capfd.readouterr()
    environment = Path(f"/proc/{process.pid}/environ")
    if environment.exists():
        texts = [
            Path(f"/proc/{process.pid}/{each}").read_bytes().decode(errors="replace") for each in ("environ", "cmdline", "maps")
        ]
        assert not any(each in text for each in CANARIES for text in texts)
    process.kill()
    assert found(desk) == set()
    assert not any(each in told.out + told.err for each in CANARIES)


@pytest.mark.skipif(sys.platform != "linux", reason="cores and /proc are Linux's")
def test_the_process_leaves_no_core(desk: Path) -> None:
    process = start(desk)
    limits = Path(f"/proc/{process.pid}/limits").read_text()
    (line,) = [each for each in limits.splitlines() if each.startswith("Max core file size")]
    assert line.split()[4:6] == ["0", "0"]
    process.child.send_signal(6)
    process.child.wait()
    assert not [file for file in (*desk.rglob("core*"), *Path.cwd().glob("core*")) if file.is_file()]
    process.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_no_debugger_of_the_same_user_reads_the_memory() -> None:
    # PR_GET_DUMPABLE is 3: a process that is not dumpable may be traced by nobody but root (prctl(2), ptrace(2)).
    text = "import ctypes; from equipoise.vault.server import _closed_to_others as f; f(); print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    assert subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True).stdout == "0\n"


def test_every_sealed_slot_and_receipt_is_as_long_as_every_other(tmp_path: Path) -> None:
    web = Ed25519PrivateKey.generate()
    slots = Slots(tmp_path / "v", Ed25519PrivateKey.generate(), public(web))
    plan = a_plan(ratio={"a": 1, "x" * 64: 1}, method="simple", blocks=())
    slots.prepare(signed({"paper": "prepare", "plan": plan.paper()}, web))
    arms = {slots.assign([asked(web, f"P-{n}")])[0]["body"]["arm"] for n in range(30)}  # type: ignore[index]
    assert len(arms) == 2
    for column, table in (("sealed", "slot"), ("answer", "receipt")):
        assert (
            slots._open.execute(f"SELECT count(DISTINCT length({column})), count(DISTINCT {column}) FROM {table}").fetchone()[0]
            == 1
        )
    slots.close()


def test_sealing_the_same_arm_twice_looks_different(tmp_path: Path) -> None:
    seal = seal_of(Ed25519PrivateKey.generate())
    assert seal.__class__.__name__ == "ChaCha20Poly1305"
    web = Ed25519PrivateKey.generate()
    slots = Slots(tmp_path / "v", Ed25519PrivateKey.generate(), public(web), chance=lambda below: 0)
    slots.prepare(signed({"paper": "prepare", "plan": a_plan(method="simple", places=1_000, blocks=()).paper()}, web))
    count, different, short = slots._open.execute(
        "SELECT count(*), count(DISTINCT sealed), count(DISTINCT substr(sealed, 1, 12)) FROM slot"
    ).fetchone()
    assert (count, different, short) == (1_000, 1_000, 1_000)
    slots.close()


# --- time ----------------------------------------------------------------------------------------------------------------


def chance_of(times: Sequence[float], first: Sequence[bool], turns: int = 2_000) -> float:
    """How often chance alone tells two arms as far apart by their median time: a permutation test."""
    took, is_first, rng = np.asarray(times), np.asarray(first), np.random.default_rng(7)

    def apart(mask: Any) -> float:
        return abs(float(np.median(took[mask]) - np.median(took[~mask])))

    seen = apart(is_first)
    return (1 + sum(apart(rng.permutation(is_first)) >= seen for _ in range(turns))) / (turns + 1)


def test_times_do_not_tell_the_arms_apart(tmp_path: Path) -> None:
    # 1,500 allocations by simple randomisation, within the process, where noise is least; one arm has 1 letter, the other 64. The
    # arms must not differ by chance of less than 1 in 1,000; and the test would have seen a difference of a fifth of
    # the median time: the same times, one arm's made that much longer, are told apart.
    web = Ed25519PrivateKey.generate()
    slots = Slots(tmp_path / "v", Ed25519PrivateKey.generate(), public(web))
    plan = a_plan(method="simple", ratio={"a": 1, "x" * 64: 1}, places=1_500, blocks=())
    slots.prepare(signed({"paper": "prepare", "plan": plan.paper()}, web))
    slots._open.execute("PRAGMA synchronous=OFF")  # the disk's noise would only hide a difference
    times, first = [], []
    for number in range(plan.places):
        statement = asked(web, f"P-{number:04}")
        before = time.perf_counter()
        (answer,) = slots.assign([statement])
        times.append(time.perf_counter() - before)
        assert not isinstance(answer, Refused)
        first.append(answer["body"]["arm"] == "a")
    slots.close()
    assert chance_of(times, first) > 0.001
    later = statistics.median(times) / 5
    assert chance_of([each + later * arm for each, arm in zip(times, first, strict=True)], first) < 0.001
    assert os.path.getsize(tmp_path / "v") > 0
