"""What each kind of endpoint comes to for one participant."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ..chart import Chart
from ..protocol import Endpoint
from ..study import Study
from .measurement import cost, measurement, score, trajectory
from .occurrence import occurrence
from .outcome import Absent, Measurement, Occurrence, Outcome, TimeToEvent, Trajectory
from .time_to_event import time_to_event

KINDS: Mapping[str, Callable[[Endpoint, Study, Chart], Outcome]] = MappingProxyType({
    "time_to_event": time_to_event,
    "occurrence": occurrence,
    "measurement": measurement,
    "trajectory": trajectory,
    "score": score,
    "cost": cost,
})  # fmt: skip


def outcome(endpoint: Endpoint, study: Study, known: Chart) -> Outcome:
    """The outcome of an endpoint for one participant, or why there is none."""
    return KINDS[endpoint.kind](endpoint, study, known)


__all__ = ["KINDS", "Absent", "Measurement", "Occurrence", "Outcome", "TimeToEvent", "Trajectory", "outcome"]
