"""What the benches make of their runs: medians, ratios, spreads, quantiles, growth."""

import math
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple


class Summary(NamedTuple):
    """Of one figure's runs."""

    median: float
    least: float
    most: float
    runs: int

    @property
    def spread(self) -> float:
        """How far the runs lie apart, in shares of the median."""
        return (self.most - self.least) / self.median if self.median else 0.0


def summary(runs: Sequence[float]) -> Summary:
    if not runs:
        raise ValueError("no run to sum up")
    return Summary(median(runs), min(runs), max(runs), len(runs))


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Median by median; runs of the two need not be as many."""
    against = median(theirs)
    if against == 0:
        raise ValueError("the median to compare with is 0")
    return median(ours) / against


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that is not exceeded by this share of them."""
    if not values:
        raise ValueError("no value to take a quantile of")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """The slope of cost over size, both as logarithms: 0 is flat, 1 linear, less than 1 less than linear."""
    if len(sizes) != len(costs) or len(set(sizes)) < 2:
        raise ValueError(f"a growth needs two sizes and a cost for each, came {len(sizes)} and {len(costs)}")
    across, up = [math.log(size) for size in sizes], [math.log(cost) for cost in costs]
    middle, level = sum(across) / len(across), sum(up) / len(up)
    slope = sum((x - middle) * (y - level) for x, y in zip(across, up, strict=True))
    return slope / sum((x - middle) ** 2 for x in across)
