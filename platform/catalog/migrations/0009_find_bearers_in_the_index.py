from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("catalog", "0008_find_items_by_attribute"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="itemtag",
            index=models.Index(
                fields=["tag", "item"], include=["confidence"], name="item_tag_bearers"
            ),
        ),
        RemoveIndexConcurrently(model_name="itemtag", name="item_tag_by_tag"),
    ]
