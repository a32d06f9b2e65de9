"""Cox's partial likelihood and its maximum, by one pass an evaluation over rows in the order of stratum and time.

The pass runs from the last time to the first and carries the sums over those at risk. A row may stand for several
`copies` of itself: they are tied with one another, as they would be if they were written out, so that a bootstrap
needs no sorting.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from . import compiled
from .order import ordered

STEPS = 50
"""Newton's steps allowed; a likelihood with a maximum needs about six."""
NUDGE = 1e-4
"""With Firth's penalty the curvature is taken from the score this far to either side, for unit spread."""
STILL = 1e-4
"""A fit has not settled while the next step would move a coefficient by more than this, for unit spread."""
MOTIONLESS = 1e-12
"""And has at any rate once the next step would move none by more than this."""
REPEATED = 1e-10
"""Columns whose correlation matrix has an eigenvalue below this repeat each other."""
FLAT = 1e-9
"""A likelihood this much flatter than at the start, in some direction, is rising without end."""

FITTED, NO_EVENT, STILL_COLUMN, REPEATED_COLUMNS, UNBOUNDED, NO_MAXIMUM, NOT_SETTLED = range(7)


class Rows(NamedTuple):
    """Rows in the order of stratum, then time. `moment` is equal where stratum and time are, and rises.

    `entry` is the last moment, on the same scale, at which a row was not at risk yet, and `by_entry` the order of the
    rows by it; both are empty where all are at risk from the start. A row of no copies is not there.
    """

    moment: Int[np.ndarray, " rows"]
    edges: Int[np.ndarray, " bounds"]
    died: Bool[np.ndarray, " rows"]
    weight: Float[np.ndarray, " rows"]
    copies: Int[np.ndarray, " rows"]
    x: Float[np.ndarray, "rows columns"]
    entry: Int[np.ndarray, " late"]
    by_entry: Int[np.ndarray, " late"]


class Room(NamedTuple):
    """Where a fit is worked out and left: `score`, `information` at the end, `null_score`, `null_information` at the start."""

    risk: Float[np.ndarray, " rows"]
    vectors: Float[np.ndarray, "seven columns"]
    matrices: Float[np.ndarray, "five columns columns"]
    cubes: Float[np.ndarray, "three cubed cubed cubed"]
    null_score: Float[np.ndarray, " columns"]
    null_information: Float[np.ndarray, "columns columns"]
    score: Float[np.ndarray, " columns"]
    information: Float[np.ndarray, "columns columns"]


def room(rows: int, columns: int, *, firth: bool = False) -> Room:
    """Room for fits of so many rows, or fewer, and columns."""
    cubed = columns if firth else 0
    return Room(
        np.empty(rows),
        np.empty((7, columns)),
        np.empty((5, columns, columns)),
        np.empty((3, cubed, cubed, cubed)),
        np.empty(columns),
        np.empty((columns, columns)),
        np.empty(columns),
        np.empty((columns, columns)),
    )


@compiled
def rooted(matrix: Float[np.ndarray, "k k"], root: Float[np.ndarray, "k k"]) -> bool:
    """Write the lower root of a symmetric matrix into `root`; False where it has none, not being positive."""
    for i in range(len(matrix)):
        for k in range(i + 1):
            left = matrix[i, k]
            for m in range(k):
                left -= root[i, m] * root[k, m]
            if i == k:
                if not left > 0.0:
                    return False
                root[i, i] = np.sqrt(left)
            else:
                root[i, k] = left / root[k, k]
                root[k, i] = 0.0
    return True


@compiled
def solved(root: Float[np.ndarray, "k k"], right: Float[np.ndarray, " k"], out: Float[np.ndarray, " k"]) -> None:
    """Write into `out` what the matrix of that root takes to `right`."""
    many = len(right)
    for i in range(many):
        left = right[i]
        for k in range(i):
            left -= root[i, k] * out[k]
        out[i] = left / root[i, i]
    for i in range(many - 1, -1, -1):
        left = out[i]
        for k in range(i + 1, many):
            left -= root[k, i] * out[k]
        out[i] = left / root[i, i]


