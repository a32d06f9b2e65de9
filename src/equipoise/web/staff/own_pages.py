"""Activities that have a page of their own: a session, a harm, a questionnaire, a bill. All others have the form of any activity."""

from django.http import HttpResponse
from django.shortcuts import redirect

from ...study import Study
from .forms import PARTICIPANT
from .harms import harm_activities
from .here import Here


def questionnaires_of(study: Study) -> tuple[str, ...]:
    """The forms that participants answer."""
    return tuple(name for name, each in study.activities.items() if each.by in PARTICIPANT)


def own_page(here: Here, activity: str) -> HttpResponse | None:
    """Where an activity is recorded, if it is not on the form of any activity."""
    if here.promised.activities[activity].treats:
        return redirect(f"{here.to('session')}?activity={activity}")
    if activity in harm_activities(here.promised):
        return here.go("adverse-event", activity=activity)
    if activity in questionnaires_of(here.promised):
        return here.go("questionnaire", activity=activity)
    return None
