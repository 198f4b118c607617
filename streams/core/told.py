"""What was last sent of a product, and whether what holds differs from it (semantics E5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from streams.core.policy.program import Product
from streams.core.reasons import Said
from streams.core.state import ProductMemory

NO_TERMS: Final[dict[str, Any]] = {"new_draws": False}
OPEN_TERMS: Final[dict[str, Any]] = {"new_draws": True}


def terms_of(product: Product, status: str) -> dict[str, Any]:
    """What a status of a product allows."""
    return product.terms.get(status) or (OPEN_TERMS if status == "OPEN" else NO_TERMS)


def reasons_sent(memory: ProductMemory) -> list[tuple[str, str, Any]]:
    """The reasons last sent, as (rule, code, limit) as they were shown."""
    return [(each.rule, each.code, each.limit) for each in memory.reasons]


def has_moved(memory: ProductMemory, status: str, product: Product, said: Sequence[Said]) -> bool:
    """Whether status, terms or reasons differ from what was last sent; the reasons' order alone doesn't count."""
    if status != memory.status or len(said) != len(memory.reasons) or terms_of(product, status) != memory.terms:
        return True
    left = reasons_sent(memory)
    for each in said:
        if each.told not in left:
            return True
        left.remove(each.told)
    return False