@compiled
def likelihood(
    rows: Rows,
    efron: bool,
    firth: bool,
    beta: Float[np.ndarray, " columns"],
    score: Float[np.ndarray, " columns"],
    information: Float[np.ndarray, "columns columns"],
    work: Room,
) -> float:
    """The partial log-likelihood at `beta`; its derivative into `score`, less the second one into `information`.

    Not a number where it cannot be told from the limits of a double. With `firth`, half the logarithm of the
    determinant of the information is added, and its derivative to the score.
    """
    moment, edges, died, weight, copies, x, entry, by_entry = rows
    columns = len(beta)
    risk = work.risk
    sum_1, tied_1, mean = work.vectors[0], work.vectors[1], work.vectors[2]
    sum_2, tied_2 = work.matrices[0], work.matrices[1]
    total, score[:], information[:, :] = 0.0, 0.0, 0.0
    if firth:
        work.cubes[2][:, :, :] = 0.0
    for s in range(len(edges) - 2, -1, -1):
        first, end = edges[s], edges[s + 1]
        # Within a stratum only differences count; taking off the largest keeps the exponentials below 1.
        largest = -np.inf
        for i in range(first, end):
            eta = 0.0
            for j in range(columns):
                eta += x[i, j] * beta[j]
            risk[i] = eta
            if copies[i] > 0 and eta > largest:
                largest = eta
        sum_0, sum_1[:], sum_2[:, :] = 0.0, 0.0, 0.0
        if firth:
            work.cubes[0][:, :, :] = 0.0
        i, leaving = end - 1, end - 1
        while i >= first:
            now, deaths, lost, tied_0 = moment[i], 0, 0.0, 0.0
            while i >= first and moment[i] == now:
                if copies[i] > 0:
                    counted = weight[i] * copies[i]
                    if died[i]:
                        if deaths == 0:
                            tied_1[:], tied_2[:, :] = 0.0, 0.0
                            if firth:
                                work.cubes[1][:, :, :] = 0.0
                        deaths += copies[i]
                        lost += counted
                        total += counted * (risk[i] - largest)
                        own = counted * np.exp(risk[i] - largest)
                        risk[i] = own
                        tied_0 += own
                        sum_0 += own
                        for j in range(columns):
                            score[j] += counted * x[i, j]
                            part = own * x[i, j]
                            tied_1[j] += part
                            sum_1[j] += part
                            for k in range(j + 1):
                                tied_2[j, k] += part * x[i, k]
                                sum_2[j, k] += part * x[i, k]
                        if firth:
                            _cubed(work.cubes[1], x[i], own)
                    else:
                        own = counted * np.exp(risk[i] - largest)
                        risk[i] = own
                        sum_0 += own
                        for j in range(columns):
                            part = own * x[i, j]
                            sum_1[j] += part
                            for k in range(j + 1):
                                sum_2[j, k] += part * x[i, k]
                    if firth:
                        _cubed(work.cubes[0], x[i], own)
                i -= 1
            if deaths == 0:
                continue
            if len(entry):
                while leaving >= first and entry[by_entry[leaving]] >= now:
                    who = by_entry[leaving]
                    leaving -= 1
                    if copies[who] > 0:
                        own = risk[who]
                        sum_0 -= own
                        for j in range(columns):
                            part = own * x[who, j]
                            sum_1[j] -= part
                            for k in range(j + 1):
                                sum_2[j, k] -= part * x[who, k]
                        if firth:
                            _cubed(work.cubes[0], x[who], -own)
            # Efron: of d tied deaths, the k-th (from 0) is compared with all at risk less k/d of the tied.
            turns = deaths if efron else 1
            each = lost / turns
            for turn in range(turns):
                shared = turn / turns
                at_risk = sum_0 - shared * tied_0
                if not at_risk > 0.0:
                    return np.nan
                total -= each * np.log(at_risk)
                for j in range(columns):
                    mean[j] = (sum_1[j] - shared * tied_1[j]) / at_risk
                    score[j] -= each * mean[j]
                    for k in range(j + 1):
                        square = (sum_2[j, k] - shared * tied_2[j, k]) / at_risk
                        information[j, k] += each * (square - mean[j] * mean[k])
                if firth:
                    _skewed(work, mean, shared, at_risk, each)
    for j in range(columns):
        for k in range(j):
            information[k, j] = information[j, k]
        if not (np.isfinite(score[j]) and np.isfinite(information[j, j])):
            return np.nan
    if firth:
        root, column, row = work.matrices[2], work.vectors[0], work.vectors[1]
        if not rooted(information, root):
            return np.nan
        for k in range(columns):
            total += np.log(root[k, k])
            row[:] = 0.0
            row[k] = 1.0
            solved(root, row, column)
            for m in range(columns):
                for j in range(columns):
                    score[j] += 0.5 * column[m] * work.cubes[2][j, k, m]
    return total


