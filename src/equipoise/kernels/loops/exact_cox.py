"""The compiled part of Cox's model with exact ties: sums over every way the events at one time could have fallen."""

import numpy as np

from . import compiled


@compiled
def exact(x, died, first, last, beta, gradient, information):  # type: ignore[no-untyped-def]
    """The log-likelihood at `beta`, its gradient and information, both written over.

    Rows stand in order of falling time, stratum by stratum; `first` and `last` bound the risk set of each time at which
    somebody died, its dead at the end. The sums over all subsets of as many rows as died are built row by row.
    """
    columns = x.shape[1]
    gradient[:] = 0.0
    information[:] = 0.0
    total = 0.0
    for at in range(len(first)):
        low, high = first[at], last[at]
        deaths = 0
        top = -np.inf
        for row in range(low, high):
            score = 0.0
            for k in range(columns):
                score += x[row, k] * beta[k]
            top = max(top, score)
            deaths += died[row] == at
        ways = np.zeros(deaths + 1)
        slope = np.zeros((deaths + 1, columns))
        bend = np.zeros((deaths + 1, columns, columns))
        ways[0] = 1.0
        for row in range(low, high):
            score = 0.0
            for k in range(columns):
                score += x[row, k] * beta[k]
            weight = np.exp(score - top)
            for size in range(min(deaths, row - low + 1), 0, -1):
                for k in range(columns):
                    for m in range(k + 1):
                        bend[size, k, m] += weight * (
                            bend[size - 1, k, m] + x[row, k] * slope[size - 1, m] + x[row, m] * slope[size - 1, k]
                            + x[row, k] * x[row, m] * ways[size - 1]
                        )  # fmt: skip
                for k in range(columns):
                    slope[size, k] += weight * (slope[size - 1, k] + x[row, k] * ways[size - 1])
                ways[size] += weight * ways[size - 1]
            # One factor for all keeps the sums of many rows within what a number can hold.
            largest = ways.max()
            if largest > 1e100:
                ways /= largest
                slope /= largest
                bend /= largest
                total -= np.log(largest)
            if died[row] == at:
                total += score - top
                for k in range(columns):
                    gradient[k] += x[row, k]
        total -= np.log(ways[deaths])
        for k in range(columns):
            mean = slope[deaths, k] / ways[deaths]
            gradient[k] -= mean
            for m in range(k + 1):
                part = bend[deaths, k, m] / ways[deaths] - mean * slope[deaths, m] / ways[deaths]
                information[k, m] += part
                if m != k:
                    information[m, k] += part
    return total
