"""Settings, read from the environment; what is unset falls back to a safe local default.

DATABASE_URL         unset: SQLite in VAR_DIR; postgres://user:password@host/name: PostgreSQL
LOCAL                on where this machine serves itself alone, over plain HTTP and without collected static files, as
                     `make run` does; DEBUG brings it
DEBUG                off unless set: Django's own pages of faults, in English, for whoever writes the program
SECRET_KEY           drawn once and kept in VAR_DIR if unset; to be set where several machines serve
ALLOWED_HOSTS        comma-separated, required outside LOCAL
CSRF_TRUSTED_ORIGINS comma-separated, where the address in the browser is not the one Django sees
BEHIND_TLS_PROXY     on where a proxy ends TLS and sets X-Forwarded-Proto and X-Forwarded-For
VAR_DIR              where uploads, papers and the embedded database live (default: var/)

Less often: CONN_MAX_AGE, LOG_LEVEL, SECURE_HSTS_SECONDS, SECURE_SSL_REDIRECT, SESSION_IDLE_SECONDS.
"""

import os
import secrets
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import unquote

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DEBUG: bool = env.bool("DEBUG", default=False)
LOCAL: bool = env.bool("LOCAL", default=DEBUG)
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)


def _secret_key() -> str:
    """The key from the environment, else one that this machine drew once and its owner alone can read."""
    if key := env.str("SECRET_KEY", default=""):
        return str(key)
    kept = VAR_DIR / "secret_key"
    if not kept.exists():
        with NamedTemporaryFile("w", dir=VAR_DIR) as drawn, suppress(FileExistsError):
            drawn.write(secrets.token_urlsafe(50))
            drawn.flush()
            os.link(drawn.name, kept)  # of two processes that start together, the first one's
    return kept.read_text()


SECRET_KEY = _secret_key()
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if LOCAL else [])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
BEHIND_TLS_PROXY: bool = env.bool("BEHIND_TLS_PROXY", default=False)

# Forms are drawn by templates/django/forms, which speak Tabler.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

INSTALLED_APPS = [
    "django.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "simple_history",
    "axes",
    "csp",
    "waterservice",
    "accounts",
    "billing",
    "engineering",
    "applications",
]

MIDDLEWARE = [
    *(["waterservice.middleware.behind_proxy"] if BEHIND_TLS_PROXY else []),
    "django.middleware.security.SecurityMiddleware",
    "waterservice.middleware.permissions",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "waterservice.middleware.pictures_fit",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "waterservice.middleware.chosen_language",
    "waterservice.middleware.without_nul",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "accounts.access.DefaultClosedMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "waterservice.urls"
WSGI_APPLICATION = "waterservice.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context_processors.desk",
                "applications.context_processors.unread_notices",
            ],
        },
    }
]

# Write-ahead logging lets readers go on beside the one writer; an immediate transaction takes the write
# lock at its start, so that two clerks queue instead of failing half-way.
EMBEDDED_DATABASE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": VAR_DIR / "hall.sqlite3",
    "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
    },
}
DATABASES: dict[str, dict[str, Any]] = {"default": EMBEDDED_DATABASE}
if database_url := env.str("DATABASE_URL", default=""):
    served = env.db_url_config(database_url)
    if served.get("ENGINE") != "django.db.backends.postgresql":
        raise ImproperlyConfigured("DATABASE_URL names a PostgreSQL database (postgres://…); unset is SQLite.")
    DATABASES["default"] = {
        **served,
        "HOST": unquote(served["HOST"]),  # a socket's folder is written %2Frun%2Fpostgresql
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=600),
        "CONN_HEALTH_CHECKS": True,
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "accounts:sign-in"
LOGIN_REDIRECT_URL = "applications:home"
LOGOUT_REDIRECT_URL = "accounts:sign-in"

# Sign-in is locked after failures of one name from one place.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"
AXES_VERBOSE = False
# A locked name waits, or is let in again by `axes_reset_username`: nothing to look after among the policies.
AXES_ENABLE_ADMIN = False

# A counter's screen is seen from the other side: the session ends after half an hour without a click.
SESSION_COOKIE_AGE = env.int("SESSION_IDLE_SECONDS", default=30 * 60)
SESSION_SAVE_EVERY_REQUEST = True
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
if not LOCAL:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=365 * 24 * 3600)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    if BEHIND_TLS_PROXY:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Papers open in a frame beside the case. Browsers that know frame-ancestors (all of the last ten years)
# follow it and ignore X-Frame-Options, which stays at its strictest for the others.
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "frame-ancestors": [SELF],
        "form-action": [SELF],
        "base-uri": [SELF],
    }
}

# Chinese unless somebody chose otherwise; each language is called by its own name.
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["waterservice.formats"]
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
# Third-party browser assets are installed by `make setup`, never kept in the repository.
STATICFILES_DIRS = [BASE_DIR / "static", BASE_DIR / "var" / "assets"]
FONT_DIR = BASE_DIR / "node_modules" / "@expo-google-fonts"
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = LOCAL
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if LOCAL
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Uploads and papers have no URL of their own: they leave only through a view that checks the right.
MEDIA_ROOT = VAR_DIR / "files"
FILE_UPLOAD_PERMISSIONS = 0o640
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o750
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# Small pictures of uploads, made at the first look and made anew where they are missing: nothing to back up.
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "thumbnails": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": VAR_DIR / "thumbnails",
        "TIMEOUT": None,
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
}

MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "fontTools": {"level": "WARNING"},
        "pikepdf": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
    },
}