@compiled
def _cubed(cube: Float[np.ndarray, "k k k"], x: Float[np.ndarray, " k"], own: float) -> None:
    for j in range(len(x)):
        for k in range(len(x)):
            for m in range(len(x)):
                cube[j, k, m] += own * x[j] * x[k] * x[m]


@compiled
def _skewed(work: Room, mean: Float[np.ndarray, " k"], shared: float, at_risk: float, each: float) -> None:
    """Add the third central moment of the covariates of those at risk: the derivative of the information."""
    sum_2, tied_2 = work.matrices[0], work.matrices[1]
    for j in range(len(mean)):
        for k in range(len(mean)):
            for m in range(len(mean)):
                raw = (work.cubes[0][j, k, m] - shared * work.cubes[1][j, k, m]) / at_risk
                jk = (sum_2[max(j, k), min(j, k)] - shared * tied_2[max(j, k), min(j, k)]) / at_risk
                jm = (sum_2[max(j, m), min(j, m)] - shared * tied_2[max(j, m), min(j, m)]) / at_risk
                km = (sum_2[max(k, m), min(k, m)] - shared * tied_2[max(k, m), min(k, m)]) / at_risk
                third = raw - jk * mean[m] - jm * mean[k] - km * mean[j] + 2 * mean[j] * mean[k] * mean[m]
                work.cubes[2][j, k, m] += each * third


@compiled
def maximised(
    rows: Rows,
    efron: bool,
    firth: bool,
    settled: float,
    beta: Float[np.ndarray, " columns"],
    held: Bool[np.ndarray, " columns"],
    work: Room,
) -> tuple[int, int, float, float]:
    """Move `beta` to the maximum by Newton's method with step halving; a coefficient that is `held` stays.

    Returns:
        How it ended (`FITTED` or why not), the steps taken, and the log-likelihood at the start and at the end.
    """
    columns = len(beta)
    move, trial = work.vectors[3], work.vectors[4]
    root, less = work.matrices[2], work.matrices[3]
    null = likelihood(rows, efron, False, beta, work.null_score, work.null_information, work)
    if not np.isfinite(null):
        return NO_MAXIMUM, 0, np.nan, np.nan
    _fixed(work.null_score, work.null_information, held)
    work.score[:], work.information[:, :] = work.null_score, work.null_information
    lost = 0.0
    for i in range(len(rows.died)):
        if rows.died[i]:
            lost += rows.weight[i] * rows.copies[i]
    if not lost > 0.0:
        return NO_EVENT, 0, null, null
    for j in range(columns):
        if not work.null_information[j, j] > 1e-12 * lost:
            return STILL_COLUMN, 0, null, null
    for j in range(columns):
        for k in range(columns):
            scale = np.sqrt(work.null_information[j, j] * work.null_information[k, k])
            less[j, k] = work.null_information[j, k] / scale - (REPEATED if j == k else 0.0)
    if not rooted(less, root) or not rooted(work.null_information, root):
        return REPEATED_COLUMNS, 0, null, null
    if firth:
        null = likelihood(rows, efron, True, beta, work.score, work.information, work)
        _fixed(work.score, work.information, held)
        work.null_score[:] = work.score
        _curved(rows, efron, beta, held, work)
    solved(root, work.score, move)
    now = null
    for step in range(1, STEPS + 1):
        # A fall by rounding alone is no fall; R, too, asks first whether the fit has settled.
        slack = max(settled, 1e-13) * abs(now)
        halved = False
        while True:
            largest = 0.0
            for j in range(columns):
                trial[j] = beta[j] + move[j]
                largest = max(largest, abs(move[j]))
            after = likelihood(rows, efron, firth, trial, work.score, work.information, work)
            if after >= now - slack:
                break
            halved = True
            if largest < 2 * MOTIONLESS:
                return NO_MAXIMUM, step, null, now
            for j in range(columns):
                move[j] /= 2
        _fixed(work.score, work.information, held)
        change = abs(after - now)
        beta[:], now = trial, after
        if not firth:
            for j in range(columns):
                for k in range(columns):
                    less[j, k] = work.information[j, k] - FLAT * work.null_information[j, k]
            if not rooted(less, root):
                return UNBOUNDED, step, null, now
        if not rooted(work.information, root):
            return NO_MAXIMUM, step, null, now
        if firth:
            _curved(rows, efron, beta, held, work)
        solved(root, work.score, move)
        left = 0.0
        for j in range(columns):
            left = max(left, abs(move[j]))
        # The penalised curvature is nearly Newton's own: the last step is far below what it moved by.
        if left < (1e-9 if firth else MOTIONLESS) or (
            left < STILL and not halved and not firth and change <= settled * abs(now)
        ):
            return FITTED, step, null, now
    return NOT_SETTLED, STEPS, null, now


