"""What a person signs, bound to what stood on the page: made anew when it is signed, and refused if it is another by then."""

from collections.abc import Callable, Mapping
from typing import Any

from ...ledger import Link, signature
from ...verifier import shown_hash
from ..ledger import Draft, Head, Refused, head, links
from .fresh import unconfirmed
from .here import Here

CHANGED = "What stood on the page has changed meanwhile: read it again before you sign."


def last_link(slug: str) -> Link:
    """The last link of a study."""
    number = head(slug).number
    (found,) = links(slug, after=number - 1, until=number)
    return found


def sign(
    here: Here, purpose: str, shown: Mapping[str, Any], *, action: str, also: tuple[Draft, ...] = (),
    again: Callable[[], Mapping[str, Any]] | None = None,
) -> str:  # fmt: skip
    """Sign what stood on the page, and write what follows from it beside the signature; a sentence, if nothing was written.

    Args:
        here: Who signs, with their password or code in the form, and the hash of what they saw.
        purpose: What the signature is for.
        shown: What stands there now.
        action: The action of the table of permissions that it takes.
        also: What is written with it.
        again: What stands there, asked once more while nobody else can write.
    """
    says = unconfirmed(here.request)
    if says:
        return says
    if here.post.get("shown") != shown_hash(shown):
        return CHANGED

    def unless(head: Head) -> str | None:
        return CHANGED if again is not None and shown_hash(again()) != shown_hash(shown) else None

    body = signature(purpose, shown, rests_on=last_link(here.slug))
    try:
        here.append(here.draft("signed", body, action=action), *also, unless=unless)
    except Refused as why:
        return str(why)
    return ""
