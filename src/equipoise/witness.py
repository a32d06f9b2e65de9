"""A witness: a virtual participant who shows what a finding says, and what the engine, asked again, must say of them."""

from dataclasses import dataclass, field
from datetime import date

from .chart import Chart, chart
from .deviations import deviations
from .events import Event
from .expression.explain import truth
from .expression.tree import Tree
from .logic import MET, NOT_MET, Truth
from .screening import Screening, screening
from .study import Study
from .transcript import line_of

HEAD = "# Virtual: nobody's data, made to show a finding. On "


@dataclass(frozen=True, slots=True)
class Screened:
    """Screening says this of a criterion: met is that it does not stand in the way of joining."""

    criterion: str
    truth: Truth

    def __str__(self) -> str:
        does = {MET: "passes", NOT_MET: "bars"}.get(self.truth, "cannot be told")
        return f"criterion '{self.criterion}' {does}"


@dataclass(frozen=True, slots=True)
class Holds:
    """A statement comes to this on the last day."""

    says: str
    truth: Truth
    tree: Tree = field(compare=False, repr=False)

    def __str__(self) -> str:
        return f"'{self.says}' is {self.truth.value}"


@dataclass(frozen=True, slots=True)
class Stands:
    """A track stands at a step on the last day; `stuck` where nothing that is owed or offered could lead on."""

    step: str
    stuck: bool = False

    def __str__(self) -> str:
        return f"stands at '{self.step}'{', with nothing left to do there' if self.stuck else ''}"


@dataclass(frozen=True, slots=True)
class Passed:
    """A step was entered so many times."""

    step: str
    times: int = 1

    def __str__(self) -> str:
        return f"entered '{self.step}' {'once' if self.times == 1 else f'{self.times} times'}"


@dataclass(frozen=True, slots=True)
class Deviates:
    """The chart shows deviations of this sort; of the sort `""`: it shows none at all."""

    rule: str = ""

    def __str__(self) -> str:
        return f"deviates: {self.rule}" if self.rule else "nothing deviates"


Claim = Screened | Holds | Stands | Passed | Deviates


@dataclass(frozen=True, slots=True)
class Witness:
    """Events of one virtual participant, the day up to which they are known, and what is claimed of them then."""

    events: tuple[Event, ...]
    until: date
    claims: tuple[Claim, ...]


def unproven(witness: Witness, study: Study) -> tuple[Claim, ...]:
    """Those claims that the engine, asked again, does not confirm: a witness that is shown has none."""
    known = chart(study, witness.events, until=witness.until)
    screened = screening(study, known.facts)
    return tuple(claim for claim in witness.claims if not _confirmed(claim, study, known, screened))


def _confirmed(claim: Claim, study: Study, known: Chart, screened: Screening) -> bool:
    match claim:
        case Screened(criterion, said):
            found = [each.truth for each in screened.verdicts if each.criterion.id == criterion]
            return found == [said]
        case Holds(tree=tree, truth=said):
            return truth(tree, known.facts) is said
        case Stands(step, stuck):
            here = [each for each in known.positions if each.step == step and not each.ended]
            return any(not stuck or not (each.owed or each.offered or each.options or each.times_out) for each in here)
        case Passed(step, times):
            return sum(visit.step == step for visit in known.visits) == times
        case Deviates(rule):
            found_rules = [each.rule for each in deviations(study, known)]
            return rule in found_rules if rule else not found_rules


def told(witness: Witness, study: Study) -> str:
    """The witness as a file of events that `screen` and `chart` read; comments say what they show."""
    shows = "; ".join(map(str, witness.claims))
    head = f"{HEAD}{witness.until}: {shows}."
    return "\n".join([head, *(line_of(event, study) for event in witness.events)])


def shown(told: str) -> tuple[str, str]:
    """The day up to which a witness, told as a file, is known, and the sentence of what it shows.

    >>> shown("# Virtual: nobody's data, made to show a finding. On 2025-06-16: criterion 'adult' bars.")
    ('2025-06-16', "criterion 'adult' bars")
    """
    head = told.partition("\n")[0].removeprefix(HEAD)
    day, _, says = head.partition(": ")
    return day, says.removesuffix(".")
