"""The REST API's settings."""

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "core.schema.RefusingSchema",
    "EXCEPTION_HANDLER": "core.api.explain",
    "UNAUTHENTICATED_USER": None,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Likeness",
    "DESCRIPTION": "Portraits made of statements with evidence, and recommendations from them.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "ExperimentStateEnum": "recommendations.api.experiment_serializers.STATES",
        "ListKindEnum": "recommendations.lists.KIND_CHOICES",
        "ReasonKindEnum": "recommendations.api.serializers.REASON_KINDS",
        "SourceEnum": "recommendations.api.serializers.SOURCE_CHOICES",
    },
}
