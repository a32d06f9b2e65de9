"""Links and requests follow from the ledger. Rows that could not be taken do not: they are no record before they are mended."""

from django.db import models


class PatientLink(models.Model):
    """A questionnaire given to a participant by a one-time link; a projection."""

    pk = models.CompositePrimaryKey("study", "reference")
    study = models.CharField(max_length=120)
    reference = models.CharField(max_length=40)
    participant = models.CharField(max_length=60)
    site = models.CharField(max_length=120, blank=True)
    activity = models.CharField(max_length=120)
    expires_at = models.DateTimeField()
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=150)
    state = models.CharField(max_length=20, default="given out")
    """given out, answered, withdrawn."""

    class Meta:
        indexes = (models.Index(fields=["study", "participant"]), models.Index(fields=["study", "state"]))


class ContactRequest(models.Model):
    """Somebody who asked to be contacted; a projection. Who it is, is not here."""

    pk = models.CompositePrimaryKey("study", "request")
    study = models.CharField(max_length=120)
    request = models.CharField(max_length=40)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=20, default="new")
    """new, read, done."""
    note = models.CharField(max_length=300, blank=True)
    by = models.CharField(max_length=150, blank=True)
    at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["study", "state"]),)


class TableFile(models.Model):
    """A table that was sent and not yet taken: gone once it is."""

    id = models.CharField(max_length=40, primary_key=True)
    study = models.CharField(max_length=120)
    name = models.CharField(max_length=200)
    content = models.BinaryField()
    by = models.CharField(max_length=150)
    at = models.DateTimeField(auto_now_add=True)


class KeptRow(models.Model):
    """A row that could not be taken, with why: to be mended, or dropped with a reason."""

    id = models.CharField(max_length=40, primary_key=True)
    study = models.CharField(max_length=120)
    source = models.CharField(max_length=200)
    """The file, or `answers by link`."""
    line = models.IntegerField(default=0)
    who = models.CharField(max_length=200, blank=True)
    """What stands where the participant should."""
    site = models.CharField(max_length=120, blank=True)
    """The site of the participant, if it is one of ours."""
    activity = models.CharField(max_length=120)
    told = models.JSONField(default=dict)
    """What was written, by the fields of the activity's form."""
    says = models.JSONField(default=list)
    event = models.CharField(max_length=80)
    """The name that its event has once it is taken."""
    by = models.CharField(max_length=150)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = (models.Index(fields=["study", "site"]),)
