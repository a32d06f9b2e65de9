"""The patients' application as a server finds it."""

import os

from django.core.wsgi import get_wsgi_application

from .together import TOGETHER, end_together

if os.environ.get(TOGETHER) == "1":
    end_together()
os.environ["DJANGO_SETTINGS_MODULE"] = "equipoise.web.patients.settings"
application = get_wsgi_application()
