"""How a trained head reads each passage, so that quotes are chosen by what it says."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("profiles", "0009_words_of_the_admin"),
    ]

    operations = [
        migrations.AddField(
            model_name="reading",
            name="passages",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.IntegerField(),
                blank=True,
                help_text="Start, end, polarity in hundredths, passage by passage; null: the lexicon read.",
                null=True,
                size=None,
            ),
        ),
    ]
