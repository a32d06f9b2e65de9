"""Fine and Gray's model: by hand and by law; agreement with cmprsk is in test_more_agreement.py."""

from itertools import pairwise

import numpy as np
import pytest

from equipoise.kernels.cox import cox
from equipoise.kernels.fine_gray import FineGray, fine_gray, subdistribution_hazard_ratio
from equipoise.kernels.inestimable import Inestimable

TIME, EVENT = np.array([4, 1, 6, 3, 5, 2]), np.array([0, 1, 2, 1, 1, 2])
X = np.array([[0.0], [0], [1], [1], [0], [1]])


def drawn(seed: int, people: int = 150) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Times, events, two covariates and an arm whose censoring is its own."""
    rng = np.random.default_rng(seed)
    x, arm = rng.normal(size=(people, 2)), rng.integers(0, 2, people)
    time, lost = rng.exponential(np.exp(-0.5 * x[:, 0])), rng.exponential(1 + arm)
    event = np.where(time <= lost, 1 + (rng.random(people) < 0.4), 0)
    return np.ceil(8 * np.minimum(time, lost)), event, x, arm


def test_six_people_by_hand() -> None:
    # Events at 1, 3, 5, competing ones at 2 and 6, and one of three is lost at 4, so that G falls to 2/3. Who had the
    # competing event at 2 still counts at 3, and as 2/3 at 5. With r the ratio the likelihood is
    # 1 / (3 + 3r) x r / (2 + 3r) x 1 / (1 + (1 + 2/3) r), and its derivative in log r is nothing at the maximum.
    found = fine_gray(TIME, EVENT, X, settled=0.0)
    (r,) = subdistribution_hazard_ratio(found).estimate
    assert 1 - 3 * r / (3 + 3 * r) - 3 * r / (2 + 3 * r) - 5 * r / (3 + 5 * r) == pytest.approx(0, abs=1e-9)
    assert found.log_likelihood == pytest.approx(np.log(1 / (3 + 3 * r) * r / (2 + 3 * r) / (1 + 5 / 3 * r)))
    assert found.null_log_likelihood == pytest.approx(-np.log(6 * 5 * 8 / 3))
    information = 3 * 3 * r / (3 + 3 * r) ** 2 + 6 * r / (2 + 3 * r) ** 2 + 5 / 3 * r / (1 + 5 / 3 * r) ** 2
    assert found.model_variance[0, 0] == pytest.approx(1 / information)
    assert (found.people, found.events, found.competing) == (6, 3, 2)


def test_limits_lie_about_the_estimate() -> None:
    found = fine_gray(*drawn(1)[:3])
    wide, narrow = subdistribution_hazard_ratio(found, level=0.99), subdistribution_hazard_ratio(found, level=0.9)
    assert (wide.lower < narrow.lower).all()
    assert (narrow.lower < narrow.estimate).all()
    assert (narrow.upper < wide.upper).all()


def test_without_censoring_it_is_coxs_model_of_those_who_never_have_the_event() -> None:
    time, event, x, _ = drawn(2)
    event = np.maximum(event, 1)
    ours = fine_gray(time, event, x, settled=0.0)
    theirs = cox(np.where(event == 2, time.max() + 1, time), event == 1, x, ties="breslow", robust=True, settled=0.0)
    np.testing.assert_allclose(ours.coefficient, theirs.coefficient, rtol=1e-9)
    np.testing.assert_allclose(ours.variance, theirs.variance, rtol=1e-9)
    assert ours.log_likelihood == pytest.approx(theirs.log_likelihood)


def test_without_competing_events_it_is_coxs_model() -> None:
    time, event, x, _ = drawn(3)
    event = np.minimum(event, 1)
    ours = fine_gray(time, event, x, settled=0.0)
    theirs = cox(time, event == 1, x, ties="breslow", robust=True, settled=0.0)
    np.testing.assert_allclose(ours.coefficient, theirs.coefficient, rtol=1e-9)
    np.testing.assert_allclose(ours.variance, theirs.variance, rtol=1e-9)


@pytest.mark.parametrize("by_arm", [False, True])
def test_the_coefficients_are_those_of_coxs_model_with_rows_cut_and_weighted(by_arm: bool) -> None:
    # Each who had a competing event goes on, cut at every later event time, with the weight G(t-) / G(s-).
    time, event, x, arm = drawn(4)
    label = arm if by_arm else np.zeros_like(arm)
    moments = np.unique(time[event == 1])

    def kept(t: float, g: int) -> float:
        """G just before t, by the definition; 0 past the last follow-up of the group."""
        inside = label == g
        if t > time[inside].max():
            return 0.0
        lost = np.unique(time[inside & (event == 0)])
        at_risk = [(time[inside] >= u).sum() for u in lost if u < t]
        number = [(inside & (event == 0) & (time == u)).sum() for u in lost if u < t]
        return float(np.prod([1 - d / n for d, n in zip(number, at_risk, strict=True)]))

    rows = [(0.0, time[i], event[i] == 1, 1.0, i) for i in range(len(time))]
    for i in np.flatnonzero(event == 2):
        ends = [time[i], *moments[moments > time[i]]]
        rows += [(a, b, False, kept(b, label[i]) / kept(time[i], label[i]), i) for a, b in pairwise(ends)]
    start, stop, happened, weight, who = (np.array(column) for column in zip(*rows, strict=True))
    theirs = cox(stop, happened, x[who], start=start, weight=weight, ties="breslow", settled=0.0)
    ours = fine_gray(time, event, x, censoring_group=arm if by_arm else None, settled=0.0)
    np.testing.assert_allclose(ours.coefficient, theirs.coefficient, rtol=1e-8)
    np.testing.assert_allclose(ours.model_variance, theirs.model_variance, rtol=1e-7)


@pytest.mark.parametrize("by_arm", [False, True])
def test_the_error_is_that_of_leaving_people_out(by_arm: bool) -> None:
    time, event, x, arm = drawn(5, 400)

    def fit(which: np.ndarray) -> FineGray:
        return fine_gray(time[which], event[which], x[which], censoring_group=arm[which] if by_arm else None)

    everyone = np.arange(len(time))
    left_out = np.array([fit(everyone != i).coefficient for i in everyone])
    jackknife = ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0)
    np.testing.assert_allclose(fit(everyone >= 0).se, np.sqrt(jackknife), rtol=0.03)


def test_the_units_of_a_covariate_do_not_matter() -> None:
    time, event, x, _ = drawn(6)
    ours = fine_gray(time, event, x)
    scaled = fine_gray(time, event, x * [1e6, 1e-6] + [1e8, 5])
    np.testing.assert_allclose(scaled.coefficient * [1e6, 1e-6], ours.coefficient, rtol=1e-5)
    np.testing.assert_allclose(scaled.p, ours.p, rtol=1e-5)


def test_the_order_of_people_does_not_matter() -> None:
    time, event, x, arm = drawn(7)
    turned = np.random.default_rng(8).permutation(len(time))
    ours = fine_gray(time, event, x, censoring_group=arm)
    other = fine_gray(time[turned], event[turned], x[turned], censoring_group=arm[turned])
    np.testing.assert_allclose(other.variance, ours.variance, rtol=1e-9)


def test_what_has_no_answer_is_said() -> None:
    time, event, x, arm = drawn(9)
    column = arm[:, None].astype(float)
    with pytest.raises(Inestimable, match="nobody had the event"):
        fine_gray(time, np.where(event == 1, 0, event), x)
    with pytest.raises(Inestimable, match="infinite or zero") as why:
        fine_gray(time, np.where((arm == 1) & (event == 1), 2, event), np.hstack((x, column)))
    assert why.value.columns == (2,)
    with pytest.raises(Inestimable, match="never varies"):
        fine_gray(time, event, np.ones((len(time), 1)))
    with pytest.raises(Inestimable, match="repeat each other"):
        fine_gray(time, event, np.hstack((column, 1 - column)))
    with pytest.raises(Inestimable, match="missing or infinite in covariate 1"):
        fine_gray(time, event, np.full((len(time), 1), np.nan))
    with pytest.raises(Inestimable, match="nobody was followed"):
        fine_gray(time[:0], event[:0], x[:0])
    with pytest.raises(Inestimable, match="the group of 150 people is missing"):
        fine_gray(time, event, x, censoring_group=np.full(150, np.nan))


def test_ties_everywhere_have_an_answer() -> None:
    _, event, x, _ = drawn(10)
    assert np.isfinite(fine_gray(np.full(150, 3.0), event, x).se).all()


def test_an_event_of_all_at_once_says_nothing() -> None:
    x = np.array([[0.3], [1.7], [-0.4], [0.9], [0.1]])
    with pytest.raises(Inestimable, match="too few"):
        fine_gray(np.full(5, 5.0), np.ones(5, dtype=int), x)
