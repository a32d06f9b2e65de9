"""What the patients' database holds: no pseudonym, no name that can be read, no answer that stays after it was fetched."""

from django.db import models


class Page(models.Model):
    """A trial's plain page, as the staff's side wrote it."""

    study = models.CharField(max_length=120, primary_key=True)
    title = models.TextField()
    html = models.TextField()
    takes_requests = models.BooleanField(default=True)
    written_at = models.DateTimeField()

    class Meta:
        db_table = "page"


class Invitation(models.Model):
    """A questionnaire behind a link. The link itself is nowhere: only its hash."""

    reference = models.CharField(max_length=40, primary_key=True)
    """What the staff's side knows it by; nothing follows from it here."""
    token_hash = models.CharField(max_length=64, unique=True)
    title = models.TextField()
    questions = models.JSONField()
    expires_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    browser_hash = models.CharField(max_length=64, blank=True, default="")
    """Of the cookie of the one browser in which it was begun."""

    class Meta:
        db_table = "invitation"


class Answers(models.Model):
    """What was written into a questionnaire; once it is sent, nothing more is."""

    reference = models.CharField(max_length=40, primary_key=True)
    fields = models.JSONField(default=dict)
    saved_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "answers"


class Contact(models.Model):
    """Somebody who asks to be contacted: sealed, so that only the staff can read who it is."""

    id = models.CharField(max_length=40, primary_key=True)
    study = models.CharField(max_length=120)
    sealed = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "contact"


class Tally(models.Model):
    """How often something was tried, from where (a hash that changes daily), in a stretch of time."""

    pk = models.CompositePrimaryKey("what", "who", "window")
    what = models.CharField(max_length=20)
    who = models.CharField(max_length=64)
    window = models.BigIntegerField()
    count = models.IntegerField(default=0)

    class Meta:
        db_table = "tally"
