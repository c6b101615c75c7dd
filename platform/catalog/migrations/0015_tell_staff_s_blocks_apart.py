from django.db import migrations, models

# What was blocked without a topic, somebody had blocked.
BY_STAFF = "UPDATE catalog_tag SET is_blocked_by_staff = true WHERE is_blocked AND topic = ''"


class Migration(migrations.Migration):
    dependencies = [("catalog", "0014_refused_models_files")]

    operations = [
        migrations.AddField(
            model_name="tag",
            name="is_blocked_by_staff",
            field=models.BooleanField(
                db_default=False,
                default=False,
                editable=False,
                help_text="It stays blocked when its topic may be spoken of.",
                verbose_name="blocked by staff",
            ),
        ),
        migrations.RunSQL(BY_STAFF, migrations.RunSQL.noop),
    ]
