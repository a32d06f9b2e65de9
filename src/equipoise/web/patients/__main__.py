"""Run the patients' application: `python -m equipoise.web.patients --folder patients --port 8001`."""

import argparse
import os

from .together import TOGETHER, end_together


def main() -> None:
    """Bring its database up, and answer until it is ended."""
    asked = argparse.ArgumentParser(prog="python -m equipoise.web.patients", description=main.__doc__)
    asked.add_argument("--folder", default=os.environ.get("EQUIPOISE_PATIENTS", "patients"))
    asked.add_argument("--host", default="127.0.0.1")
    asked.add_argument("--port", type=int, default=8001)
    asked.add_argument("--together", action="store_true", help="end when the process that started it has ended")
    told = asked.parse_args()
    if told.together:
        os.environ[TOGETHER] = "1"
        end_together()
    os.environ["EQUIPOISE_PATIENTS"] = told.folder
    os.environ["DJANGO_SETTINGS_MODULE"] = "equipoise.web.patients.settings"
    os.environ.setdefault("EQUIPOISE_PATIENTS_HOSTS", f"localhost,127.0.0.1,[::1],{told.host}")
    prepare()
    from typing import Any

    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    server: Any = Granian(
        "equipoise.web.patients.wsgi:application", address=told.host, port=told.port, interface=Interfaces.WSGI, workers=1,
        blocking_threads=4, log_access=False, log_level=LogLevels.warning, process_name=None,
    )  # fmt: skip
    server.serve()


def prepare() -> None:
    """Make the tables, and give the staff's side its rights on them."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, connections

    from .rights import PLACER, READER, grants

    call_command("migrate", verbosity=0, interactive=False)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname IN (%s, %s)", [READER, PLACER])
            if cursor.fetchone()[0] == 2:
                for each in grants():
                    cursor.execute(each)
    connections.close_all()


if __name__ == "__main__":
    main()
