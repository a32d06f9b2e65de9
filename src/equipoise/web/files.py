"""The few files that pages load: one style sheet, two scripts. Each named, so that no path leads anywhere else."""

import hashlib
from functools import cache
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse

_OWN = Path(__file__).parent / "staff" / "static"


def _htmx() -> Path:
    import django_htmx

    return Path(django_htmx.__file__).parent / "static" / "django_htmx" / "htmx-2.min.js"


FILES = {
    "equipoise.css": "text/css",
    "equipoise.js": "text/javascript",
    "htmx.js": "text/javascript",
    "mark.svg": "image/svg+xml",
}


@cache
def content(name: str) -> tuple[bytes, str]:
    """A file and the hash of it."""
    raw = (_htmx() if name == "htmx.js" else _OWN / name).read_bytes()
    return raw, hashlib.sha256(raw).hexdigest()[:12]


def address(name: str) -> str:
    """Where pages find a file: a changed file has another address."""
    return f"/static/{content(name)[1]}/{name}"


def file(request: HttpRequest, version: str, name: str) -> HttpResponse:
    """One of the files."""
    if name not in FILES:
        raise Http404
    response = HttpResponse(content(name)[0], content_type=f"{FILES[name]}; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
