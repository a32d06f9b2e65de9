"""Activities that have a page of their own: a session, a harm, a questionnaire, a bill. All others have the form of any activity."""

from django.http import HttpResponse
from django.shortcuts import redirect

from .harms import harm_activities
from .here import Here


def own_page(here: Here, activity: str) -> HttpResponse | None:
    """Where an activity is recorded, if it is not on the form of any activity."""
    if here.promised.activities[activity].treats:
        return redirect(f"{here.to('session')}?activity={activity}")
    if activity in harm_activities(here.promised):
        return here.go("adverse-event", activity=activity)
    return None
