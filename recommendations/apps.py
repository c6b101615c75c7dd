from django.apps import AppConfig
from django.db.backends.signals import connection_created


class RecommendationsConfig(AppConfig):
    name = "recommendations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from recommendations.queries.fetching import keep_plans  # noqa: PLC0415 - apps come first

        connection_created.connect(keep_plans, dispatch_uid="recommendations.keep_plans")
