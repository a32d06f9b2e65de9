"""Django's settings of the patients' application: no users, no sessions, no administration, no staff."""

import os
from pathlib import Path

from .place import place

PLACE = place()
SECRET_KEY = PLACE.secret()
DEBUG = False
HTTPS = os.environ.get("EQUIPOISE_PATIENTS_HTTPS", "") == "1"
BEHIND_PROXY = os.environ.get("EQUIPOISE_PATIENTS_PROXY", "") == "1"
"""Whether a proxy of ours stands before it and says in X-Forwarded-For who asks."""
ALLOWED_HOSTS = [each for each in os.environ.get("EQUIPOISE_PATIENTS_HOSTS", "localhost,127.0.0.1,[::1]").split(",") if each]
CSRF_TRUSTED_ORIGINS = [f"https://{each}" for each in ALLOWED_HOSTS] if HTTPS else []
ROOT_URLCONF = "equipoise.web.patients.urls"
WSGI_APPLICATION = "equipoise.web.patients.wsgi.application"
INSTALLED_APPS = ["equipoise.web.patients"]
MIDDLEWARE = [
    "equipoise.web.patients.security.headers",
    "equipoise.web.patients.security.bounded",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
DATABASES = {"default": PLACE.settings()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ, TIME_ZONE, LANGUAGE_CODE, USE_I18N = True, "UTC", "en-gb", False
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_AGE = None
CSRF_FAILURE_VIEW = "equipoise.web.patients.errors.forged"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
DATA_UPLOAD_MAX_MEMORY_SIZE = 200_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 400
DATA_UPLOAD_MAX_NUMBER_FILES = 1
FILE_UPLOAD_HANDLERS: list[str] = []
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "equipoise.web.patients.errors.Valueless"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "ERROR", "propagate": False},
        "django.security": {"handlers": ["console"], "level": "CRITICAL", "propagate": False},
    },
}
