"""Settings for the type checker: those of the web's two applications together, at a desk that nobody sits at."""

import os
import tempfile

os.environ["EQUIPOISE_DESK"] = tempfile.mkdtemp(prefix="desk-")

from equipoise.web.patients.settings import BEHIND_PROXY, PLACE  # noqa: F401
from equipoise.web.patients.settings import INSTALLED_APPS as PATIENTS
from equipoise.web.settings import *  # noqa: F403
from equipoise.web.settings import INSTALLED_APPS as STAFF

INSTALLED_APPS = [*STAFF, *PATIENTS]
