from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("profiles", "0004_refined_portraits"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="interaction",
            index=models.Index(
                condition=models.Q(("slate_id__isnull", False)),
                fields=["slate_id"],
                name="interaction_of_slate",
            ),
        ),
    ]
