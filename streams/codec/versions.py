"""What engine versions put out differently: blocks name theirs, and are replayed by its behaviour.

What two versions put out differently for the same inputs is a field of `Behaviour`, asked for where it matters; the
engine itself is one. Whoever changes what comes out raises the package's version and adds a line below the others,
which stay as they are (decision 0155). tests/golden/versions holds every version to what it put out.
"""

from importlib.metadata import version
from typing import Final, NamedTuple


class Behaviour(NamedTuple):
    """One version: as blocks and status events name it, and the texts' version that its status events refer to."""

    version: str
    catalogue: str


BEHAVIOURS: Final[dict[str, Behaviour]] = {
    each.version: each
    for each in (
        Behaviour("0.1.0", catalogue="3"),
        # a later version's line comes here
    )
}


def _present() -> Behaviour:
    installed = version("eligibility-streams")
    assert installed in BEHAVIOURS, f"engine version {installed} has no line in streams/codec/versions.py"
    return BEHAVIOURS[installed]


PRESENT: Final = _present()


def behaviour_of(name: str) -> Behaviour | None:
    """What a block of this engine version was made by; None where this release doesn't know it."""
    return BEHAVIOURS.get(name)
