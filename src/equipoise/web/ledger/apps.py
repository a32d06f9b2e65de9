"""The application."""

from django.apps import AppConfig


class Ledger(AppConfig):
    """The chain of every study."""

    name = "equipoise.web.ledger"
    label = "ledger"
