from django.apps import AppConfig


class LikenessConfig(AppConfig):
    name = "likeness"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from likeness import checks  # noqa: F401, PLC0415 - registers itself once apps are loaded
