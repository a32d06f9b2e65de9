"""The application."""

from django.apps import AppConfig


class Api(AppConfig):
    """Tokens, and what programs may ask."""

    name = "equipoise.web.api"
    label = "api"
