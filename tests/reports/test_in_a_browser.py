"""A page as a browser draws it: in Chromium, where there is one."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from matplotlib import image

from equipoise.reports.show import shown
from equipoise.study import load

STUDY = Path(__file__).parent.parent.parent / "studies" / "batch-rfa-crlm"


def drawn(page: Path, folder: Path, *, width: int, height: int) -> np.ndarray:
    """What Chromium draws of a page, as rows and columns of light from 0 to 1."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("Chromium is not installed, so no page is drawn (.ci/run installs it)")
    picture = folder / f"{width}.png"
    quiet = [
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    subprocess.run(
        [chromium, "--headless", "--no-sandbox", "--disable-gpu", *quiet, f"--user-data-dir={folder / 'profile'}",
         "--hide-scrollbars", f"--screenshot={picture}", f"--window-size={width},{height}", page.as_uri()],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return image.imread(picture)[..., :3].mean(axis=2)


@pytest.mark.parametrize("width", [1000, 500])
def test_the_page_of_a_trial_is_drawn(width: int, tmp_path: Path) -> None:
    page = tmp_path / "trial.html"
    page.write_text(shown(load(STUDY)), encoding="utf-8")
    light = drawn(page, tmp_path, width=width, height=2_000)
    assert light.shape == (2_000, width)
    for part in np.split(light, 4):  # words and lines all the way down, dark on light
        assert 0.002 < (part < 0.5).mean() < 0.3
    assert (light[:, -4:] > 0.9).all(), "something reaches over the right edge"
