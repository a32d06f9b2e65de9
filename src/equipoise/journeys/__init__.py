"""Every way through a pathway, to its bounds: what can be reached, what cannot, and a history for each claim."""

from .machine import Journeys, Move, State, everywhere, journeys, promised
from .promises import Broken, Kept, Outcome, history, outcome, said
from .reach import Reach, Ways, may_happen, reach
from .stuck import Stuck, stuck
from .travel import Astray, Traveller

__all__ = [
    "Astray", "Broken", "Journeys", "Kept", "Move", "Outcome", "Reach", "State", "Stuck", "Traveller", "Ways",
    "everywhere", "history", "journeys", "may_happen", "outcome", "promised", "reach", "said", "stuck",
]  # fmt: skip
