"""What every page has around it: the menu of the study, the participant's tabs, whether it is a demonstration."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from ..files import address


def frame(request: HttpRequest) -> dict[str, Any]:
    """What templates may name without being given it."""
    return {
        "css": address("equipoise.css"), "js": address("equipoise.js"), "htmx": address("htmx.js"), "mark": address("mark.svg"),
        "is_demonstration": settings.DESK.is_demonstration,
    }  # fmt: skip
