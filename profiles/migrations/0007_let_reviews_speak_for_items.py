"""The key phrases of reviews whose item says nothing of itself."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("profiles", "0006_undo_a_word"),
    ]

    operations = [
        migrations.AddField(
            model_name="reading",
            name="phrases",
            field=models.JSONField(
                blank=True,
                help_text="Key phrases, where the item has no words of its own; null: none were sought.",
                null=True,
            ),
        ),
    ]
