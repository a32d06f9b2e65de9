from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("staff", "0005_serious_events"),
    ]

    operations = [
        migrations.CreateModel(
            name="WrongAnswers",
            fields=[
                ("person", models.CharField(max_length=150, primary_key=True, serialize=False)),
                ("count", models.IntegerField()),
                ("until", models.BigIntegerField()),
            ],
        ),
    ]
