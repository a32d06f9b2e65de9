"""The process that answers is killed at a thousand points of randomising and of saving: what it acknowledged is kept, and
asking again, or the sweep at the start, leaves nobody in doubt."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bedside import PASSWORD, Site, token
from crowd import signed_for

KILLED = signal.SIGKILL
POINTS = int(os.environ.get("EQUIPOISE_POINTS", "500"))
"""Points of each of the two long tests; fewer where there is little time."""


class Dying:
    """A desk whose answering process dies where it is told to."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.log = (Path(environment["EQUIPOISE_DESK"]).parent / "dying.log").open("w+")
        command = [sys.executable, str(Path(__file__).with_name("dying_desk.py"))]
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True
        )
        assert self._line() == "ready", self.said()
        self.cookie = ""
        self.cookie = self.done({"user": "nurse"})["cookie"]

    def done(self, told: dict[str, Any]) -> dict[str, Any]:
        """What became of one request: what was acknowledged, how many steps it took, what it died of."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({**told, "cookie": self.cookie}) + "\n")
        self.process.stdin.flush()
        found: dict[str, Any] = {}
        while "dead" not in found:
            name, value = self._line().split()
            found[name] = int(value) if value.isdigit() else value
        return found

    def posted(self, address: str, form: dict[str, str], step: int = 0) -> dict[str, Any]:
        """A form that is sent; the process dies at a step."""
        return self.done({"step": step, "address": address, "form": form})

    def _line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.said()
        return line.strip()

    def said(self) -> str:
        """What was written in its log."""
        self.log.flush()
        return Path(self.log.name).read_text()[-3_000:]

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.log):
            assert pipe is not None
            pipe.close()


@pytest.fixture
def dying(database: Any, roomy: Any) -> Iterator[tuple[Site, Dying]]:
    """The study, and the desk that dies."""
    site = roomy(3_000)
    made = Dying({**os.environ, **database.environment()})
    yield site, made
    made.close()


@pytest.fixture
def vaults(database: Any) -> Iterator[list[Any]]:
    """The desk's vault; the last of the list runs."""
    from equipoise.vault import made_key, start, trust

    trust(database.folder, made_key(database.web_key))
    running = [start(database.folder)]
    yield running
    running[-1].stop()


def written(site: Site, who: str) -> tuple[int, int, int]:
    """How often a participant was asked for, answered and recorded."""
    from equipoise.web.ledger import links

    found = list(links(site.slug, participant=who, kinds=("allocation-asked", "allocated", "event")))
    drawn = [each for each in found if each.kind == "event" and each.body.get("do") == "randomisation"]
    return sum(each.kind == "allocation-asked" for each in found), sum(each.kind == "allocated" for each in found), len(drawn)


def randomised(site: Site, desk: Dying, vaults: list[Any], points: int, tmp_path: Path, folder: Path) -> None:
    from equipoise import verifier
    from equipoise.vault import start
    from equipoise.web.ledger import export, links

    chance = random.Random(20261121)
    for begin in range(0, points + 1, 100):
        signed_for(site, [f"P-{number:04}" for number in range(begin, min(begin + 100, points + 1))])

    def sent(who: str, step: int = 0) -> dict[str, Any]:
        return desk.posted(site.url(f"p/{who}/randomise/"), {"request": token(), "who_you_are": PASSWORD}, step)

    steps = sent("P-0000")["steps"]
    assert steps > 60, "statements, commits, files and sockets"
    doubts = died = 0
    for number in range(1, points + 1):
        who, step = f"P-{number:04}", 1 + (number * steps // points if points < steps else number) % steps
        if number % 15 == 0:  # the vault with it
            threading.Timer(chance.random() * 0.1, vaults[-1].kill).start()
        came = sent(who, step)
        if number % 15 == 0:
            while vaults[-1].is_running:
                pass
            vaults.append(start(folder))
        died += came["dead"] == KILLED
        asked, answered, drawn = written(site, who)
        assert answered == drawn <= asked <= 1, (step, came)
        if came.get("answer") == 302:
            assert answered == 1, f"acknowledged, and lost: {step}"
        doubts += asked != answered
        if number % 2 and asked:  # started again: the sweep
            assert desk.done({"sweep": True}).get("answer") == 0, desk.said()
        else:
            assert sent(who).get("answer") in (200, 302), desk.said()
        if asked or number % 2 == 0:
            assert written(site, who) == (1, 1, 1), (step, came)
    slots = sorted(link.body["body"]["slot"] for link in links(site.slug, kinds=("allocated",)))
    assert slots == [*range(1, len(slots) + 1)], "no gap"
    print(f"{points} points of {steps} steps, {died} died, {doubts} left in doubt and answered after")
    assert died > points * 0.9
    file = tmp_path / "ledger.jsonl"
    export(site.slug, file)
    assert verifier.main([str(file)]) == 0


def saved(site: Site, desk: Dying, points: int, tmp_path: Path) -> None:
    from equipoise import verifier
    from equipoise.web.ledger import export, links

    people = [f"P-{number}" for number in range(10)]
    signed_for(site, people)
    forms: dict[str, int] = {}

    def sent(who: str, request: str, step: int = 0) -> dict[str, Any]:
        alt = 20 + forms.setdefault(request, len(forms)) / 100  # of its own: the same word for word would be asked about
        told = {"request": request, "labs.on": "2026-11-10", "labs.alt": f"{alt:.2f}", "labs.cea": "4"}
        return desk.posted(site.url(f"p/{who}/record/labs/"), told, step)

    def there(who: str) -> int:
        return sum(each.body.get("do") == "labs" for each in links(site.slug, participant=who, kinds=("event",)))

    first = sent(people[0], token())
    assert first["answer"] == 302, desk.said()
    steps, died = first["steps"], 0
    kept = dict.fromkeys(people, 0) | {people[0]: 1}
    for number in range(1, points + 1):
        who, request = people[number % len(people)], token()
        came = sent(who, request, 1 + (number * steps // points if points < steps else number) % steps)
        died += came["dead"] == KILLED
        if came.get("answer") == 302:
            assert there(who) == kept[who] + 1, f"acknowledged, and lost: {number}"
        again = sent(who, request)
        assert again.get("answer") == 302, (number, came, desk.said())
        kept[who] += 1
        assert there(who) == kept[who], f"the same form sent again is saved once: {number}"
    print(f"{points} points of {steps} steps, {died} died")
    file = tmp_path / "ledger.jsonl"
    export(site.slug, file)
    assert verifier.main([str(file)]) == 0


@pytest.mark.slow
def test_killed_at_twenty_points_of_randomising_nobody_is_in_doubt(
    vaults: list[Any], dying: tuple[Site, Dying], tmp_path: Path, database: Any
) -> None:
    randomised(*dying, vaults, 20, tmp_path, database.folder)


@pytest.mark.slow
def test_killed_at_twenty_points_of_saving_nothing_acknowledged_is_lost(
    vaults: list[Any], dying: tuple[Site, Dying], tmp_path: Path
) -> None:
    saved(*dying, 20, tmp_path)


@pytest.mark.long
def test_killed_at_five_hundred_points_of_randomising_nobody_is_in_doubt(
    vaults: list[Any], dying: tuple[Site, Dying], tmp_path: Path, database: Any
) -> None:
    randomised(*dying, vaults, POINTS, tmp_path, database.folder)


@pytest.mark.long
def test_killed_at_five_hundred_points_of_saving_nothing_acknowledged_is_lost(
    vaults: list[Any], dying: tuple[Site, Dying], tmp_path: Path
) -> None:
    saved(*dying, POINTS, tmp_path)
