"""The databases of these tests."""

from bedside import opened, opened_on_sqlite, vault, vault_on_sqlite
from databases import _postgresql_template, _sqlite_template, cluster, database, ready, sqlite

__all__ = [
    "_postgresql_template",
    "_sqlite_template",
    "cluster",
    "database",
    "opened",
    "opened_on_sqlite",
    "sqlite",
    "vault",
    "vault_on_sqlite",
]

ready()
