import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("catalog", "0007_spaces_aside"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="item",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["attributes"], name="item_by_attribute", opclasses=["jsonb_path_ops"]
            ),
        ),
    ]
