"""Settings of a desk that has a ledger and nothing else: for tests of the ledger, and for the processes they start."""

from equipoise.web.desk import desk

DESK = desk()
SECRET_KEY = "nothing is signed with it"
INSTALLED_APPS = ["equipoise.web.ledger"]
DATABASES = {"default": DESK.databases()["default"]}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
