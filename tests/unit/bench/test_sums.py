"""What a bench makes of its runs."""

import pytest

from tests.bench.sums import exponent, quantile, ratio, summary


def test_a_summary_is_the_median_between_the_least_and_the_most_run() -> None:
    found = summary([5.0, 1.0, 3.0])
    assert found == (3.0, 1.0, 5.0, 3)
    assert found.spread == pytest.approx(4 / 3)


def test_a_ratio_compares_medians_of_unequal_numbers_of_runs() -> None:
    assert ratio([10.0, 30.0, 20.0], [4.0, 6.0]) == 4.0


@pytest.mark.parametrize(("share", "expected"), [(0.5, 2.0), (0.51, 3.0), (0.99, 4.0), (1.0, 4.0), (0.0, 1.0)])
def test_a_quantile_is_the_smallest_value_that_this_share_does_not_exceed(share: float, expected: float) -> None:
    assert quantile([4.0, 1.0, 3.0, 2.0], share) == expected


@pytest.mark.parametrize(
    ("costs", "expected"), [([7.0, 7.0, 7.0], 0.0), ([1.0, 10.0, 100.0], 1.0), ([1.0, 100.0, 10_000.0], 2.0)]
)
def test_growth_is_flat_linear_or_quadratic_by_its_exponent(costs: list[float], expected: float) -> None:
    assert exponent([10, 100, 1_000], costs) == pytest.approx(expected)


def test_nothing_to_sum_up_is_an_error() -> None:
    for call in (lambda: summary([]), lambda: quantile([], 0.5), lambda: ratio([1.0], [0.0])):
        with pytest.raises(ValueError, match=r"no run|no value|is 0"):
            call()
    with pytest.raises(ValueError, match="two sizes"):
        exponent([5, 5], [1.0, 2.0])
