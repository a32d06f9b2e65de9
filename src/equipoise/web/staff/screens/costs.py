"""The cost sheet: of a participant, bills by item with their sums; of the study, each participant's sum, a page at a time.

What an arm costs is an outcome: it is shown to nobody before the study is locked, and then to whom the table lets see it.
"""

from django.core.paginator import Paginator
from django.http import HttpResponse

from ..charts import known, masked
from ..costs import costs_of, sheets, total
from ..here import Here, Screen
from ..models import Participant

A_PAGE = 25


def costs(here: Here) -> HttpResponse:
    """A participant's."""
    found = sheets(here.promised, here.chart)
    return here.page(sheets=found, total=sum(each.total for each in found), bills=sum(len(each.bills) for each in found))


def cost_sums(here: Here) -> HttpResponse:
    """The study's: participants of one's sites, and the arms once it is locked."""
    rows = here.participants("see_costs").order_by("participant")
    page = Paginator(rows, A_PAGE).get_page(here.request.GET.get("page"))
    listed = [(row, *_total(here, row)) for row in page]
    opened = here.state.locked_at is not None and here.may("see_cost_by_arm") and not here.powers.is_blinded
    arms = _by_arm(here) if opened else []
    return here.page(
        listed=listed, page=page, arms=arms, is_locked=here.state.locked_at is not None, may_arms=here.may("see_cost_by_arm")
    )


def _total(here: Here, row: Participant) -> tuple[float, int]:
    return total(here.study, known(here.slug, row, until=here.today, blinded=masked(here.study)))


def _by_arm(here: Here) -> list[dict[str, object]]:
    """What each arm cost, of everybody allocated: the sum and the mean."""
    found = []
    for name, arm in here.study.protocol.arms.items():
        members = Participant.objects.filter(study=here.slug, arm=name)
        sums = [_total(here, row)[0] for row in members]
        found.append(
            {"label": arm.label or name, "count": len(sums), "sum": sum(sums), "mean": sum(sums) / len(sums) if sums else None}
        )
    return found


SCREEN = Screen(
    "costs", "p/<str:who>/costs/", "see_chart", costs, tab="Costs", methods=("GET",), fits=lambda study: bool(costs_of(study))
)
SUMS = Screen("cost-sums", "costs/", "see_costs", cost_sums, menu="Costs", shows=("arm",), methods=("GET",),
              fits=lambda study: bool(costs_of(study)))  # fmt: skip
