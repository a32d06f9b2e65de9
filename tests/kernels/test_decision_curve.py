"""Net benefit: by hand, by law, by agreement with its definition in losses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from equipoise.kernels.decision_curve import decision_curve
from equipoise.kernels.inestimable import Inestimable

RISK = np.array([0.9, 0.6, 0.4, 0.2, 0.2])
HAPPENED = np.array([True, True, False, True, False])


def test_five_people_by_hand() -> None:
    # At 1/4 three are acted on: two gains and a loss of 1/3, of five. Acting on all: three gains, two losses of 1/3.
    # At 1/2 two are: two gains. Acting on all: three gains, two losses of 1.
    found = decision_curve(RISK, HAPPENED, np.array([0.25, 0.5]))
    assert found.benefit == pytest.approx([(2 - 1 / 3) / 5, 2 / 5])
    assert found.of_all == pytest.approx([(3 - 2 / 3) / 5, 1 / 5])
    assert found.acted_on == pytest.approx([0.6, 0.4])


def test_with_censoring_by_hand() -> None:
    # All are acted on at 0.1. One of five has it at 1, one is lost at 2, one of three has it at 3: 4/5 x 2/3 are free.
    time = np.array([1.0, 2.0, 3.0, 9.0, 9.0])
    ended = np.array([True, False, True, False, True])
    found = decision_curve(RISK, ended, np.array([0.1]), time=time, by=5.0)
    assert found.benefit == pytest.approx([7 / 15 - 8 / 15 / 9])
    assert found.of_all == pytest.approx(found.benefit)


people = st.integers(1, 30).flatmap(lambda n: st.tuples(arrays(float, n, elements=st.floats(0, 1)), arrays(bool, n)))
cuts = np.array([0.05, 0.2, 0.5, 0.9])


@given(people)
def test_no_rule_beats_knowing_and_acting_on_all_is_a_rule(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    risk, happened = drawn
    found = decision_curve(risk, happened, cuts)
    assert (found.benefit <= happened.mean() + 1e-12).all()
    knowing = decision_curve(happened.astype(float), happened, cuts)
    assert knowing.benefit == pytest.approx(np.full(4, happened.mean()))
    everyone = decision_curve(np.ones(len(risk)), happened, cuts)
    assert everyone.benefit == pytest.approx(everyone.of_all)


@given(people)
def test_with_nobody_lost_follow_up_changes_nothing(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    risk, happened = drawn
    plain = decision_curve(risk, happened, cuts)
    followed = decision_curve(risk, happened, cuts, time=np.where(happened, 3.0, 9.0), by=9.0)
    assert followed.benefit == pytest.approx(plain.benefit)


@given(people)
def test_as_defined_by_true_and_false_positives(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    # Vickers and Elkin (2006), Med Decis Making 26:565-574: TP/n - FP/n x p/(1 - p).
    risk, happened = drawn
    for cut, found in zip(cuts, decision_curve(risk, happened, cuts).benefit, strict=True):
        true = np.sum((risk >= cut) & happened)
        false = np.sum((risk >= cut) & ~happened)
        assert found == pytest.approx(true / len(risk) - false / len(risk) * cut / (1 - cut))


def test_too_short_a_follow_up_is_no_number() -> None:
    found = decision_curve(np.array([0.9, 0.1]), np.array([False, False]), np.array([0.5]), time=np.array([2.0, 9.0]), by=5.0)
    assert np.isnan(found.benefit).all()


def test_what_is_no_risk_is_refused() -> None:
    for risk in (1.2, -0.1, np.nan):
        with pytest.raises(Inestimable, match="risk is missing"):
            decision_curve(np.array([risk]), np.array([True]), cuts)
    with pytest.raises(Inestimable, match="nobody"):
        decision_curve(np.zeros(0), np.zeros(0, bool), cuts)
    with pytest.raises(ValueError, match="threshold"):
        decision_curve(RISK, HAPPENED, np.array([1.0]))
    with pytest.raises(ValueError, match="go together"):
        decision_curve(RISK, HAPPENED, cuts, by=3.0)
