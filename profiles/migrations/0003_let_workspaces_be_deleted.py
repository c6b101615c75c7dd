import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("profiles", "0002_order_interactions_by_date_or_arrival")]

    operations = [
        migrations.AlterField(
            model_name="interaction",
            name="kind",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="+",
                to="profiles.kind",
            ),
        ),
    ]
