"""A process of its own that answers for a desk, and people who press the button in it at once.

    python at_desk.py THREADS

Each line that comes in is a JSON list of `[user, address, form]`: all of them are sent at one moment, each on a connection
of its own, through the whole application. Out comes a JSON list of what each was answered: status, seconds, the sentences of
a refusal, and what stands on the page that it leads to.
"""

import json
import re
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

Asked = tuple[str, str, dict[str, str]]


def words(page: str) -> str:
    """The words of a page's main part, without marks, forms and the time it took."""
    main = re.search(r"<main.*?</main>", page, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main[0] if main else page)).strip()


def main() -> None:
    """Answer until nothing comes in."""
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.db import connections
    from django.test import Client

    settings.DESK = replace(settings.DESK, is_demonstration=True)  # no second factor
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    count = int(sys.argv[1])
    cookies: dict[str, str] = {}

    def cookie(user: str) -> str:
        if user not in cookies:
            browser = Client()
            browser.force_login(User.objects.get(username=user), backend="django.contrib.auth.backends.ModelBackend")
            cookies[user] = browser.cookies["desk"].value
        return cookies[user]

    def one(asked: Asked, together: threading.Barrier) -> dict[str, Any]:
        user, address, told = asked
        browser = Client(raise_request_exception=False, HTTP_HOST="localhost")
        browser.cookies["desk"] = cookies[user]
        try:
            together.wait()
            start = time.perf_counter()
            answer = browser.post(address, told)
            took = time.perf_counter() - start
            says = "" if answer.status_code == 302 else words(answer.content.decode(errors="replace"))
            page = words(browser.get(answer["Location"]).content.decode()) if answer.status_code == 302 else ""
            return {"status": answer.status_code, "took": took, "says": says, "page": page, "bytes": len(answer.content)}
        finally:
            connections.close_all()

    print("ready", flush=True)
    for line in sys.stdin:
        wanted: list[Asked] = [tuple(each) for each in json.loads(line)]
        for user, *_ in wanted:
            cookie(user)
        together = threading.Barrier(len(wanted))
        assert len(wanted) <= count, "as many threads as are asked at once"
        with ThreadPoolExecutor(count) as pool:
            print(json.dumps(list(pool.map(one, wanted, [together] * len(wanted)))), flush=True)


if __name__ == "__main__":
    main()
