"""The study as pictures: what the protocol promises, from its own file, in the frame of the bedside."""

from django.http import HttpResponse
from django.utils.safestring import mark_safe

from ....reports.page import part
from ....reports.show import pictures
from ..here import Here, Screen


def study_page(here: Here) -> HttpResponse:
    """The page."""
    found = [(f"part-{index}", each.heading, mark_safe(part(each))) for index, each in enumerate(pictures(here.study), start=1)]
    return here.page(sections=found)


SCREEN = Screen("study-page", "study/", "see_study", study_page, menu="Study", methods=("GET",))
