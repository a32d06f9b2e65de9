"""A desk whose answering process is killed with -9 at its n-th step: a statement, a commit, a file or a socket that is touched.

    python dying_desk.py

Each line that comes in is JSON: `{"step": 7, "user": …, "address": …, "form": …}`. A process is split off that sends the
form through the whole application and kills itself before its seventh step; with step 0 it lives. It writes `answer STATUS`
once the answer is complete, as an acknowledgement; afterwards comes `steps COUNT` if it lived, and `dead SIGNAL`.
`{"sweep": true}` does what the desk does when it is started again.
"""

import json
import os
import signal
import sys
from typing import Any

TOUCHES = {
    "execute", "executemany", "fetchone", "fetchall", "fetchmany", "commit", "rollback", "pwrite", "pread", "fsync", "flock",
    "sendall", "recv", "recv_into", "connect", "close", "write", "read",
}  # fmt: skip


class Steps:
    """Counts what is touched, and dies before the n-th."""

    def __init__(self, last: int) -> None:
        self.last, self.count = last, 0

    def one(self) -> None:
        """One more."""
        self.count += 1
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

    def profile(self, frame: Any, event: str, told: Any) -> None:
        """What Python says of each call of a function in C."""
        if event in ("c_call", "c_return") and told.__name__ in TOUCHES:
            self.one()

    def statement(self, execute: Any, sql: Any, told: Any, many: Any, context: Any) -> Any:
        """Before and after a statement, whatever carries it out."""
        self.one()
        try:
            return execute(sql, told, many, context)
        finally:
            self.one()


def child(told: dict[str, Any]) -> None:
    """One request, or the sweep at the start."""
    from contextlib import ExitStack

    from django.contrib.auth.models import User
    from django.db import connections
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.test import Client

    if told.get("sweep"):
        from equipoise.web.staff.allocation import sweep

        os.write(1, f"answer {sweep()[1]}\n".encode())
        return
    browser = Client(raise_request_exception=False, HTTP_HOST="localhost")
    browser.cookies["desk"] = told["cookie"] if told.get("cookie") else ""
    if not told.get("cookie"):
        browser.force_login(User.objects.get(username=told["user"]), backend="django.contrib.auth.backends.ModelBackend")
        os.write(1, f"cookie {browser.cookies['desk'].value}\n".encode())
        return
    steps = Steps(int(told["step"]))
    committed = BaseDatabaseWrapper._commit

    def commit(self: Any) -> None:
        steps.one()
        committed(self)
        steps.one()

    BaseDatabaseWrapper._commit = commit  # type: ignore[method-assign]
    with ExitStack() as stack:
        for alias in ("default", "identity"):
            stack.enter_context(connections[alias].execute_wrapper(steps.statement))
        sys.setprofile(steps.profile)
        answer = browser.post(told["address"], told["form"])
        sys.setprofile(None)
    os.write(1, f"answer {answer.status_code}\n".encode())
    if answer.status_code not in (200, 302):
        sys.stderr.write(answer.content.decode(errors="replace"))
    os.write(1, f"steps {steps.count}\n".encode())


def main() -> None:
    """A child for each line."""
    from dataclasses import replace

    import django

    django.setup()
    from django.conf import settings
    from django.db import connections
    from django.test import Client

    settings.DESK = replace(settings.DESK, is_demonstration=True)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    Client(HTTP_HOST="localhost").get("/sign-in/")  # everything is imported before it is split off
    from equipoise.web.ledger import studies
    from equipoise.web.staff.studies import opened

    for slug in studies():
        opened(slug)
    connections.close_all()
    print("ready", flush=True)
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            code = 1
            try:
                child(json.loads(line))
                code = 0
            finally:
                sys.stderr.flush()
                os._exit(code)
        _, status = os.waitpid(pid, 0)
        os.write(1, f"dead {status}\n".encode())


if __name__ == "__main__":
    main()
