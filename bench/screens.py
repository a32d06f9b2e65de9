"""Photographs of every screen, as a desktop and as a telephone show it: `python bench/screens.py FOLDER`.

A demonstration is served in a temporary folder; each screen is opened by the first user whose role includes it, for a
participant of each of two trials. What axe finds serious is printed, and what is too wide for 320 px.
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
ARGUMENTS = {"activity": ("liver_imaging", "labs", "adverse_event"), "event_name": ("1",)}
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


def pages() -> list[tuple[str, str, str]]:
    """Every screen as (name, who opens it, address)."""
    import os

    with tempfile.TemporaryDirectory() as empty:
        os.environ["EQUIPOISE_DESK"], os.environ["DJANGO_SETTINGS_MODULE"] = empty, "equipoise.web.settings"
        import django

        django.setup()
        from equipoise.web.demonstration import USERS
        from equipoise.web.staff.roles import allowed
        from equipoise.web.staff.screens import SCREENS

        found = [("home", "nurse", "/?all")]
        for slug, who in WHO.items():
            for each in SCREENS:
                route = f"/s/{slug}/{each.route}".replace("<str:who>", who)
                names = re.findall(r"<\w+:(\w+)>", route)
                user = next(user for user, role in USERS.items() if role in allowed(each.action))
                for value in ARGUMENTS.get(names[0], ()) if names else ("",):
                    address = re.sub(r"<\w+:\w+>", value, route)
                    found.append((f"{slug}.{each.name}{f'.{value}' if value else ''}", user, address))
    return found


def _all(browser: Any, size: tuple[int, int], passwords: dict[str, str], folder: Path) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import Error

    width, height = size
    base, amiss, people = f"http://localhost:{PORT}", [], {}
    for name, user, address in pages():
        if user not in people:
            page = browser.new_context(viewport={"width": width, "height": height}).new_page()
            page.goto(f"{base}/sign-in/")
            page.screenshot(path=folder / f"sign-in.{width}.png", full_page=True)
            page.fill("#id_login", user)
            page.fill("#id_password", passwords[user])
            page.click("button.main")
            page.wait_for_load_state()
            people[user] = page
        page = people[user]
        try:
            told = page.goto(f"{base}{address}")
        except Error:  # a file, which is not shown but kept
            continue
        if told is None or told.status != 200 or not told.headers.get("content-type", "").startswith("text/html"):
            if told is not None and told.status >= 500:
                amiss.append(f"{name} at {width}: {told.status}")
            continue
        page.screenshot(path=folder / f"{name}.{width}.png", full_page=True)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            amiss.append(f"{name} at {width}: too wide")
        for each in Axe().run(page).response["violations"]:
            if each["impact"] in ("serious", "critical"):
                amiss.append(f"{name} at {width}: {each['id']}: {each['nodes'][0]['html'][:120]}")
    return amiss


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "screens")))
