"""An index for what may not be safe to show, the least safe first."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("profiles", "0013_let_staff_rule_on_reviews"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="reading",
            index=models.Index(
                fields=["workspace", "safety", "-id"],
                condition=models.Q(("safety__lt", 0.5)),
                name="reading_to_look_at",
            ),
        ),
    ]
