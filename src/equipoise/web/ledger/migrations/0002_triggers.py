"""What the databases refuse."""

from django.db import migrations

from ..triggers import made


class Migration(migrations.Migration):
    """The triggers. There is no way back: a ledger without them is none."""

    dependencies = (("ledger", "0001_initial"),)
    operations = (migrations.RunPython(made),)
