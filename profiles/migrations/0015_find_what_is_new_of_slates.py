"""Indexes for interactions that name slates: what is new of them, and what they say of an item."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("profiles", "0014_find_what_to_look_at"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="interaction",
            index=models.Index(
                fields=["workspace", "id"],
                condition=models.Q(("slate_id__isnull", False)),
                name="interaction_told_by_slate",
            ),
        ),
        AddIndexConcurrently(
            model_name="interaction",
            index=models.Index(
                fields=["item", "-id"],
                condition=models.Q(("slate_id__isnull", False)),
                name="interaction_item_by_slate",
            ),
        ),
    ]
