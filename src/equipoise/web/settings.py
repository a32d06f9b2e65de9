"""Django's settings, made from the desk that the environment names. Nothing is asked of anybody's network."""

import os
from pathlib import Path

from .desk import desk

DESK = desk()
HTTPS = os.environ.get("EQUIPOISE_HTTPS", "") == "1"
"""Whether browsers reach it by https, through a proxy that says so: cookies then travel by https alone."""

SECRET_KEY = DESK.secret()
DEBUG = False
ALLOWED_HOSTS = [each for each in os.environ.get("EQUIPOISE_HOSTS", "localhost,127.0.0.1,[::1]").split(",") if each]
CSRF_TRUSTED_ORIGINS = [f"https://{each}" for each in ALLOWED_HOSTS] if HTTPS else []
ROOT_URLCONF = "equipoise.web.urls"
WSGI_APPLICATION = "equipoise.web.wsgi.application"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "equipoise.web.ledger",
    "equipoise.web.identity",
    "equipoise.web.staff",
    "equipoise.web.intake",
    "equipoise.web.api",
]
MIDDLEWARE = [
    "equipoise.web.security.headers",
    "django.middleware.security.SecurityMiddleware",
    "equipoise.web.security.readable",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "equipoise.web.security.session_limits",
    "equipoise.web.security.second_factor",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "staff" / "templates"],  # before allauth's own
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "equipoise.web.staff.frame.frame",
            ],
            "builtins": ["django.templatetags.tz", "equipoise.web.staff.templatetags.words"],
        },
    }
]

DATABASES = DESK.databases()
DATABASE_ROUTERS = ["equipoise.web.identity.router.Apart"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "desk_cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}
MEDIA_ROOT = str(DESK.folder / "media")
USE_TZ = True
TIME_ZONE = DESK.time_zone
LANGUAGE_CODE = "en-gb"
USE_I18N = False
DATE_FORMAT = "j M Y"

# --- who comes in ----------------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "equipoise.web.security.Accounts"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/sign-in/"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,5/15m/key"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "equipoise"
MFA_RECOVERY_CODE_COUNT = 10
SESSION_IDLE, SESSION_MOST = 30 * 60, 12 * 60 * 60
"""Seconds without a request, and since signing in, after which one signs in again."""
FRESH = 5 * 60
"""Seconds for which a password or code given once more counts, for the purpose it was given for."""
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_AGE = SESSION_MOST
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_NAME = "desk"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "equipoise.web.errors.forged"

# --- how it answers --------------------------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "equipoise.web.errors.Valueless"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "django.request": {"handlers": ["console"], "level": "ERROR", "propagate": False},
    },
}
