"""The core and the reference interpreter agree on random histories under random policies.

The quick form compares 20,000 event steps; ELIGIBILITY_LONG=1 compares 200,000.
"""

import os

import pytest

from tests.properties.differential import check_seed

LONG = os.environ.get("ELIGIBILITY_LONG") == "1"
SHARES = 10
STEPS = (200_000 if LONG else 20_000) // SHARES
SEEDS_APART = 10_000


@pytest.mark.parametrize("share", range(SHARES))
def test_random_histories_give_the_same_statuses(share: int) -> None:
    steps, seed = 0, share * SEEDS_APART
    while steps < STEPS:
        compared, difference = check_seed(seed, accounts=10, events=200)
        assert not difference, f"seed {seed}: {difference}"
        steps += compared
        seed += 1
