from django.db import migrations, models


class Migration(migrations.Migration):
    """What was counted before is counted again once, in workspaces where somebody was erased."""

    dependencies = [
        ("recommendations", "0004_outcomes_and_experiments"),
    ]

    operations = [
        migrations.AddField(
            model_name="itemrate",
            name="erasures",
            field=models.PositiveBigIntegerField(
                db_default=0,
                default=0,
                help_text="How many users had been erased when it was counted.",
            ),
        ),
    ]
