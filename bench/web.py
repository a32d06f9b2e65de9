"""How long pages and saving take at the bedside, while many people work at once.

    .venv/bin/python bench/web.py                              50 users on PostgreSQL, then 10 on SQLite, 10 minutes each
    .venv/bin/python bench/web.py --minutes 1 --participants 200 --events 50000 --only postgresql

A desk is filled with virtual participants of the trial of batches, at 20 sites; each has as many events as make up the number.
Users are coordinators at one site each. Every one opens a page, reads it (5 seconds on average, drawn), and opens the next:
Today, a list, a timeline, a screening, a form; one in six of these is a form of blood tests that is filled in and saved.
Client and server share the machine. What is asked: 95 of 100 pages within 400 ms, of savings within 300 ms, and no error.
"""

import argparse
import json
import os
import platform
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import defaultdict
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))
SLUG, SITES, THINKING = "batch-rfa-crlm", 20, 5.0
PORT = 8473
PATHS = {"today": "", "participants": "participants/", "timeline": "p/{who}/", "screening": "p/{who}/screening/"}


def study_text() -> str:
    """The study with twenty sites."""
    text = (ROOT / "studies" / SLUG / "study.yaml").read_text(encoding="utf-8")
    found = re.search(r"^sites:\n  (\w+):((?:.*\n)(?:   .*\n)*)", text, re.MULTILINE)
    assert found is not None, "the study has one site, with its laboratory's limits"
    sites = "".join(f"  site_{number:02}:{found[2]}" for number in range(1, SITES + 1))
    return text.replace(found[0], f"sites:\n{sites}", 1)


def fill(participants: int, events: int, users: int) -> None:
    """In a process of its own: a desk with its study, its people and its users; their sessions on standard output."""
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.test import Client

    import equipoise as eq
    from equipoise.transcript import line_of
    from equipoise.web.demonstration import give_roles
    from equipoise.web.ledger import Draft, append
    from equipoise.web.staff.studies import open_study, opened

    for database in ("default", "identity"):
        call_command("migrate", database=database, verbosity=0)
    folder = Path(tempfile.mkdtemp()) / SLUG
    folder.mkdir()
    (folder / "study.yaml").write_text(study_text(), encoding="utf-8")
    open_study(folder)
    study, today = opened(SLUG), datetime.now(UTC).date()
    drawn = list(eq.simulate(study, min(participants, 200), seed=1).values())
    each = events // participants
    for number in range(participants):
        who, site = f"V-{number:05}", f"site_{number % SITES + 1:02}"
        told = [json.loads(line_of(event, study)) for event in drawn[number % len(drawn)]]
        first = min(date.fromisoformat(event["on"][:10]) for event in told)
        by = today - timedelta(days=30 + number % 700) - first
        kept = []
        for event in told:
            on = date.fromisoformat(event["on"][:10]) + by
            if on <= today:
                kept.append({**event, "on": on.isoformat()})
        start = date.fromisoformat(kept[0]["on"])
        while len(kept) < each:
            on = start + timedelta(days=random.Random(number * 1_000 + len(kept)).randrange((today - start).days + 1))
            kept.append({"on": on.isoformat(), "do": "labs", "items": {"platelets": "170 10^9/L", "alt": "30 U/L"}})
        drafts = [
            Draft(
                by="equipoise",
                role="data_manager",
                kind="participant-added",
                body={"virtual": True},
                site=site,
                participant=who,
            )
        ]
        for place, event in enumerate(kept, start=1):
            event.pop("entered", None)
            body = {**event, "id": str(place), "participant": who}
            drafts.append(Draft(by="nurse", role="coordinator", kind="event", body=body, site=site, participant=who))
        append(SLUG, drafts, request=f"filled {who}")
    sessions = []
    for number in range(users):
        name, site = f"user-{number:02}", f"site_{number % SITES + 1:02}"
        user = User.objects.create_user(name)
        give_roles(SLUG, {name: "coordinator"}, site=site)
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        people = [f"V-{each:05}" for each in range(number % SITES, participants, SITES)]
        sessions.append({"cookie": client.cookies["desk"].value, "people": people})
    print(json.dumps(sessions))


class Visitor(threading.Thread):
    """One user at work, until the time is over."""

    def __init__(self, number: int, told: dict[str, Any], until: float, took: dict[str, list[float]], wrong: list[str]) -> None:
        super().__init__(daemon=True)
        self.chance, self.people, self.until, self.took, self.wrong = random.Random(number), told["people"], until, took, wrong
        import requests

        self.session = requests.Session()
        self.session.cookies.set("desk", told["cookie"])

    def run(self) -> None:
        """Open pages and save forms."""
        time.sleep(self.chance.random() * THINKING)
        while time.monotonic() < self.until:
            who = self.chance.choice(self.people)
            kind = self.chance.choice(["today", "participants", "timeline", "timeline", "screening", "save"])
            try:
                if kind == "save":
                    self.save(who)
                else:
                    self.page(kind, PATHS[kind].format(who=who))
            except OSError as why:  # nobody answers: said, and tried again
                self.wrong.append(f"{kind}: {type(why).__name__}")
            time.sleep(self.chance.expovariate(1 / THINKING))

    def page(self, kind: str, path: str) -> str:
        """A page, and how long it took."""
        start = time.perf_counter()
        answer = self.session.get(f"http://localhost:{PORT}/s/{SLUG}/{path}", timeout=60)
        self.took[kind].append(time.perf_counter() - start)
        if answer.status_code != 200:
            self.wrong.append(f"{kind} {answer.status_code}")
        return answer.text

    def save(self, who: str) -> None:
        """A form of blood tests, filled in and sent."""
        path = f"p/{who}/record/labs/"
        form = self.page("form", path)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        time.sleep(self.chance.expovariate(1 / THINKING))
        told = {
            "csrfmiddlewaretoken": token[1] if token else "", "request": str(uuid.uuid4()),
            "labs.on": datetime.now(UTC).date().isoformat(), "labs.platelets": str(self.chance.randrange(120, 300)),
            "labs.alt": str(self.chance.randrange(10, 60)),
        }  # fmt: skip
        for _ in range(2):  # what the protocol did not expect is shown once, and sent again
            start = time.perf_counter()
            answer = self.session.post(f"http://localhost:{PORT}/s/{SLUG}/{path}", told, timeout=60, allow_redirects=False)
            self.took["save"].append(time.perf_counter() - start)
            seen = re.search(r'name="seen" value="([^"]+)"', answer.text)
            if answer.status_code != 422 or seen is None:
                break
            told["seen"] = seen[1]
        if answer.status_code != 302:
            said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))
            self.wrong.append(f"save {answer.status_code}: {said[:300]}")


