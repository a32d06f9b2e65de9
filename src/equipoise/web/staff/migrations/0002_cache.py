"""The table in which every process of a desk counts tries to sign in."""

from typing import Any

from django.core.management import call_command
from django.db import migrations


def make(apps: Any, schema_editor: Any) -> None:
    """Make it."""
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    """One table."""

    dependencies = [("staff", "0001_initial")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
