"""Who you are, asked once more: for one purpose, in the very form that carries it out, so that nothing of it is kept.

Randomising, signing, unblinding and locking ask for the password, or for a code of the second factor, beside the button.
"""

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth import logout
from django.http import HttpRequest

from . import tries

FIELD = "who_you_are"
TOO_MANY = "Too many wrong passwords: try again in a quarter of an hour."


def unconfirmed(request: HttpRequest) -> str:
    """Why the person is not confirmed; empty if the form carries their password or a code of theirs."""
    name = request.user.get_username()
    if tries.are_used_up(name):
        return TOO_MANY
    given = request.POST.get(FIELD, "")
    if not given:
        return "Give your password, or a code of your authenticator, to confirm that it is you."
    if _code(request, given) or request.user.check_password(given):
        return "" if tries.forgiven(name) else TOO_MANY
    if (count := tries.counted(name)) >= tries.TRIES:
        logout(request)
    if count > tries.TRIES:  # one of many at once, looked at after the last that is taken: nothing is said of it
        return TOO_MANY
    return "This is neither your password nor a code of your authenticator."


def _code(request: HttpRequest, given: str) -> bool:
    if not (given.isdigit() and len(given) == 6):
        return False
    kept = Authenticator.objects.filter(user_id=request.user.pk, type=Authenticator.Type.TOTP).first()
    return kept is not None and bool(TOTP(kept).validate_code(given))
