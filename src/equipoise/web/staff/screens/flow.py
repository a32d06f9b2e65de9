"""The flow of participants (CONSORT). Until the study is locked nothing in it tells one arm's course from another's."""

from dataclasses import replace
from typing import TYPE_CHECKING

from django.db.models import Count, Q
from django.http import HttpResponse
from django.utils.safestring import mark_safe

from ....reports.page import Figure, part
from .. import charts
from ..here import Here, Screen

if TYPE_CHECKING:
    from ....analysis.flow import Flow


def flow_diagram(here: Here) -> HttpResponse:
    """The page."""
    from ....reports.flow_picture import flow_in_words, flow_picture  # with all that analyses

    is_locked = here.state.locked_at is not None
    by_arm = is_locked and here.sees_arm
    found = _whole(here) if by_arm else _course(here)
    observed = here.study.protocol.design.type != "interventional"
    caption = "Flow of participants" + ("" if by_arm else "; arms stay together until the study is locked")
    words = flow_in_words(found, by_arm=by_arm, observed=observed)
    picture = part(Figure(flow_picture(found, by_arm=by_arm, observed=observed), words, caption))
    return here.page(picture=mark_safe(picture), words=words, by_arm=by_arm, is_locked=is_locked)


def _whole(here: Here) -> "Flow":
    """Every chart, counted."""
    from ....analysis.flow import flow

    people = here.participants("see_flow")
    return flow(here.study, {each.participant: charts.known(here.slug, each, until=here.today) for each in people})


def _course(here: Here) -> "Flow":
    """Counts that lists hold; charts are folded of those alone who did not join, to say why."""
    from ....analysis.flow import flow

    people = here.participants("see_flow")
    outside = people.filter(enrolled_on__isnull=True)
    found = flow(
        here.study, {each.participant: charts.known(here.slug, each, until=here.today, blinded=True) for each in outside}
    )
    joined = people.filter(enrolled_on__isnull=False)
    counts = joined.aggregate(
        all=Count("pk"), allocated=Count("pk", filter=Q(allocated_on__isnull=False)),
        withdrew=Count("pk", filter=Q(status="withdrawn")), died=Count("pk", filter=Q(status="died")),
    )  # fmt: skip
    return replace(
        found, screened=found.screened + counts["all"], enrolled=counts["all"], randomised=counts["allocated"],
        unallocated=counts["all"] - counts["allocated"], withdrew=counts["withdrew"], died=counts["died"],
        analysed=None,
    )  # fmt: skip


SCREEN = Screen("flow", "flow/", "see_flow", flow_diagram, menu="Flow", shows=("arm",), methods=("GET",))
