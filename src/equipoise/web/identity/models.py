"""A participant's identity, under the pseudonym by which the trial knows them."""

from django.db import models


class Identity(models.Model):
    """Who a participant is."""

    study = models.CharField(max_length=120)
    participant = models.CharField(max_length=60)
    name = models.CharField(max_length=200, blank=True)
    born_on = models.DateField(null=True, blank=True)
    record_number = models.CharField(max_length=80, blank=True)
    contact = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["study", "participant"], name="one_identity_a_participant"),)
