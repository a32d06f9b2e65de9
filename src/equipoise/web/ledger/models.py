"""The tables: the links, and a row a study to take hold of while writing."""

from typing import TypeAlias

from django.db import models

HASH, NAME = 64, 200
Text: TypeAlias = "models.CharField[str, str]"


class Study(models.Model):
    """A study that has a chain. Who writes takes this row first, so that one writes at a time."""

    study: Text = models.CharField(max_length=NAME, primary_key=True)

    class Meta:
        db_table = "ledger_study"


class LinkRow(models.Model):
    """A link, as `Link.told` has it; its body in canonical JSON, as it was hashed. Read it, never write it."""

    pk = models.CompositePrimaryKey("study", "number")
    study: Text = models.CharField(max_length=NAME)
    number: "models.BigIntegerField[int, int]" = models.BigIntegerField()
    at: Text = models.CharField(max_length=40)
    by: Text = models.CharField(max_length=NAME)
    role: Text = models.CharField(max_length=NAME)
    site: Text = models.CharField(max_length=NAME, blank=True)
    participant: Text = models.CharField(max_length=NAME, blank=True)
    kind: Text = models.CharField(max_length=NAME)
    body: "models.TextField[str, str]" = models.TextField()
    request: Text = models.CharField(max_length=NAME)
    previous: Text = models.CharField(max_length=HASH, blank=True)
    hash: Text = models.CharField(max_length=HASH)

    class Meta:
        db_table = "ledger_link"
        indexes = (
            models.Index(fields=["study", "participant", "number"], name="ledger_by_participant"),
            models.Index(fields=["study", "kind", "number"], name="ledger_by_kind"),
            models.Index(fields=["study", "request", "number"], name="ledger_by_request"),
        )
