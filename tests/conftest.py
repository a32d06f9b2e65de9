"""What every test may ask for."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# One machine's slow moment is no failure; a failure prints what reproduces it.
settings.register_profile("ci", deadline=None, max_examples=100, print_blob=True)
settings.register_profile("thorough", parent=settings.get_profile("ci"), max_examples=2_000)
settings.load_profile("ci")

ROOT = Path(__file__).parent.parent
os.environ.setdefault("MPLBACKEND", "Agg")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the repository; EQUIPOISE_SHARED names another."""
    folder = Path(os.environ.get("EQUIPOISE_SHARED") or ROOT.parent / "shared")
    if not folder.is_dir():
        pytest.skip(f"real data is not here: no folder {folder} (EQUIPOISE_SHARED names another)")
    return folder


@pytest.fixture(scope="session")
def studies() -> Path:
    """The folder of studies."""
    return ROOT / "studies"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--accept` writes the expected pages of studies anew, to be read by a person before they are kept."""
    parser.addoption("--accept", action="store_true", help="write the expected pages of studies anew")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes by far the longest begins first, so that no processor waits for it alone at the end."""
    items.sort(key=lambda each: "simulate-a-trial" not in each.nodeid)
