"""Every engine version puts out what it did when it was the present one; another outcome takes another version."""

import pytest

from schemas.reasons import CATALOGUE_VERSION
from streams.codec.versions import BEHAVIOURS, PRESENT, Behaviour
from tests.support.goldens import golden, goldens
from tests.support.versions import FOLDER, kept_of, made_by, statuses_by

FIRST = Behaviour("0.1.0", catalogue="1")
"""What was put out before reasons had other words (tests/golden/histories). That was never released, so no block of a
system names it; here it stands for an older version.
"""
VALUES_SINCE = {"card-sample", "customer-year", "generated-101"}
"""Histories in which reasons have had a further value since then (`review`): the core's own change, not versioned."""


def test_the_present_version_is_the_last_one_and_says_what_the_contracts_say() -> None:
    assert list(BEHAVIOURS.values())[-1] == PRESENT
    assert PRESENT.catalogue == CATALOGUE_VERSION, "other words are another outcome: a new version, with its line"


def test_every_version_has_all_golden_histories() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(BEHAVIOURS)
    for name in BEHAVIOURS:
        assert {path.stem for path in (FOLDER / name).iterdir()} == set(goldens()), name


@pytest.mark.parametrize("name", goldens())
@pytest.mark.parametrize("version", BEHAVIOURS)
def test_a_version_puts_out_what_it_did(version: str, name: str) -> None:
    made, kept = made_by(BEHAVIOURS[version], golden(name)), kept_of(version, name)
    for number, (now, then) in enumerate(zip(made, kept, strict=True)):
        other = sorted(topic for topic in {*now["outputs"], *then["outputs"]} if _of(now, topic) != _of(then, topic))
        assert not other, (
            f"block {number} of {name} puts out another {' and '.join(other)} than engine {version} did: take that "
            "back, or raise the version in pyproject.toml and add its line to streams/codec/versions.py (decision 0155)"
        )
        assert now == then


def _of(made: dict[str, dict[str, object]], topic: str) -> object:
    return made["outputs"].get(topic)


@pytest.mark.parametrize("name", goldens())
def test_another_behaviour_is_noticed(name: str) -> None:
    """The test above can fail: the words' version alone makes another outcome."""
    made = made_by(FIRST, golden(name))
    then = kept_of(PRESENT.version, name)
    assert [each["clock"] for each in made] == [each["clock"] for each in then]
    assert any(_of(now, "status") != _of(old, "status") for now, old in zip(made, then, strict=True))
    assert all(
        _of(now, "accounts-changelog") == _of(old, "accounts-changelog") for now, old in zip(made, then, strict=True)
    )


@pytest.mark.parametrize("name", sorted({*goldens()} - VALUES_SINCE))
def test_an_older_behaviour_gives_the_bytes_of_its_time(name: str) -> None:
    """Statuses that an older program wrote, byte by byte, by the rules that it had."""
    kept = golden(name)
    assert statuses_by(FIRST, kept) == kept.statuses
    assert statuses_by(PRESENT, kept) != kept.statuses
