"""The addresses of the desk. Screens bring their own; what else there is, is named here, and nothing is reached otherwise."""

from allauth.account import views as account
from django.urls import URLPattern, URLResolver, include, path

from . import errors
from .api.endpoints import api
from .files import file
from .health import health, metrics
from .staff.here import ROUTES, opened_to
from .staff.screens import SCREENS, home

handler400, handler403, handler404, handler500 = errors.bad, errors.refused, errors.absent, errors.fault

ROUTES.update({each.name: each.route for each in SCREENS})
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("health", health, name="health"),
    path("metrics", metrics, name="metrics"),
    path("api/", api.urls),
    path("static/<str:version>/<str:name>", file, name="file"),
    path("sign-in/", account.login, name="account_login"),
    path("sign-in/out/", account.logout, name="account_logout"),
    path("sign-in/again/", account.reauthenticate, name="account_reauthenticate"),
    path("sign-in/password/", account.password_change, name="account_change_password"),
    path("sign-in/second/", include("allauth.mfa.urls")),
    *(path(f"s/<slug:slug>/{each.route}", opened_to(each), name=each.name) for each in SCREENS),
]
