"""`equipoise serve` makes a desk, opens a study, answers, and stands up again after it was killed."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing, suppress
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def served(desk: Path, port: int, *more: str) -> subprocess.Popen[str]:
    """A desk that answers."""
    command = [sys.executable, "-c", "from equipoise.command import app; app()", "serve", *more, "--desk", str(desk)]
    log = (desk.parent / f"log-{port}").open("w")
    child = subprocess.Popen([*command, "--port", str(port)], stdout=log, stderr=subprocess.STDOUT, text=True)
    log.close()
    for _ in range(240):
        time.sleep(0.25)
        try:
            with urllib.request.urlopen(f"http://localhost:{port}/health", timeout=5) as answer:
                assert answer.read().startswith(b"well\n")
                return child
        except OSError:
            assert child.poll() is None, (desk.parent / f"log-{port}").read_text()
    raise AssertionError((desk.parent / f"log-{port}").read_text())


def cleared(desk: Path) -> None:
    """End what a killed desk left behind: its processes name its folder."""
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if str(desk).encode() in each.read_bytes():
                os.kill(int(each.parent.name), signal.SIGTERM)


def free() -> int:
    """A port that nobody uses."""
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_a_desk_is_made_served_killed_and_served_again(tmp_path: Path) -> None:
    desk, port = tmp_path / "desk", free()
    child = served(desk, port, "pdac-oligo-ablation")
    log = (tmp_path / f"log-{port}").read_text()
    assert re.search(r"sign in as administrator with \S{12,} \(shown once\)", log)
    assert "open: pdac-oligo-ablation" in log
    for file in ("ledger.sqlite3", "identity.sqlite3", "secret", "web.key"):
        assert (desk / file).stat().st_mode & 0o077 == 0 or desk.stat().st_mode & 0o077 == 0, file
    (anchors,) = (desk / "anchors").glob("*.anchors.jsonl")
    assert json.loads(anchors.read_text().splitlines()[0])["body"]["study"] == "pdac-oligo-ablation"
    child.kill()
    child.wait()
    time.sleep(2)  # the processes that answer end with it, and then the vault
    again = free()
    child = served(desk, again)
    log = (tmp_path / f"log-{again}").read_text()
    assert "shown once" not in log, "the password was said, and is not said again"
    with urllib.request.urlopen(f"http://localhost:{again}/sign-in/", timeout=5) as answer:
        assert b"Sign in" in answer.read() and "default-src 'none'" in answer.headers["Content-Security-Policy"]
    child.terminate()
    child.wait(timeout=20)
    cleared(desk)


def test_a_desk_starts_without_what_is_slow_to_import(tmp_path: Path) -> None:
    """Methods of analysis and standards are imported by the first who asks for them."""
    heavy = "z3", "numba", "matplotlib", "polars", "scipy.stats", "scipy.optimize", "statsmodels", "equipoise.exchange.usdm"
    code = (
        "import sys, django; django.setup(); import equipoise.web.urls\n"
        f"print([each for each in {heavy} if each in sys.modules])"
    )
    environment = os.environ | {"EQUIPOISE_DESK": str(tmp_path), "DJANGO_SETTINGS_MODULE": "equipoise.web.settings"}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
