"""What every answer is held to, and what no request may be."""

from collections.abc import Callable
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponseBase

from . import errors

Answer = Callable[[HttpRequest], HttpResponseBase]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
MOST = 200_000
"""Bytes that a form of ours may have: far more than any has."""


def headers(answer: Answer) -> Answer:
    """Say to the browser what a page may load, and that nobody keeps it. No address of a page travels elsewhere."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        response = answer(request)
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), interest-cohort=()"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("X-Robots-Tag", "noindex" if request.path.startswith(("/l/", "/answers")) else "all")
        return response

    return answered


def bounded(answer: Answer) -> Answer:
    """Refuse what no page of ours sends: too much, files, addresses with characters that nobody sees."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        address = f"{request.path}?{unquote(request.META.get('QUERY_STRING', ''))}"
        if any(ord(each) < 32 or ord(each) == 127 or 0xD800 <= ord(each) < 0xE000 for each in address):
            return errors.bad(request)
        if request.method not in ("GET", "HEAD", "POST"):
            return errors.said(request, 405, "BAD")
        if request.method == "POST":
            length = request.META.get("CONTENT_LENGTH") or ""
            if not length.isdecimal() or int(length) > MOST:
                return errors.said(request, 413, "BAD")
            if request.content_type != "application/x-www-form-urlencoded":
                return errors.said(request, 415, "BAD")
        return answer(request)

    return answered
