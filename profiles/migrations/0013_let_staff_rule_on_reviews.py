"""What staff decided about reviews, and where each review stands by it."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_words_of_the_admin"),
        ("profiles", "0012_say_what_a_calibration_saw"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Ruling",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("kept", "kept"),
                            ("hidden", "hidden"),
                            ("left_out", "hidden and left out"),
                        ],
                        max_length=8,
                        verbose_name="decision",
                    ),
                ),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                (
                    "source_hash",
                    models.CharField(help_text="Of the text that was ruled on.", max_length=64),
                ),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "decision on a review",
                "verbose_name_plural": "decisions on reviews",
            },
        ),
        migrations.AddField(
            model_name="review",
            name="ruled_source",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="The hash of the text that staff ruled on.",
                max_length=64,
            ),
        ),
        migrations.AddField(
            model_name="review",
            name="standing",
            field=models.CharField(
                blank=True,
                choices=[
                    ("kept", "kept"),
                    ("hidden", "hidden"),
                    ("left_out", "hidden and left out"),
                ],
                db_default="",
                default="",
                help_text="By the last ruling of staff; empty where there is none.",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="ruling",
            name="account",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="ruling",
            name="review",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="rulings",
                to="profiles.review",
            ),
        ),
        migrations.AddField(
            model_name="ruling",
            name="undone_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="ruling",
            name="workspace",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="accounts.workspace",
                verbose_name="workspace",
            ),
        ),
        migrations.AddIndex(
            model_name="ruling",
            index=models.Index(fields=["review", "-id"], name="ruling_of_review"),
        ),
    ]
