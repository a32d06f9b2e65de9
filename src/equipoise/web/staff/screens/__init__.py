"""The screens of the staff's side, in the order in which menus show them. To add one, put its SCREEN here."""

from ..here import Screen
from . import (
    calendar,
    correct,
    flow,
    identity,
    markers,
    new_participant,
    participants,
    people,
    randomise,
    record,
    screening,
    sign_eligibility,
    study_page,
    timeline,
    today,
)

SCREENS: tuple[Screen, ...] = (
    # the study's menu
    today.SCREEN,
    participants.SCREEN,
    new_participant.SCREEN,
    flow.SCREEN,
    study_page.SCREEN,
    people.SCREEN,
    # a participant's tabs
    timeline.SCREEN,
    screening.SCREEN,
    sign_eligibility.SCREEN,
    randomise.SCREEN,
    record.SCREEN,
    correct.SCREEN,
    markers.SCREEN,
    calendar.SCREEN,
    identity.SCREEN,
)
