"""The application."""

from django.apps import AppConfig


class Staff(AppConfig):
    """Projections, roles, screens."""

    name = "equipoise.web.staff"
    label = "staff"

    def ready(self) -> None:
        """Have the projections follow the ledger, and see that every screen has its permission."""
        from . import projections, queries, serious_events, sources  # noqa: F401 - they register themselves
        from .roles import unlisted
        from .screens import SCREENS

        lacking = unlisted(SCREENS)
        if lacking:
            raise RuntimeError(f"these screens need an action that the table of permissions lacks: {', '.join(lacking)}")
