"""Projections of the ledger: each row follows from the chain, and `rebuild` makes it again. Drafts alone do not."""

from django.conf import settings
from django.db import models


class StudyState(models.Model):
    """How a study stands: which text of its file is in force, and whether it is locked."""

    study = models.CharField(max_length=120, primary_key=True)
    text_hash = models.CharField(max_length=64)
    version = models.CharField(max_length=60, blank=True)
    title = models.TextField(blank=True)
    opened_at = models.DateTimeField(null=True)
    locked_at = models.DateTimeField(null=True)
    number = models.BigIntegerField(default=0)
    """The last link that was read."""


class Participant(models.Model):
    """One participant, as the chart of the last link says. Identity is elsewhere."""

    pk = models.CompositePrimaryKey("study", "participant")
    study = models.CharField(max_length=120)
    participant = models.CharField(max_length=60)
    site = models.CharField(max_length=120, blank=True)
    status = models.CharField(max_length=20, default="screening")
    """screening, enrolled, allocated, follow-up, withdrawn, died."""
    eligibility = models.CharField(max_length=20, blank=True)
    """eligible, not eligible, cannot tell yet; as the last chart says."""
    step = models.CharField(max_length=300, blank=True)
    """Where they stand on the pathway, in words; without the arm."""
    version = models.CharField(max_length=60, blank=True)
    arm = models.CharField(max_length=120, blank=True)
    """Read through `Here.arm_of` alone: it is empty there for whoever is blinded."""
    consented_on = models.DateField(null=True)
    enrolled_on = models.DateField(null=True)
    allocated_on = models.DateField(null=True)
    deviations = models.IntegerField(default=0)
    is_virtual = models.BooleanField(default=False)
    is_frozen = models.BooleanField(default=False)
    added_at = models.DateTimeField(null=True)
    number = models.BigIntegerField(default=0)
    """The last link about this participant: a chart folded up to it is still true."""
    folded_on = models.DateField(null=True)
    """The day up to which it was folded."""
    stale_on = models.DateField(null=True)
    """The day on which the passing of time alone changes where they stand; then `refresh` folds again."""

    class Meta:
        indexes = (
            models.Index(fields=["study", "site", "status"]),
            models.Index(fields=["study", "stale_on"]),
        )


class DueItem(models.Model):
    """One thing owed and not done: days alone; whether it is open, late or missed follows from today, when it is read."""

    pk = models.CompositePrimaryKey("study", "participant", "place")
    study = models.CharField(max_length=120)
    participant = models.CharField(max_length=60)
    site = models.CharField(max_length=120, blank=True)
    place = models.IntegerField()
    """Its place in the participant's list."""
    activity = models.CharField(max_length=120)
    target = models.DateField()
    opens = models.DateField()
    closes = models.DateField()
    """The last day in time; 9999-12-31 where no time is promised."""
    last = models.DateField()
    """The last day on which it may still be taken for this target; after it, it is missed."""
    is_early = models.BooleanField(default=False)
    """Whether it was done before its window: it counts once the window has passed, and is owed until then."""
    because = models.TextField(blank=True)

    class Meta:
        indexes = (
            models.Index(fields=["study", "opens", "closes"]),
            models.Index(fields=["study", "participant"]),
        )


class Grant(models.Model):
    """A role that somebody has at a site, or, where the site is empty, at all of them."""

    pk = models.CompositePrimaryKey("study", "user", "role", "site")
    study = models.CharField(max_length=120)
    user = models.CharField(max_length=150)
    role = models.CharField(max_length=30)
    site = models.CharField(max_length=120, blank=True)
    given_at = models.DateTimeField()
    given_by = models.CharField(max_length=150)
    number = models.BigIntegerField()

    class Meta:
        indexes = (models.Index(fields=["user", "study"]),)


