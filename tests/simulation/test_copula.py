"""Items that go together: by hand, by law, and what cannot be."""

import math

import numpy as np
import pytest

from equipoise.events import Recorded
from equipoise.protocol import Assumption
from equipoise.simulation import Unassumed, assumption_findings, virtual
from equipoise.simulation.copula import weights
from equipoise.study import Study
from tiny_trial import NOBODY_DIES, tiny
from two_interpreters import all_differences

AGE = "age: {distribution: constant, value: 60 years, source: ours}"
ECOG = "ecog: {chances: {0: 0.5, 1: 0.3, 2: 0.2}, source: ours}"


def together(by: str) -> Study:
    return tiny(
        NOBODY_DIES, (AGE, "age: {distribution: normal, mean: 60 years, sd: 8 years, source: ours}"),
        (ECOG, f"ecog: {{chances: {{0: 0.5, 1: 0.5}}, correlated: {{{by}}}, source: ours}}"),
    )  # fmt: skip


def test_three_items_by_hand() -> None:
    # The rows give back the correlations: 0.5, 0.3 and 0.4.
    of = {name: Assumption(name=name, correlated=given) for name, given in
          {"a": {}, "b": {"a": 0.5}, "c": {"a": 0.3, "b": 0.4}}.items()}  # type: ignore[arg-type]  # fmt: skip
    made = weights(of)
    rows = np.array([[made[name].get(other, 0.0) for other in "abc"] for name in "abc"])
    assert rows @ rows.T == pytest.approx(np.array([[1, 0.5, 0.3], [0.5, 1, 0.4], [0.3, 0.4, 1]]))


def test_a_median_split_goes_with_age_as_the_normal_scores_say() -> None:
    # Of two scores with correlation r both are above 0 with a chance of 1/4 + asin(r)/2π (Sheppard 1899).
    values = [
        next(event.values for event in each.events if isinstance(event, Recorded) and event.activity == "baseline")
        for each in virtual(together("age: 0.7"), 400, seed=6)
    ]
    age, ecog = (np.array([each[name] for each in values], float) for name in ("age", "ecog"))
    both = float(np.mean((age > 60) & (ecog == 1)) + np.mean((age < 60) & (ecog == 0)))
    expected = 2 * (0.25 + math.asin(0.7) / (2 * math.pi)) * float(np.mean(age != 60))
    assert abs(both - expected) < 3 * math.sqrt(expected * (1 - expected) / 400)
    assert abs(age.mean() - 60) < 3 * 8 / 20 and abs(ecog.mean() - 0.5) < 3 * 0.5 / 20


def test_both_interpreters_draw_what_goes_together() -> None:
    assert all_differences(together("age: 0.7"), 100, seed=6) == []


def test_both_draw_what_nobody_looks_at_where_something_goes_with_it() -> None:
    # Nothing asks for the blood test's value: what goes with it is drawn with the last one all the same.
    of = tiny((ECOG, "ecog: {chances: {0: 0.5, 1: 0.5}, correlated: {bilirubin: 0.8}, source: ours}"))
    assert all_differences(of, 100, seed=7) == []


@pytest.mark.parametrize(("by", "says"), [("age: 1.5", "between -1 and 1"), ("death: 0.5", "have to be items"), ("agee: 0.5", "have to be items")])  # fmt: skip
def test_what_cannot_go_together_is_found(by: str, says: str) -> None:
    assert any(says in each.says for each in assumption_findings(together(by)))
    with pytest.raises(Unassumed):
        virtual(together(by), 2, seed=1)
