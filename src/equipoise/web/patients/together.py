"""Ending with whoever started it, however that ended: a process left alone would hold the port of the next."""

import os
import threading
import time

TOGETHER = "EQUIPOISE_PATIENTS_TOGETHER"


def end_together() -> None:
    """End when the parent has. What was acknowledged is on the disk."""

    def watch(parent: int) -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, args=(os.getppid(),), daemon=True).start()
