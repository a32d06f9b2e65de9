"""Which database a table is in: identity apart, all else together, and nothing joined between the two."""

from typing import Any


class Apart:
    """Identity in its own database."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        """Where a model is read."""
        return "identity" if model._meta.app_label == "identity" else None

    db_for_write = db_for_read

    def allow_relation(self, first: Any, second: Any, **hints: Any) -> bool | None:
        """Whether two rows may be joined."""
        labels = {first._meta.app_label, second._meta.app_label}
        return False if "identity" in labels and len(labels) > 1 else None

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        """Which tables a database gets."""
        return (db == "identity") == (app_label == "identity")
