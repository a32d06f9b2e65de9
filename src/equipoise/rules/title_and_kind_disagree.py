"""An endpoint's title speaks of another kind of thing than is measured.

What it finds
    A title or description that says a time to an event, a share, a cost or a score, and a `kind` that is another; a title
    and a description that say two of them; "overall survival" whose event is not death.

Why it matters
    "Survival" as a share at two years, as a median and as a hazard ratio are three results. Who reads the title expects
    the one, and gets the other.

Seen in
    Register entries whose outcome is titled a rate and described as a time.
"""

import re
from collections.abc import Iterator

from ..finding import Severity
from ..protocol import Endpoint
from ..study import Study
from .rule import Flaw, activities, rule

SPOKEN = (
    ("a time to an event", re.compile(
        r"(?i:\btime (to|until|from)\b|\btime-to-|\b(overall|median|free|specific) survival\b|-free survival\b|"
        r"\bduration of (response|survival)\b)|\b(OS|[DEPR]FS)\b")),
    ("a share", re.compile(r"\b(share|proportion|percentage|incidence|frequency) of\b|\b(response|complication|success|mortality) rate\b|"
                           r"\bhow many of\b", re.IGNORECASE)),
    ("a cost", re.compile(r"\bcosts?\b|\bexpens", re.IGNORECASE)),
    ("a score", re.compile(r"\bquality of life\b|\bquestionnaire\b|\bsatisfaction\b", re.IGNORECASE)),
)  # fmt: skip
MEANT = {
    "time_to_event": ("a time to an event",),
    "occurrence": ("a share",),
    "measurement": ("a share", "a score", "a cost"),
    "trajectory": ("a score", "a cost"),
    "score": ("a score",),
    "cost": ("a cost",),
}
"""What each kind may be called; a title that says none of these words says nothing against it."""


@rule(Severity.WARNING)
def title_and_kind_disagree(study: Study) -> Iterator[Flaw]:
    for name, endpoint in study.protocol.endpoints.items():
        title, text = spoken(endpoint.label), spoken(endpoint.text)
        told = endpoint.kind.replace("_", " ")
        if title and title not in MEANT[endpoint.kind]:
            says = f"the title of '{name}', '{endpoint.label}', says {title}, and its kind is {told}"
            yield Flaw(endpoint.place, says, name, "mend the title, or the kind")
        elif text and text not in MEANT[endpoint.kind]:
            says = f"the description of '{name}' says {text}, and its kind is {told}"
            yield Flaw(endpoint.place, says, name, "mend the description, or the kind")
        elif not _dies(endpoint):
            says = f"'{name}' is called overall survival, and its event is not death"
            yield Flaw(endpoint.place, says, name, "let `event` be death, or change the title")


def spoken(words: str) -> str:
    """What kind of thing a title speaks of, by its clearest word; nothing where it does not say."""
    return next((what for what, said in SPOKEN if said.search(words)), "")


def _dies(endpoint: Endpoint) -> bool:
    """Whether an overall survival ends with death."""
    called = re.search(r"\boverall survival\b", f"{endpoint.label}", re.IGNORECASE)
    return not called or endpoint.kind != "time_to_event" or activities(*endpoint.events) == {"death"}
