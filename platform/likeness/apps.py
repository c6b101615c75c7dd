from django.apps import AppConfig


class LikenessConfig(AppConfig):
    name = "likeness"
    default_auto_field = "django.db.models.BigAutoField"
