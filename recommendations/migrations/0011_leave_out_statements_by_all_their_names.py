from collections.abc import Callable

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

OF_STATEMENTS = ["said", "portrait"]


def leave_out_all(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What left out "tags" left out all that goes by statements, and goes on doing so."""
    _rewrite(apps, lambda names: [*names, *(one for one in OF_STATEMENTS if one not in names)])


def leave_out_by_one_name(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Before, these sources had no names of their own."""
    _rewrite(apps, lambda names: [one for one in names if one not in OF_STATEMENTS])


def _rewrite(apps: StateApps, named: Callable[[list[str]], list[str]]) -> None:
    for experiment in apps.get_model("recommendations", "Experiment").objects.iterator():
        changed = [
            arm | {"without": named(arm["without"])} if "tags" in arm.get("without", ()) else arm
            for arm in experiment.arms
        ]
        if changed != experiment.arms:
            experiment.arms = changed
            experiment.save(update_fields=["arms"])


class Migration(migrations.Migration):
    """Keep what the arms of experiments leave out, now that each source has a name of its own."""

    dependencies = [
        ("recommendations", "0010_segment_favourites"),
    ]

    operations = [
        migrations.RunPython(leave_out_all, leave_out_by_one_name),
    ]
