"""An investigator signs that a participant may join; what is signed is what stands on the page, and enrols them."""

from django.http import HttpResponse

from ....ledger import signature
from ....logic import MET
from ....verifier import shown_hash
from ...ledger import Head, Refused, links
from ..eligibility import PURPOSE, left, record, screened, signed
from ..forms import event_id, filled, form
from ..fresh import unconfirmed
from ..here import Here, Screen
from ..keeping import event


def sign_eligibility(here: Here) -> HttpResponse:
    """The page, and the signature."""
    found = screened(here.study, here.chart, here.today)
    shown = record(here.study, here.who, found, here.today)
    can = found.truth is MET and (bool(here.chart.first("consent")) or "consent" not in here.study.protocol.closed)
    says, gone = "", left(here.study, here.chart)
    can = can and not gone
    enrols = not here.chart.first("enrolment")
    enrolment = form("enrolment", here.study, here.chart, on=here.today) if enrols else None
    if here.request.method == "POST":
        if enrols:
            told = {**here.post, "enrolment.on": here.today.isoformat()}
            id = event_id(here.token)
            enrolment = filled("enrolment", here.study, here.chart, told, today=here.today, id=id)
        says = unconfirmed(here.request)
        if not says and gone:
            says = f"{gone} Nothing can be signed."
        if not says and not can:
            says = "Not every criterion is met: nothing can be signed."
        if not says and here.post.get("shown") != shown_hash(shown):
            says = "What is known has changed since this page was made: read it again before you sign."
        if not says and enrolment is not None and not enrolment.is_sound:
            says = "Nothing was signed yet: see the fields that are marked."
        if not says:
            number = here.who.number
            (rests_on,) = links(here.slug, after=number - 1, until=number)
            drafts = [here.draft("signed", signature(PURPOSE, shown, rests_on=rests_on))]
            if enrolment is not None:
                items = {**enrolment.body.get("items", {}), **({"site": here.who.site} if here.who.site else {})}
                drafts.append(event(here, {**enrolment.body, "items": items}))

            def unless(head: Head) -> str | None:
                """Nothing was added in the meantime."""
                row = type(here.who).objects.get(study=here.slug, participant=here.who.participant)
                return None if row.number == number else "What is known has changed: read the page again before you sign."

            try:
                here.append(*drafts, unless=unless)
                return here.go("randomise" if _by_lot(here) and here.may("randomise") else "timeline")
            except Refused as why:
                says = str(why)
    return here.page(
        status=422 if says else 200, found=found, shown=shown, shown_hash=shown_hash(shown), says=says, can=can, gone=gone, enrolment=enrolment,
        signature=signed(here.study, here.who, here.chart),
    )  # fmt: skip


def _by_lot(here: Here) -> bool:
    return "randomisation" in here.study.activities and bool(here.study.protocol.arms)


SCREEN = Screen("sign-eligibility", "p/<str:who>/sign-eligibility/", "sign_eligibility", sign_eligibility)