@compiled
def _fixed(score: Float[np.ndarray, " k"], information: Float[np.ndarray, "k k"], held: Bool[np.ndarray, " k"]) -> None:
    """Leave those held nothing to gain by moving."""
    for j in range(len(held)):
        if held[j]:
            score[j] = 0.0
            for k in range(len(held)):
                information[j, k] = information[k, j] = 0.0
            information[j, j] = 1.0


@compiled
def _curved(rows: Rows, efron: bool, beta: Float[np.ndarray, " k"], held: Bool[np.ndarray, " k"], work: Room) -> None:
    """Leave in `work.matrices[2]` the root of the penalised likelihood's curvature; of the information where it has none."""
    columns = len(beta)
    point, above, below = work.vectors[4], work.vectors[5], work.vectors[6]
    curvature, spare = work.matrices[3], work.matrices[4]
    for j in range(columns):
        point[:] = beta
        point[j] = beta[j] + NUDGE
        likelihood(rows, efron, True, point, above, spare, work)
        point[j] = beta[j] - NUDGE
        likelihood(rows, efron, True, point, below, spare, work)
        for k in range(columns):
            curvature[j, k] = (below[k] - above[k]) / (2 * NUDGE)
    for j in range(columns):
        for k in range(j):
            curvature[j, k] = curvature[k, j] = (curvature[j, k] + curvature[k, j]) / 2
    for j in range(columns):
        if held[j]:
            for k in range(columns):
                curvature[j, k] = curvature[k, j] = 0.0
            curvature[j, j] = 1.0
    if not rooted(curvature, work.matrices[2]):
        rooted(work.information, work.matrices[2])


@compiled
def score_residuals(
    rows: Rows, efron: bool, beta: Float[np.ndarray, " columns"], moved: Float[np.ndarray, "rows columns"]
) -> None:
    """Write into `moved` what each row adds to the score: for its event, less for the hazards it lived through.

    What was lived through is counted up from the first time; the sums over those at risk are first counted down to it.
    """
    moment, edges, died, weight, copies, x, entry, by_entry = rows
    many, columns = x.shape
    risk, hazard, own_hazard = np.zeros(many), np.zeros(many), np.zeros(many)
    drift, own_drift, typical = np.zeros((many, columns)), np.zeros((many, columns)), np.zeros((many, columns))
    sum_1, tied_1, mean = np.zeros(columns), np.zeros(columns), np.zeros(columns)
    moved[:, :] = 0.0
    for s in range(len(edges) - 1):
        first, end = edges[s], edges[s + 1]
        largest = -np.inf
        for i in range(first, end):
            for j in range(columns):
                risk[i] += x[i, j] * beta[j]
            if copies[i] > 0:
                largest = max(largest, risk[i])
        for i in range(first, end):
            risk[i] = weight[i] * copies[i] * np.exp(risk[i] - largest) if copies[i] > 0 else 0.0
        sum_0, sum_1[:] = 0.0, 0.0
        i, leaving = end - 1, end - 1
        while i >= first:
            now, deaths, lost, tied_0, tied_1[:] = moment[i], 0, 0.0, 0.0, 0.0
            while i >= first and moment[i] == now:
                sum_0 += risk[i]
                for j in range(columns):
                    sum_1[j] += risk[i] * x[i, j]
                if died[i] and copies[i] > 0:
                    deaths += copies[i]
                    lost += weight[i] * copies[i]
                    tied_0 += risk[i]
                    for j in range(columns):
                        tied_1[j] += risk[i] * x[i, j]
                i -= 1
            if deaths == 0:
                continue
            if len(entry):
                while leaving >= first and entry[by_entry[leaving]] >= now:
                    who = by_entry[leaving]
                    leaving -= 1
                    sum_0 -= risk[who]
                    for j in range(columns):
                        sum_1[j] -= risk[who] * x[who, j]
            # What falls on a moment stands with the first of its rows.
            place = i + 1
            turns = deaths if efron else 1
            for turn in range(turns):
                shared = turn / turns
                at_risk = sum_0 - shared * tied_0
                step = lost / turns / at_risk
                hazard[place] += step
                own_hazard[place] += (1.0 - shared) * step
                for j in range(columns):
                    mean[j] = (sum_1[j] - shared * tied_1[j]) / at_risk
                    drift[place, j] += step * mean[j]
                    own_drift[place, j] += (1.0 - shared) * step * mean[j]
                    typical[place, j] += mean[j] / turns
        passed, entering = 0.0, first
        passed_1 = sum_1
        passed_1[:] = 0.0
        i = first
        while i < end:
            place = i
            if len(entry):
                while entering < end and entry[by_entry[entering]] < moment[place]:
                    who = by_entry[entering]
                    entering += 1
                    for j in range(columns):
                        moved[who, j] += risk[who] * (x[who, j] * passed - passed_1[j])
            while i < end and moment[i] == moment[place]:
                for j in range(columns):
                    if died[i]:
                        lived, drifted = passed + own_hazard[place], passed_1[j] + own_drift[place, j]
                        moved[i, j] += weight[i] * copies[i] * (x[i, j] - typical[place, j])
                    else:
                        lived, drifted = passed + hazard[place], passed_1[j] + drift[place, j]
                    moved[i, j] -= risk[i] * (x[i, j] * lived - drifted)
                i += 1
            passed += hazard[place]
            for j in range(columns):
                passed_1[j] += drift[place, j]


