"""What a server of WSGI calls."""

import os
import threading
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "equipoise.web.settings")

from django.core.wsgi import get_wsgi_application

SERVED = "EQUIPOISE_SERVED"
"""Set where `equipoise serve` is the parent: who answers then ends with it, however it ended."""


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)  # everything acknowledged is on the disk


if os.environ.get(SERVED):
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
application = get_wsgi_application()
