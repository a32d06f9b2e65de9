"""The databases of these tests."""

from databases import _postgresql_template, _sqlite_template, cluster, database, ready, sqlite

__all__ = ["_postgresql_template", "_sqlite_template", "cluster", "database", "sqlite"]

ready()
