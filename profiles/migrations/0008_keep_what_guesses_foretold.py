"""How well guesses foretold what users came to like, so that staff see why there are any."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("profiles", "0007_let_reviews_speak_for_items"),
    ]

    operations = [
        migrations.CreateModel(
            name="LatentTrial",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("won", "Guesses foretell better than popularity"),
                            ("lost", "Guesses do not surely foretell better than popularity"),
                            ("few_users", "Too few users have done anything"),
                            ("no_tags", "No tag was taken to by enough users"),
                        ],
                        max_length=9,
                    ),
                ),
                ("users", models.PositiveIntegerField()),
                ("tags", models.PositiveIntegerField()),
                ("guesses", models.PositiveIntegerField()),
                ("ridge", models.FloatField(blank=True, null=True)),
                ("recall", models.FloatField(blank=True, null=True)),
                ("popular", models.FloatField(blank=True, null=True)),
                ("version", models.CharField(max_length=32)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.workspace",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["workspace", "-made_at"], name="latent_trial_recent")
                ],
            },
        ),
    ]