class Signature(models.Model):
    """A signature, bound to the hash of what was shown: `what` as `eligibility`, of whom, and whether it still holds."""

    pk = models.CompositePrimaryKey("study", "number")
    study = models.CharField(max_length=120)
    participant = models.CharField(max_length=60, blank=True)
    what = models.CharField(max_length=60)
    shown = models.CharField(max_length=64)
    on = models.DateField()
    by = models.CharField(max_length=150)
    role = models.CharField(max_length=30)
    at = models.DateTimeField()
    number = models.BigIntegerField()

    class Meta:
        indexes = (models.Index(fields=["study", "participant", "what"]),)


class Allocation(models.Model):
    """That somebody was asked for, and what the vault answered: in doubt while `receipt` is empty."""

    pk = models.CompositePrimaryKey("study", "participant")
    study = models.CharField(max_length=120)
    participant = models.CharField(max_length=60)
    stratum = models.JSONField(default=dict)
    eligibility = models.CharField(max_length=64)
    asked_by = models.CharField(max_length=150)
    asked_role = models.CharField(max_length=30)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    receipt = models.JSONField(default=dict)
    number = models.BigIntegerField()


class DraftForm(models.Model):
    """A form begun and not saved: nobody's data yet, one a person; gone once it is saved."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    study = models.CharField(max_length=120)
    participant = models.CharField(max_length=60)
    form = models.CharField(max_length=120)
    fields = models.JSONField(default=dict)
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["user", "study", "participant", "form"], name="one_draft_a_form"),)


class WrongAnswers(models.Model):
    """How often somebody confirmed wrongly that it is them, and until when that counts; gone with the first right answer."""

    person = models.CharField(max_length=150, primary_key=True)
    count = models.IntegerField()
    until = models.BigIntegerField()
    """Seconds since 1970."""


class Query(models.Model):
    """A question about what was recorded: open until it is answered, and answered until whoever asks is content."""

    pk = models.CompositePrimaryKey("study", "query")
    study = models.CharField(max_length=120)
    query = models.CharField(max_length=80)
    participant = models.CharField(max_length=60)
    site = models.CharField(max_length=120, blank=True)
    event = models.CharField(max_length=120)
    field = models.CharField(max_length=120, blank=True)
    """An item of the event; empty where the question is about the event."""
    state = models.CharField(max_length=20, default="open")
    """open, answered, closed."""
    says = models.TextField()
    by_check = models.BooleanField(default=False)
    """Whether an edit check asks it, and no person."""
    opened_by = models.CharField(max_length=150)
    opened_at = models.DateTimeField()
    moved_at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=["study", "state", "site"]),
            models.Index(fields=["study", "participant", "event"]),
        )


class Source(models.Model):
    """An event as it stands, field by field, and what of it was compared with its source."""

    pk = models.CompositePrimaryKey("study", "participant", "event")
    study = models.CharField(max_length=120)
    participant = models.CharField(max_length=60)
    event = models.CharField(max_length=120)
    site = models.CharField(max_length=120, blank=True)
    about = models.CharField(max_length=120)
    """The activity; for a decision, its step."""
    fields = models.JSONField(default=dict)
    """Each field's name, and a hash of what stands in it."""
    verified = models.JSONField(default=dict)
    """Each field that was compared with its source, and the hash of what stood in it then."""
    total = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    """Fields in which what was compared with the source still stands."""
    number = models.BigIntegerField()

    class Meta:
        indexes = (models.Index(fields=["study", "site", "participant"]),)


class SeriousEvent(models.Model):
    """A serious adverse event as it stands, and its clock: since when it runs, and whether it was reported."""

    pk = models.CompositePrimaryKey("study", "participant", "event")
    study = models.CharField(max_length=120)
    participant = models.CharField(max_length=60)
    event = models.CharField(max_length=120)
    site = models.CharField(max_length=120, blank=True)
    term = models.CharField(max_length=300)
    grade = models.CharField(max_length=60, blank=True)
    began = models.CharField(max_length=20)
    since = models.DateTimeField()
    learnt = models.BooleanField(default=False)
    """Whether the site said when it learnt of it."""
    reported_at = models.DateTimeField(null=True)
    reported_to = models.CharField(max_length=200, blank=True)
    reference = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = (models.Index(fields=["study", "site", "reported_at"]),)
