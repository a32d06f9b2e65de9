"""Confidence limits of a probability: by hand and by law."""

import numpy as np
import pytest

from equipoise.kernels.limits import limits

Z = 1.959963984540054


def test_one_half_by_hand() -> None:
    # Survival 0.5, error of its logarithm 0.2: plain 0.5 ± 0.1 z, log 0.5 e^(± 0.2 z).
    half, error = np.array([0.5]), np.array([0.2])
    assert np.concatenate(limits(half, error, scale="plain")) == pytest.approx([0.5 - 0.1 * Z, 0.5 + 0.1 * Z])
    assert np.concatenate(limits(half, error)) == pytest.approx([0.5 * np.exp(-0.2 * Z), 0.5 * np.exp(0.2 * Z)])
    # On the logit scale the error is 0.2 / (1 - 0.5) = 0.4; on the log-log scale 0.2 / log 2.
    assert np.concatenate(limits(half, error, scale="logit")) == pytest.approx(
        [1 / (1 + np.exp(0.4 * Z)), 1 / (1 + np.exp(-0.4 * Z))]
    )
    reach = np.exp(0.2 * Z / np.log(2))
    assert np.concatenate(limits(half, error, scale="log-log")) == pytest.approx([0.5**reach, 0.5 ** (1 / reach)])


def test_none_is_given_where_there_is_none() -> None:
    lower, upper = limits(np.array([0.0]), np.array([np.inf]))
    assert np.isnan(lower).all()
    assert np.isnan(upper).all()


def test_an_unknown_scale_and_level_are_refused() -> None:
    with pytest.raises((ValueError, TypeError), match="lg"):  # while testing, the type speaks first
        limits(np.array([0.5]), np.array([0.1]), scale="lg")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="between 0 and 1, not 95"):
        limits(np.array([0.5]), np.array([0.1]), level=95.0)
