"""The names of the time zones that a policy may use: those of the pinned tzdata package."""

from functools import lru_cache
from importlib import resources


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Every zone of the tzdata package (its version is part of every block)."""
    return frozenset(resources.files("tzdata").joinpath("zones").read_text(encoding="ascii").split())
