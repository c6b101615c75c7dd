"""The users who stand for all are drawn by lot, without those left out: indexes keep it cheap."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import MD5, Cast


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("profiles", "0010_tell_how_passages_were_read"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(
                models.F("workspace"),
                Cast(MD5("external_id"), models.UUIDField()),
                name="user_by_lot",
            ),
        ),
        AddIndexConcurrently(
            model_name="profile",
            index=models.Index(
                condition=models.Q(("oddities__contains", [{"kind": "left_out"}])),
                fields=["workspace"],
                name="profile_left_out",
            ),
        ),
    ]
