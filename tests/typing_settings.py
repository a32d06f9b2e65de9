"""Settings for the type checker: those of the web's two applications together, at a desk that nobody sits at."""

import os
import tempfile

os.environ["EQUIPOISE_DESK"] = tempfile.mkdtemp(prefix="desk-")

from equipoise.web.patients.settings import BEHIND_PROXY, PLACE  # noqa: E402, F401
from equipoise.web.patients.settings import INSTALLED_APPS as PATIENTS  # noqa: E402
from equipoise.web.settings import *  # noqa: E402, F403
from equipoise.web.settings import INSTALLED_APPS as STAFF  # noqa: E402

INSTALLED_APPS = [*STAFF, *PATIENTS]
