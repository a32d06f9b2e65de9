"""Who you are, asked once more: for one purpose, in the very form that carries it out, so that nothing of it is kept.

Randomising, signing, unblinding and locking ask for the password, or for a code of the second factor, beside the button.
"""

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth import logout
from django.core.cache import cache
from django.http import HttpRequest

FIELD = "who_you_are"
TRIES, PAUSE = 5, 15 * 60
"""Wrong answers after which the session ends, and seconds for which none is taken then."""


def unconfirmed(request: HttpRequest) -> str:
    """Why the person is not confirmed; empty if the form carries their password or a code of theirs."""
    name = request.user.get_username()
    tries = f"fresh:{name}"
    wrong = int(cache.get(tries, 0))
    if wrong >= TRIES:
        return "Too many wrong passwords: try again in a quarter of an hour."
    given = request.POST.get(FIELD, "")
    if not given:
        return "Give your password, or a code of your authenticator, to confirm that it is you."
    if _code(request, given) or request.user.check_password(given):
        if wrong:  # a writing less for each who gives the right one at once
            cache.delete(tries)
        return ""
    cache.add(tries, 0, PAUSE)
    if cache.incr(tries) >= TRIES:
        logout(request)
    return "This is neither your password nor a code of your authenticator."


def _code(request: HttpRequest, given: str) -> bool:
    if not (given.isdigit() and len(given) == 6):
        return False
    kept = Authenticator.objects.filter(user_id=request.user.pk, type=Authenticator.Type.TOTP).first()
    return kept is not None and bool(TOTP(kept).validate_code(given))
