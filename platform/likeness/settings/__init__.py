"""Every setting, read from the environment once. The defaults run on a laptop as they are.

`.env.example` lists each variable with its meaning; a test holds the two together.
"""

from pathlib import Path

import django_stubs_ext

from likeness.settings import env
from likeness.settings.admin import UNFOLD as UNFOLD
from likeness.settings.api import REST_FRAMEWORK as REST_FRAMEWORK
from likeness.settings.api import SPECTACULAR_SETTINGS as SPECTACULAR_SETTINGS
from likeness.settings.logs import LOGGING as LOGGING
from likeness.settings.places import database_of, local_postgres_url, local_redis_url

django_stubs_ext.monkeypatch()

ROOT = Path(__file__).resolve().parents[3]

# Where everything lives that the project makes for itself: servers, models, uploads.
VAR = Path(env.text("LIKENESS_VAR", str(ROOT / "var"))).resolve()
MODELS = Path(env.text("LIKENESS_MODELS", str(VAR / "models"))).resolve()

DEBUG = env.flag("LIKENESS_DEBUG", default=False)
SECRET_KEY = env.text("LIKENESS_SECRET_KEY", "only-for-a-laptop-" + "0" * 40)
ALLOWED_HOSTS = env.words("LIKENESS_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("LIKENESS_TRUSTED_ORIGINS", "")
SECURE_COOKIES = env.flag("LIKENESS_SECURE_COOKIES", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "likeness.pages.refusals.forged"

# An empty URL means: the server that we start ourselves, under VAR.
DATABASE_URL = env.text("LIKENESS_DATABASE_URL", "") or local_postgres_url(VAR)
REDIS_URL = env.text("LIKENESS_REDIS_URL", "") or local_redis_url(VAR)
EMBEDDED_POSTGRES = not env.text("LIKENESS_DATABASE_URL", "")
EMBEDDED_REDIS = not env.text("LIKENESS_REDIS_URL", "")
DATABASES = {"default": database_of(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

SESSION_ENGINE = "django.contrib.sessions.backends.db"  # a lost Redis signs nobody out

INSTALLED_APPS = [
    "core",
    "accounts",
    "catalog",
    "profiles",
    "recommendations",
    "workers",
    "likeness",
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.middleware.request_id",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "likeness.urls"
WSGI_APPLICATION = "likeness.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

AUTH_USER_MODEL = "accounts.Account"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "for-you"
LOGOUT_REDIRECT_URL = "sign-in"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [ROOT / "platform" / "likeness" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [ROOT / "platform" / "likeness" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True

# The text encoder: the packaged default, a Hugging Face name or a local folder.
ENCODER = env.text("LIKENESS_ENCODER", "multilingual-e5-small")
DEVICE = env.text("LIKENESS_DEVICE", "")

# What puts statements into words: "template", the packaged generator, a Hugging Face name or a
# folder; or, where a URL is given, a model behind an endpoint that speaks OpenAI's protocol.
GENERATOR = env.text("LIKENESS_GENERATOR", "template")
GENERATOR_URL = env.text("LIKENESS_GENERATOR_URL", "")
GENERATOR_MODEL = env.text("LIKENESS_GENERATOR_MODEL", "")
GENERATOR_KEY = env.text("LIKENESS_GENERATOR_KEY", "")
GENERATOR_SECONDS = env.number("LIKENESS_GENERATOR_SECONDS", 60)
# The folder of public text sets that trainings asked for on a page learn from, too.
TEXT_SETS = env.text("LIKENESS_TEXT_SETS", "")
# Ask the generator for tags, too: it takes seconds an item on a laptop.
GENERATED_TAGS = env.flag("LIKENESS_GENERATED_TAGS", default=False)

# Let Postgres remember its plans for the queries of a slate. Switch it off behind a pooler that
# hands out another connection with every transaction.
PREPARED_STATEMENTS = env.flag("LIKENESS_PREPARED_STATEMENTS", default=True)
# How long one source may take to name items for a slate before the others serve without it.
SOURCE_MILLISECONDS = env.number("LIKENESS_SOURCE_MILLISECONDS", 150)

# How long a worker may keep rows that it claimed before another may take them.
CLAIM_SECONDS = env.number("LIKENESS_CLAIM_SECONDS", 300)
SWEEP_SECONDS = env.number("LIKENESS_SWEEP_SECONDS", 60)
WEB_PORT = env.number("LIKENESS_PORT", 8000)
