"""Tokens: what a program shows in place of a person. Only the hash is kept."""

from django.db import models


class Token(models.Model):
    """A token of one person in one study, for some of what that person may do."""

    id = models.CharField(max_length=20, primary_key=True)
    study = models.CharField(max_length=120)
    user = models.CharField(max_length=150)
    label = models.CharField(max_length=120)
    token_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    """Actions of the table of permissions."""
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["study", "user"]),)
