"""Photographs of every screen, as a desktop and as a telephone show it: `.venv/bin/python bench/screens.py FOLDER`.

A demonstration is served in a temporary folder; each screen is opened by the first user whose role includes it, for a
participant of each of two trials. What axe finds serious is printed, what is too wide for 320 px, and any screen of which
no photograph was made.
"""

import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
SIZES = ((1280, 900), (320, 640))
WHO = {"batch-rfa-crlm": "three-sessions", "pdac-oligo-ablation": "cannot-tell-yet"}
ARGUMENTS = {
    "record": ("screening", "liver_imaging", "labs"), "adverse-event": ("adverse_event",), "correct": ("1",),
    "questionnaire": ("satisfaction_questionnaire",), "audit-link": ("3", "30"),
}  # fmt: skip
"""What stands in the addresses of screens about one of many: each is tried in both trials."""
BESIDE = (("home", "nurse", "/?all"), ("second-factor", "nurse", "/sign-in/second/"), ("password", "nurse", "/sign-in/password/"),
          ("absent", "nurse", "/s/no-such-study/"), ("refused", "board", "/s/batch-rfa-crlm/tokens/none/"))  # fmt: skip
"""Pages that are no screen of a study."""
PATIENTS = ("", "study/pdac-oligo-ablation/", "study/pdac-oligo-ablation/contact/")
TABLE = b"participant,day,platelets\nthree-sessions,2026-01-05,many\n"
"""A table of results with a row that cannot be taken: it leads to the pages by which it is mended."""
PORT = 8931


def main(folder: Path) -> int:
    """Photograph all of them; 1 if one is amiss."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as desk:
        command = [sys.executable, "-c", "from equipoise.command import app; app()", "serve", "--demo", "--desk", desk]
        with (folder / "serve.log").open("w") as log:
            server = subprocess.Popen([*command, "--port", str(PORT)], stdout=log, stderr=subprocess.STDOUT)
        try:
            passwords = _passwords(folder / "serve.log")
            with sync_playwright() as playwright:
                where = next((each for each in CHROMIUM if Path(each).exists()), None)
                browser = playwright.chromium.launch(executable_path=where, args=["--no-sandbox"])
                amiss = [each for size in SIZES for each in _all(browser, size, passwords, folder)]
                browser.close()
            amiss += [f"{name}: no photograph" for name in _screens() if not any(folder.glob(f"*.{name}.*png"))]
        finally:
            server.terminate()
            server.wait()
    print("\n".join(amiss) or "nothing is amiss")
    return bool(amiss)


def _passwords(log: Path) -> dict[str, str]:
    for _ in range(300):
        time.sleep(0.5)
        try:
            urllib.request.urlopen(f"http://localhost:{PORT}/health").read()
        except OSError:
            continue
        return {found[1]: found[2] for found in re.finditer(r"^    (\w+)\s+(\S+)\s", log.read_text(), re.MULTILINE)}
    raise SystemExit(f"the desk did not start: {log.read_text()[-2000:]}")


def _screens() -> list[str]:
    """The names of all screens that are pages."""
    from equipoise.web.staff.screens import SCREENS

    return [each.name for each in SCREENS if each.name not in NO_PAGE]


NO_PAGE = ("calendar", "unblind")
"""A screen that answers with a file alone; and one of masked studies, of which the demonstration has none."""


def pages() -> list[tuple[str, str, str]]:
    """Every page that an address leads to, as (name, who opens it, address)."""
    import os

    with tempfile.TemporaryDirectory() as empty:
        os.environ["EQUIPOISE_DESK"], os.environ["DJANGO_SETTINGS_MODULE"] = empty, "equipoise.web.settings"
        import django

        django.setup()
        from equipoise.web.demonstration import USERS
        from equipoise.web.staff.roles import allowed
        from equipoise.web.staff.screens import SCREENS

        found = list(BESIDE)
        for slug, who in WHO.items():
            for each in SCREENS:
                route = f"/s/{slug}/{each.route}".replace("<str:who>", who)
                user = next(user for user, role in USERS.items() if role in allowed(each.action))
                for value in ARGUMENTS.get(each.name, ()) if "<" in route else ("",):
                    address = re.sub(r"<\w+:\w+>", value, route)
                    found.append((f"{slug}.{each.name}{f'.{value}' if value else ''}", user, address))
    return found


def _all(browser: Any, size: tuple[int, int], passwords: dict[str, str], folder: Path) -> list[str]:
    from playwright.sync_api import Error

    width, height = size
    base, amiss, people = f"http://localhost:{PORT}", [], {}
    for name, user, address in pages():
        if user not in people:
            page = browser.new_context(viewport={"width": width, "height": height}).new_page()
            page.goto(f"{base}/sign-in/")
            if not people:
                amiss += _taken(page, f"sign-in.{width}", folder)
            page.fill("#id_login", user)
            page.fill("#id_password", passwords[user])
            page.click("button.main")
            page.wait_for_url(lambda url: "/sign-in/" not in url)
            people[user] = page
        page = people[user]
        try:
            told = page.goto(f"{base}{address}")
        except Error:  # a file, which is not shown but kept
            continue
        kind = told.headers.get("content-type", "") if told is not None else ""
        if told is None or told.status >= 500:
            amiss.append(f"{name} at {width}: {told.status if told is not None else 'no answer'}")
        elif kind.startswith("text/html") and (told.status == 200 or "." not in name):
            amiss += _taken(page, f"{name}.{width}", folder)
    amiss += _imports(people["nurse"], base, width, folder)
    page = browser.new_context(viewport={"width": width, "height": height}).new_page()
    for rest in PATIENTS:
        page.goto(f"http://localhost:{PORT + 1}/{rest}")
        amiss += _taken(page, f"patients.{rest.strip('/').replace('/', '-') or 'studies'}.{width}", folder)
    return amiss


def _imports(page: Any, base: str, width: int, folder: Path) -> list[str]:
    """A table is sent, its columns confirmed, and the row that could not be taken is opened."""
    stem = "batch-rfa-crlm"
    page.goto(f"{base}/s/{stem}/imports/")
    page.set_input_files("#table", {"name": f"results-{width}.csv", "mimeType": "text/csv", "buffer": TABLE})
    page.click("main button.main")
    page.wait_for_url("**/imports/table/**")
    page.goto(f"{page.url}?activity=labs")
    amiss = _taken(page, f"{stem}.import-table.{width}", folder)
    page.click("main button.main")
    page.wait_for_url("**/imports/")
    amiss += _taken(page, f"{stem}.imports.kept.{width}", folder)
    page.click("main table a.button")
    page.wait_for_url("**/imports/row/**")
    return amiss + _taken(page, f"{stem}.kept-row.{width}", folder)


def _taken(page: Any, name: str, folder: Path) -> list[str]:
    """The photograph, and what is amiss with the page."""
    from axe_playwright_python.sync_playwright import Axe

    page.screenshot(path=folder / f"{name}.png", full_page=True)
    found = Axe().run(page).response["violations"]
    amiss = [
        f"{name}: {each['id']}: {each['nodes'][0]['html'][:120]}" for each in found if each["impact"] in ("serious", "critical")
    ]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        amiss.append(f"{name}: too wide")
    return amiss


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "screens")))
