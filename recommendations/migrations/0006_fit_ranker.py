from django.db import migrations, models


class Migration(migrations.Migration):
    """Fits that were learnt before have no ranker: the blend serves as it did."""

    dependencies = [
        ("recommendations", "0005_count_rates_again_after_an_erasure"),
    ]

    operations = [
        migrations.AddField(
            model_name="fit",
            name="ranker",
            field=models.TextField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                help_text="The trees of the ranker as LightGBM writes them; empty where the blend decides.",
            ),
        ),
    ]
