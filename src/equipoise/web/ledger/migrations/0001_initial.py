"""The links, and the studies that have a chain."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = ()

    operations = (
        migrations.CreateModel(
            name="Study",
            fields=[
                ("study", models.CharField(max_length=200, primary_key=True, serialize=False)),
            ],
            options={
                "db_table": "ledger_study",
            },
        ),
        migrations.CreateModel(
            name="LinkRow",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "study", "number", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("study", models.CharField(max_length=200)),
                ("number", models.BigIntegerField()),
                ("at", models.CharField(max_length=40)),
                ("by", models.CharField(max_length=200)),
                ("role", models.CharField(max_length=200)),
                ("site", models.CharField(blank=True, max_length=200)),
                ("participant", models.CharField(blank=True, max_length=200)),
                ("kind", models.CharField(max_length=200)),
                ("body", models.TextField()),
                ("request", models.CharField(max_length=200)),
                ("previous", models.CharField(blank=True, max_length=64)),
                ("hash", models.CharField(max_length=64)),
            ],
            options={
                "db_table": "ledger_link",
                "indexes": [
                    models.Index(fields=["study", "participant", "number"], name="ledger_by_participant"),
                    models.Index(fields=["study", "kind", "number"], name="ledger_by_kind"),
                    models.Index(fields=["study", "request", "number"], name="ledger_by_request"),
                ],
            },
        ),
    )
