from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class RecommendationsConfig(AppConfig):
    name = "recommendations"
    verbose_name = _("Recommending")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from recommendations.queries.fetching import keep_plans  # noqa: PLC0415 - apps come first

        connection_created.connect(keep_plans, dispatch_uid="recommendations.keep_plans")
