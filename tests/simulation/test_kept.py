"""Machine code is kept under all that it is made of."""

from pathlib import Path

import pytest

pytest.importorskip("numba")

from equipoise.simulation.site import machine


def test_a_changed_source_is_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_place", lambda: tmp_path)
    first = machine.kept("made", "VALUE = 1\n")
    assert machine.kept("made", "VALUE = 1\n").__file__ == first.__file__ and first.VALUE == 1
    assert machine.kept("made", "VALUE = 2\n").__file__ != first.__file__
    monkeypatch.setattr(machine, "_sources", lambda: "a line of the site was changed")
    assert machine.kept("made", "VALUE = 1\n").__file__ != first.__file__
    assert len(list(tmp_path.glob("made_*.py"))) == 3


def test_every_file_of_the_site_is_among_the_sources() -> None:
    sources = machine._sources()
    for file in Path(machine.__file__).parent.glob("*.py"):
        assert file.read_text("utf-8") in sources
