"""How much had happened when a calibration was made, so that the next is due with growth."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("profiles", "0011_draw_users_by_lot"),
    ]

    operations = [
        migrations.AddField(
            model_name="calibration",
            name="interactions",
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="calibration",
            name="last_interaction_id",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
    ]
