"""The application."""

from django.apps import AppConfig


class Intake(AppConfig):
    """Rows that came, links that were given out, people who ask to be contacted."""

    name = "equipoise.web.intake"
    label = "intake"

    def ready(self) -> None:
        """Have the projections follow the ledger."""
        from . import projections  # noqa: F401 - they register themselves
