"""The application."""

from django.apps import AppConfig


class Identity(AppConfig):
    """Names, birth dates, contact."""

    name = "equipoise.web.identity"
    label = "identity"
