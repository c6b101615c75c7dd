"""What somebody's last word on a statement put aside, so that it can be undone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("profiles", "0005_find_what_a_slate_led_to"),
    ]

    operations = [
        migrations.AddField(
            model_name="statement",
            name="before",
            field=models.JSONField(
                editable=False,
                help_text="What somebody's last word on it put aside, to undo it.",
                null=True,
            ),
        ),
    ]
