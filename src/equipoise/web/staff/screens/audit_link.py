"""One link of the ledger: who, when, in which role; what was before and after; and the hashes that hold it in its place."""

from django.http import Http404, HttpResponse

from ...ledger.reading import COLUMNS, link
from ..audit import changes, spoken, text_change
from ..here import Here, Screen
from .audit import visible


def audit_link(here: Here, number: int) -> HttpResponse:
    """The page."""
    row = visible(here).filter(number=min(number, 2**62)).values_list(*COLUMNS).first()
    if row is None:
        raise Http404
    found = link(row)
    is_text = found.kind in ("study-opened", "amended")
    return here.page(
        link=found, title=found.kind.replace("-", " ").capitalize(), spoken=spoken(found, here.study) if here.sees_arm else "",
        changes=[] if is_text else list(changes(found, here.study, sees_arm=here.sees_arm)),
        text=text_change(found) if found.kind == "amended" else (), is_text=is_text,
        hashes=[_shown(each, here) for each in (found.hash, found.previous)],
    )  # fmt: skip


def _shown(hash_: str, here: Here) -> str:
    """A hash; its beginning alone for whoever may not know the arm: with both of them whole, either arm could be tried."""
    return hash_ if here.sees_arm or not here.study.protocol.arms or not hash_ else f"{hash_[:16]}…"


SCREEN = Screen("audit-link", "audit/<int:number>/", "see_audit", audit_link, shows=("arm",), methods=("GET",))
