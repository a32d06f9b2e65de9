"""The screens of the staff's side, in the order in which menus show them. To add one, put its SCREEN here."""

from ..here import Screen
from . import (
    correct,
    identity,
    new_participant,
    participants,
    people,
    randomise,
    record,
    screening,
    sign_eligibility,
    timeline,
    today,
)

SCREENS: tuple[Screen, ...] = (
    # the study's menu
    today.SCREEN,
    participants.SCREEN,
    new_participant.SCREEN,
    people.SCREEN,
    # a participant's tabs
    timeline.SCREEN,
    screening.SCREEN,
    sign_eligibility.SCREEN,
    randomise.SCREEN,
    record.SCREEN,
    correct.SCREEN,
    identity.SCREEN,
)
