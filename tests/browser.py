"""A browser at a desk: Chromium, a server in a thread, clicks that are counted, and axe."""

import atexit
import os
import threading
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

from bedside import PASSWORD

CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 64


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    """The address of a desk that answers, on the databases of the test."""
    from django.core.wsgi import get_wsgi_application
    from django.db import connections

    application = get_wsgi_application()

    def answered(environ: Any, start: Any) -> Any:
        try:
            return application(environ, start)
        finally:
            connections.close_all()

    server = make_server("127.0.0.1", 0, answered, server_class=_Server, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@cache
def _playwright() -> Any:
    """The one Playwright of these tests: a thread has room for one, however many modules ask for a browser."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    started = sync_api.sync_playwright().start()
    atexit.register(started.stop)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # it runs a loop in this thread from now on; what tests ask is not async
    return started


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Chromium."""
    where = next((each for each in CHROMIUM if Path(each).exists()), None)
    playwright = _playwright()
    if where is None and not Path(playwright.chromium.executable_path).exists():
        pytest.skip("Chromium is not installed")
    browser = playwright.chromium.launch(executable_path=where, args=["--no-sandbox"])
    yield browser
    browser.close()


class Person:
    """Somebody at a browser of their own; `clicks` counts what they clicked since they signed in."""

    def __init__(
        self, chromium: Any, address: str, slug: str, name: str, *, width: int = 1280, height: int = 900, scripts: bool = True
    ) -> None:
        self.address, self.slug, self.clicks = address, slug, 0
        self.context = chromium.new_context(viewport={"width": width, "height": height}, java_script_enabled=scripts)
        self.page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.complaints: list[str] = []
        self.page.on("console", lambda told: self.complaints.append(told.text) if told.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda fault: self.complaints.append(str(fault)))
        self.page.goto(f"{address}/sign-in/")
        self.page.fill("#id_login", name)
        self.page.fill("#id_password", PASSWORD)
        self.page.click("button.main")
        self.page.wait_for_url(lambda url: "/sign-in/" not in url)

    def go(self, rest: str = "") -> None:
        """Open a page of the study."""
        self.page.goto(f"{self.address}/s/{self.slug}/{rest}")

    def click(self, what: str) -> None:
        """Click a button, a link, a choice; waits for the page that it leads to."""
        self.clicks += 1
        self.page.click(what)
        self.page.wait_for_load_state()

    def choose(self, field: str, value: str) -> None:
        """Choose from a list, or tick: a click."""
        self.clicks += 1
        found = self.page.locator(f'select[name="{field}"]')
        if found.count():
            found.select_option(value)
        else:
            self.page.locator(f'input[name="{field}"][value="{value}"]').check()

    def write(self, told: Mapping[str, str]) -> None:
        """Write into fields."""
        for field, value in told.items():
            self.page.fill(f'[name="{field}"]', value)

    @property
    def text(self) -> str:
        """What stands on the page."""
        return str(self.page.inner_text("body"))

    def serious(self) -> list[str]:
        """What axe finds serious or critical on the page."""
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.page).response["violations"]
        return [
            f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in found if each["impact"] in ("serious", "critical")
        ]

    def is_too_wide(self) -> bool:
        """Whether the page has to be scrolled sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
