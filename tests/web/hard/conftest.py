"""What the hard tests begin with: a study with room for many, people who are signed for, processes, and the vault."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bedside import Site

SLUG = "pdac-oligo-ablation"


class Answering:
    """Processes that answer for the desk, each with its own threads and connections."""

    def __init__(self, environment: dict[str, str], processes: int, threads: int) -> None:
        command = [sys.executable, str(Path(__file__).with_name("at_desk.py")), str(threads)]
        self.log = (Path(environment["EQUIPOISE_DESK"]).parent / "answering.log").open("w+")
        self.running = [
            subprocess.Popen(
                command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True
            )
            for _ in range(processes)
        ]
        for each in self.running:
            assert each.stdout is not None
            if each.stdout.readline() != "ready\n":
                said = self.said()
                self.close()
                raise AssertionError(said)

    def at_once(self, asked: Sequence[tuple[str, str, dict[str, str]]]) -> list[dict[str, Any]]:
        """Send all at once, dealt out over the processes; the answers in their order."""
        count = len(self.running)
        for place, each in enumerate(self.running):
            assert each.stdin is not None
            each.stdin.write(json.dumps(asked[place::count]) + "\n")
            each.stdin.flush()
        found: list[dict[str, Any]] = [{}] * len(asked)
        for place, each in enumerate(self.running):
            assert each.stdout is not None
            line = each.stdout.readline()
            assert line, self.said()
            found[place::count] = json.loads(line)
        return found

    def said(self) -> str:
        """What they wrote in their log."""
        self.log.flush()
        return Path(self.log.name).read_text()

    def close(self) -> None:
        """End them."""
        for each in self.running:
            each.kill()
            each.wait()
            for pipe in (each.stdin, each.stdout):
                with suppress(OSError):
                    if pipe is not None:
                        pipe.close()
        self.log.close()


@pytest.fixture
def answering(database: Any) -> Iterator[Callable[[int, int], Answering]]:
    """Starts processes that answer for this desk."""
    made: list[Answering] = []

    def started(processes: int, threads: int) -> Answering:
        made.append(Answering({**os.environ, **database.environment()}, processes, threads))
        return made[-1]

    yield started
    for each in made:
        each.close()


@pytest.fixture
def roomy(opened: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Site]:
    """The trial by lot, with room for as many as are said; its text may be changed."""

    def site(places: int, change: Callable[[str], str] = lambda text: text) -> Site:
        import equipoise

        text = (equipoise.shipped() / SLUG / "study.yaml").read_text(encoding="utf-8")
        assert "enrolment: 60" in text
        folder = tmp_path / "studies" / SLUG
        folder.mkdir(parents=True)
        (folder / "study.yaml").write_text(change(text.replace("enrolment: 60", f"enrolment: {places}")), encoding="utf-8")
        monkeypatch.setattr(equipoise, "shipped", lambda: tmp_path / "studies")
        found: Site = opened(SLUG)
        from equipoise.web.serving import _commitments

        assert _commitments() == []
        return found

    return site


TWICE_IS_LONG = (
    "hostile",
    "tell_two_arms_apart",
    "quadruple",
    "answers_each_person",
    "belongs_to_another_site",
    "used_up",
    "forty_are",
)
"""Words of tests that take long and ask mostly what the database has no part in: by default they run on SQLite alone."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the longer ones on PostgreSQL to `make long`."""
    for each in items:
        on_postgresql = "postgresql" in each.name and Path(__file__).parent in each.path.parents
        if on_postgresql and any(word in each.name for word in TWICE_IS_LONG):
            each.add_marker(pytest.mark.long)