def share(values: list[float], part: float) -> float:
    """A quantile, in milliseconds."""
    return 1_000 * sorted(values)[min(len(values) - 1, int(part * len(values)))] if values else float("nan")


def filling(environment: dict[str, str], users: int, told: argparse.Namespace) -> subprocess.Popen[str]:
    """A desk that is being filled."""
    sizes = [str(told.participants), str(told.events), str(users)]
    return subprocess.Popen([sys.executable, __file__, "--fill", *sizes], env=environment, stdout=subprocess.PIPE, text=True)


def measured(name: str, environment: dict[str, str], sessions: list[dict[str, Any]], told: argparse.Namespace) -> bool:
    """One full desk, worked at; whether what is asked was kept."""
    users = len(sessions)
    command = [str(Path(sys.executable).parent / "equipoise"), "serve", "--desk", environment["EQUIPOISE_DESK"], "--port", str(PORT),
               "--workers", str(told.workers)]  # fmt: skip
    with tempfile.TemporaryFile("w+") as said, subprocess.Popen(command, env=environment, stdout=said, stderr=said) as server:
        try:
            import requests

            for _ in range(300):
                try:
                    requests.get(f"http://localhost:{PORT}/sign-in/", timeout=5)
                    break
                except requests.RequestException:
                    time.sleep(0.5)
            else:
                said.seek(0)
                print(f"{name}: the desk does not answer\n{said.read()[-2_000:]}")
                return False
            took: dict[str, list[float]] = defaultdict(list)
            wrong: list[str] = []
            until = time.monotonic() + told.minutes * 60
            visitors = [Visitor(number, each, until, took, wrong) for number, each in enumerate(sessions)]
            for each in visitors:
                each.start()
            for each in visitors:
                each.join(told.minutes * 60 + 120)
        finally:
            server.terminate()
            server.wait(30)
    print(f"{name}:", flush=True)
    pages = [value for kind, values in took.items() if kind != "save" for value in values]
    for kind, values in sorted(took.items()):
        print(f"    {kind:<14}{len(values):>7,} times, median {share(values, 0.5):6.0f} ms, 95 % {share(values, 0.95):6.0f}, "
              f"99 % {share(values, 0.99):6.0f}")  # fmt: skip
    print(f"    {users} users, {told.minutes:g} minutes, {len(pages) + len(took['save']):,} answers, {len(wrong)} errors; "
          f"pages: 95 % within {share(pages, 0.95):.0f} ms (asked 400); savings: {share(took['save'], 0.95):.0f} ms (asked 300)")  # fmt: skip
    for each in sorted(set(wrong))[:5]:
        print(f"    wrong: {each}")
    return not wrong and share(pages, 0.95) < 400 and share(took["save"], 0.95) < 300


def main() -> None:
    """Both databases, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--participants", type=int, default=2_000)
    parser.add_argument("--events", type=int, default=500_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", choices=["postgresql", "sqlite"])
    parser.add_argument("--fill", nargs=3, type=int, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.fill:
        fill(*told.fill)
        return
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; a user "
          f"reads for {THINKING:g} s on average; {told.workers} processes answer")  # fmt: skip
    from databases import Cluster, programs
    from equipoise.web.desk import Desk, make

    desks: dict[str, tuple[Desk, int]] = {}
    with ExitStack() as stack:
        if told.only != "sqlite":
            if (where := programs()) is None:
                print("PostgreSQL: left out, it is not installed")
            else:
                cluster = Cluster(where, is_durable=True)
                stack.callback(cluster.stop)
                for each in ("desk", "identity"):
                    cluster.execute(f"CREATE DATABASE {each}")
                folder = make(Path(tempfile.mkdtemp(prefix="desk-")), demonstration=True).folder
                desk = Desk(folder, cluster.address("desk"), cluster.address("identity"), is_demonstration=True)
                desks["PostgreSQL"] = desk, 50
        if told.only != "postgresql":
            desks["SQLite"] = make(Path(tempfile.mkdtemp(prefix="desk-")), demonstration=True), 10
        start = time.perf_counter()
        fills = {name: filling(desk.environment(), users, told) for name, (desk, users) in desks.items()}
        said = {name: each.communicate()[0] for name, each in fills.items()}
        if any(each.returncode for each in fills.values()):
            sys.exit("a desk could not be filled")
        print(f"{told.participants:,} participants, {told.events:,} events: filled in {time.perf_counter() - start:.0f} s")
        kept = [
            measured(name, desk.environment(), json.loads(said[name].splitlines()[-1]), told)
            for name, (desk, _) in desks.items()
        ]
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