@compiled
def refitted(
    rows: Rows,
    drawn: Int[np.ndarray, "draws people"],
    person: Int[np.ndarray, " rows"],
    efron: bool,
    firth: bool,
    settled: float,
    held: Bool[np.ndarray, " columns"],
    work: Room,
    out: Float[np.ndarray, "draws columns"],
) -> None:
    """Fit each draw, in which a person counts as often as `drawn` says; not a number where there is no answer.

    The copies of `rows` are written over.
    """
    for b in range(len(drawn)):
        for i in range(len(person)):
            rows.copies[i] = drawn[b, person[i]]
        out[b] = 0.0
        ended, _, _, _ = maximised(rows, efron, firth, settled, out[b], held, work)
        if ended != FITTED:
            out[b] = np.nan


class Trial(NamedTuple):
    """Room in which trials of one size are sorted and fitted, one after another."""

    order: Int[np.ndarray, " people"]
    spare: Int[np.ndarray, " people"]
    rows: Rows
    work: Room
    held: Bool[np.ndarray, " columns"]


def trial(people: int, columns: int, *, firth: bool = False) -> Trial:
    """Room for trials of so many people, without strata, weights or late entry."""
    none = np.empty(0, dtype=np.int64)
    rows = Rows(
        np.empty(people, dtype=np.int64),
        np.array([0, people]),
        np.empty(people, dtype=bool),
        np.ones(people),
        np.ones(people, dtype=np.int64),
        np.empty((people, columns)),
        none,
        none,
    )
    spare = np.empty((2, people), dtype=np.int64)
    return Trial(spare[0], spare[1], rows, room(people, columns, firth=firth), np.zeros(columns, dtype=bool))


@compiled
def fit_into(
    time: Float[np.ndarray, " people"],
    died: Bool[np.ndarray, " people"],
    x: Float[np.ndarray, "people columns"],
    efron: bool,
    firth: bool,
    settled: float,
    at: Trial,
    beta: Float[np.ndarray, " columns"],
) -> int:
    """Fit one trial, its rows in any order, in the room of `at`; the log hazard ratios into `beta`.

    The information is left in `at.work.information`, the score and the information at zero in `at.work.null_score` and
    `null_information`. The covariates should be about 0 and have a spread about 1, as an arm coded -½ and ½ does.

    Returns:
        `FITTED`, or why there is no answer.
    """
    ordered(time, at.order, at.spare)
    last = 0
    for i in range(len(time)):
        who = at.order[i]
        if i > 0 and time[who] > time[at.order[i - 1]]:
            last += 1
        at.rows.moment[i] = last
        at.rows.died[i] = died[who]
        for j in range(len(beta)):
            at.rows.x[i, j] = x[who, j]
    beta[:] = 0.0
    ended, _, _, _ = maximised(at.rows, efron, firth, settled, beta, at.held, at.work)
    return ended
