"""What every answer and every session is held to: headers, limits of time, a second factor."""

import time
import unicodedata
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import redirect

Answer = Callable[[HttpRequest], HttpResponseBase]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
"""Nothing inline, nothing from elsewhere. `data:` is for the code that an authenticator reads, and for no script."""
OPEN = ("/sign-in/", "/static/", "/health")
"""Where somebody may go who has not given a second factor yet."""


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by an administrator of the desk; nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether strangers may make an account."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Nothing is sent: a desk may have no network."""

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """By what wrong passwords are counted: whose they are, however the name is written, by whatever name the desk is reached."""
        return unicodedata.normalize("NFKC", str(credentials.get("username", ""))).casefold()


def headers(answer: Answer) -> Answer:
    """Say to the browser what a page may load: its own parts and nothing else; and keep no page of it."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        response = answer(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), interest-cohort=()")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return answered


def readable(answer: Answer) -> Answer:
    """Refuse addresses that no page of ours has: with characters that nobody sees."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        address = f"{request.path}?{unquote(request.META.get('QUERY_STRING', ''))}"
        if any(ord(each) < 32 or ord(each) == 127 or 0xD800 <= ord(each) < 0xE000 for each in address):
            return HttpResponseBadRequest("no such address", content_type="text/plain")
        return answer(request)

    return answered


def session_limits(answer: Answer) -> Answer:
    """End a session that lay idle, or that began too long ago."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            now, session = time.time(), request.session
            began, seen = session.setdefault("began", now), session.get("seen", now)
            if now - seen > settings.SESSION_IDLE or now - began > settings.SESSION_MOST:
                logout(request)
                return redirect(f"{_sign_in()}?next={request.path}" if request.method == "GET" else _sign_in())
            if now - seen > 20 or "seen" not in session:
                session["seen"] = now
        return answer(request)

    return answered


def second_factor(answer: Answer) -> Answer:
    """Whoever signs in without a second factor sets one up first; in a demonstration they may."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        lacks = (
            request.user.is_authenticated
            and not settings.DESK.is_demonstration
            and not request.path.startswith(OPEN)
            and not is_mfa_enabled(request.user)
        )
        return redirect("mfa_activate_totp") if lacks else answer(request)

    return answered


def _sign_in() -> str:
    from django.urls import reverse

    return reverse("account_login")
