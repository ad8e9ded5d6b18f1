"""Golden values for the report's statistics and fits, from SciPy.

Writes tests/golden/report/stat_points.csv (the data) and stat_values.csv (what SciPy makes of them). Run it only to add
cases; the tests read the files. Usage: python tests/peer/scipy_values.py OUTPUT_FOLDER
"""
import csv
import sys

import numpy as np
import scipy
from scipy import optimize, stats


def cases():
    rng = np.random.default_rng(20260131)
    flops = np.exp(rng.uniform(np.log(1e6), np.log(1e11), 150))
    bytes_ = np.exp(rng.uniform(np.log(1e4), np.log(1e8), 150))
    noise = np.exp(rng.normal(0, 0.2, 150))
    yield "three", np.array([1.0, 2.0, 4.0]), np.array([1.0, 1.0, 1.0]), np.array([3.0, 1.0, 2.0])
    yield "ties", rng.integers(1, 6, 60).astype(float), np.ones(60), rng.integers(1, 5, 60).astype(float)
    yield "same_x", np.array([1.0, 1, 1, 2, 2, 3, 3, 3, 3]), np.ones(9), np.array([2.0, 1, 2, 5, 5, 4, 4, 8, 1])
    yield "affine", flops, bytes_, (2e-5 + flops / 5e10) * noise
    yield "power", flops, bytes_, 1e-9 * flops**0.7 * noise
    yield "roofline", flops, bytes_, np.maximum(flops / 5e10, bytes_ / 1e10) * noise


def order_values(name, x, y):
    yield "median_x", np.median(x)
    yield "mad_x", stats.median_abs_deviation(x)
    for p in (0.05, 0.25, 0.95):
        yield f"quantile_y_{p}", np.quantile(y, p)
    yield "rank_checksum", float(np.sum(np.arange(1, len(x) + 1) * stats.rankdata(x)))
    yield "spearman", stats.spearmanr(x, y).statistic
    yield "kendall", stats.kendalltau(x, y, variant="b").statistic


def best_fit(residuals, starts):
    """The least of several starts, with tolerances near machine precision."""
    fits = [optimize.least_squares(residuals, s, xtol=1e-15, ftol=1e-15, gtol=1e-15) for s in starts]
    return min(fits, key=lambda f: f.cost)


def fit_values(x, b, y):
    lx, ly = np.log(x), np.log(y)
    slope = stats.linregress(lx, ly)
    yield "power_exponent", slope.slope
    yield "power_factor", np.exp(slope.intercept)
    yield "power_rss", np.sum((ly - slope.intercept - slope.slope * lx) ** 2)
    yield "proportional_rate", np.exp(-np.mean(ly - lx))
    yield "proportional_rss", np.sum((ly - lx - np.mean(ly - lx)) ** 2)
    affine = best_fit(lambda p: ly - np.log(np.exp(p[0]) + x * np.exp(p[1])),
                      [(np.log(t0), -np.log(rate)) for t0 in (1e-6, 1e-4, 1e-2) for rate in (1e9, 1e10, 1e11)])
    yield "affine_overhead", np.exp(affine.x[0])
    yield "affine_rate", np.exp(-affine.x[1])
    yield "affine_rss", 2 * affine.cost
    roof = best_fit(lambda p: ly - np.maximum(lx + p[0], np.log(b) + p[1]),
                    [(-np.log(rate), -np.log(w)) for rate in (1e10, 3e10, 5e10, 1e11) for w in (1e9, 5e9, 1e10, 3e10)])
    yield "roofline_rss", 2 * roof.cost


def main(folder):
    with open(f"{folder}/stat_points.csv", "w", newline="") as points, \
         open(f"{folder}/stat_values.csv", "w", newline="") as values:
        data, out = csv.writer(points, lineterminator="\n"), csv.writer(values, lineterminator="\n")
        data.writerow(["case", "flops", "bytes", "time"])
        out.writerow(["case", "statistic", "value"])
        for name, x, b, y in cases():
            for row in zip(x, b, y):
                data.writerow([name, *(repr(float(v)) for v in row)])
            for key, value in order_values(name, x, y):
                out.writerow([name, key, repr(float(value))])
            if len(x) > 100:
                for key, value in fit_values(x, b, y):
                    out.writerow([name, key, repr(float(value))])
        out.writerow(["made_with", f"SciPy {scipy.__version__} NumPy {np.__version__} Python {sys.version.split()[0]}", "0"])


if __name__ == "__main__":
    main(sys.argv[1])
