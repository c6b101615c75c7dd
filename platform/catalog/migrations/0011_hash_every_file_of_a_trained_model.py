from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0010_find_the_newest_items"),
    ]

    operations = [
        migrations.AddField(
            model_name="trainedmodel",
            name="files",
            field=models.JSONField(
                blank=True, default=dict, help_text="SHA-256 of each file, by name."
            ),
        ),
    ]
