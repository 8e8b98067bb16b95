#!/usr/bin/env python3
"""Numbers that the statistics of `readiness` are tested against, reckoned by SciPy and statsmodels.

    python3 -m venv /tmp/oracle && /tmp/oracle/bin/pip install numpy scipy statsmodels
    /tmp/oracle/bin/python tests/interop/statistics.py

Prints every number that stands as a constant in the tests of src/stats/{shift,trend,band,change_points}. The tests were
written with SciPy 1.17 and statsmodels 0.15. The series:

- the annual flow of the Nile at Aswan, 1871 to 1970, in 10^8 cubic metres (Cobb 1978, "The problem of the Nile";
  statsmodels.datasets.nile): it fell in 1898, when the first dam was begun;
- the example of Sen (1968), "Estimates of the regression coefficient based on Kendall's tau", section 6.
"""

import math

import numpy as np
from scipy import stats


def nile():
    from statsmodels.datasets import nile as dataset

    table = dataset.load_pandas().data
    return table["year"].to_numpy(), table["volume"].to_numpy()


def mann_kendall(values):
    """Two-sided p of Mann (1945) and Kendall (1975), with the correction for ties and for continuity."""
    n = len(values)
    s = sum(int(np.sign(values[j] - values[i])) for i in range(n) for j in range(i + 1, n))
    _, groups = np.unique(values, return_counts=True)
    variance = (n * (n - 1) * (2 * n + 5) - sum(t * (t - 1) * (2 * t + 5) for t in groups)) / 18
    z = 0.0 if s == 0 or variance == 0 else (s - math.copysign(1, s)) / math.sqrt(variance)
    return s, variance, 2 * stats.norm.sf(abs(z))


def show(what, *numbers):
    print(f"{what}:", *(repr(float(number)) for number in numbers))


def trends():
    # Sen (1968), section 6: seven measurements.
    t = [1, 2, 3, 4, 10, 12, 18]
    x = [9, 15, 19, 20, 45, 55, 78]
    found = stats.theilslopes(x, t, 0.93)
    show("sen 93 %: slope, low, high", found.slope, found.low_slope, found.high_slope)
    found = stats.theilslopes(x, t, 0.95)
    show("sen 95 %", found.slope, found.low_slope, found.high_slope)
    show("sen mann-kendall", *mann_kendall(x))
    years, volume = nile()
    found = stats.theilslopes(volume, years, 0.95)
    show("nile trend", found.slope, found.low_slope, found.high_slope)
    show("nile mann-kendall", *mann_kendall(volume))
    # Irregular times and ties.
    t = np.array([i * i * 0.25 + i for i in range(40)])
    x = np.array([(i * 7919 % 13) + i // 4 for i in range(40)], dtype=float)
    found = stats.theilslopes(x, t, 0.95)
    show("irregular trend", found.slope, found.low_slope, found.high_slope)
    show("irregular mann-kendall", *mann_kendall(x))
    # None at all.
    x = np.array([i * 7919 % 101 for i in range(60)], dtype=float)
    found = stats.theilslopes(x, np.arange(60.0), 0.95)
    show("flat trend", found.slope, found.low_slope, found.high_slope)
    show("flat mann-kendall", *mann_kendall(x))


def bands():
    _, volume = nile()
    show("nile median, normal MAD", np.median(volume), stats.median_abs_deviation(volume, scale=1 / 1.4826))


def changes():
    years, volume = nile()
    show("nile values", *volume)
    n = len(volume)
    ranks = stats.rankdata(volume)
    u = [abs(2 * ranks[:k].sum() - k * (n + 1)) for k in range(1, n)]
    k = int(np.argmax(u)) + 1
    pettitt = 2 * math.exp(-6 * max(u) ** 2 / (n**3 + n**2))
    show("nile pettitt: first year after, K, p", years[k], max(u), pettitt)
    show("nile medians", np.median(volume[:k]), np.median(volume[k:]))
    for a in (volume[:k], volume[k:]):
        m = len(a)
        r = stats.rankdata(a)
        w = max(abs(2 * r[:j].sum() - j * (m + 1)) for j in range(1, m))
        show("nile pettitt of a part", m, w, min(1.0, 2 * math.exp(-6 * w**2 / (m**3 + m**2))))


def shifts():
    show("seen and assumed", stats.norm.sf(math.log(1.25) / math.sqrt(2 * (0.01**2 + 2 * 0.05**2) / 3)))
    show("normal tails", *(stats.norm.sf(math.log(by) / (0.05 * math.sqrt(2))) for by in (1.2, 1.25)))


if __name__ == "__main__":
    trends()
    bands()
    changes()
    shifts()
