"""Each planted mistake is caught by the reference interpreter on its seed; the product itself passes on all of them."""

from pathlib import Path

import pytest

from tests.mutants.planted import MUTANTS, Mutant
from tests.mutants.world import CAUGHT, MISSED, check, plant

OTHERS = 25


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_mistake_is_caught(mutant: Mutant, tmp_path: Path) -> None:
    plant(mutant, tmp_path)
    code, _ = check(tmp_path, [mutant.seed, *range(OTHERS)], seconds=120)
    assert code == CAUGHT


def test_without_a_mistake_nothing_is_caught(tmp_path: Path) -> None:
    plant(Mutant("none", "step.py", "def fire(", "def fire(", 0), tmp_path)
    code, seed = check(tmp_path, sorted({mutant.seed for mutant in MUTANTS}))
    assert code == MISSED, f"seed {seed} differs without any mistake"
