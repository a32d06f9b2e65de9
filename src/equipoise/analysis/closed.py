"""What may not be shown before a randomised trial is locked, though nothing in it stands side by side.

An endpoint that counts only those who had what one arm alone gives, or whose clock starts with it, is that arm's, however
it is described: its numbers beside those of everyone are a comparison. So is an analysis of such a population.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..expression.tree import Field, Rows, Tree, parts
from ..kernels.inestimable import Inestimable
from ..protocol import Endpoint
from ..study import Study
from .result import Result
from .sample import statement

WHY = "The trial is not locked: this counts those alone who had what not every arm gives, so it is not shown."


def closed(study: Study, results: Sequence[Result]) -> tuple[Result, ...]:
    """Results as they may be shown: of those withheld, what only some arms can have is without its numbers."""
    return tuple(_emptied(each) if each.is_withheld and _tells(study, each) else each for each in results)


def tells_arm(study: Study, endpoint: Endpoint) -> bool:
    """Whether those who have an outcome of an endpoint are told by what not every arm gives."""
    if endpoint.attributed_to in _own(study):
        return True
    written = (endpoint.among, endpoint.from_)
    return _reads(study, (each.tree for each in written if each is not None and each.tree is not None))


def _tells(study: Study, result: Result) -> bool:
    endpoint = study.protocol.endpoints.get(result.endpoint)
    if endpoint is not None and tells_arm(study, endpoint):
        return True
    analysis = study.protocol.analyses.get(result.name)
    population = analysis.estimand.counted if analysis is not None and analysis.estimand is not None else ""
    if population not in study.scope.define:
        return False
    try:
        tree = statement(population, study)
    except Inestimable:
        return False
    return tree is not None and _reads(study, [tree])


def _own(study: Study) -> frozenset[str]:
    """The activities that some arms give and others do not; where arms do not say what they give, all procedures."""
    given = [frozenset(each.gives) for each in study.protocol.arms.values()]
    some = {name for each in given for name in each}
    if not some:
        return frozenset(name for name, each in study.activities.items() if each.procedure)
    return frozenset(name for name in some if not all(name in each for each in given))


def _reads(study: Study, trees: Iterable[Tree]) -> bool:
    """Whether expressions read what not every arm gives, or the arm itself."""
    own = _own(study)
    for tree in trees:
        for part in parts(tree):
            if isinstance(part, Rows) and part.form in own:
                return True
            if isinstance(part, Field) and part.name == "arm" and part.form in ("randomisation", "assignment"):
                return True
    return False


def _emptied(result: Result) -> Result:
    return replace(
        result, participants=0, arms=(), left_out=(), method=(), estimates=(), tests=(), curves=(), spreads=(), courses=(),
        displays=(), acceptability=(), balance=(), naive=(), findings=(WHY,),
    )  # fmt: skip
