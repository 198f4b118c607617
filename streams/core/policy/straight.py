"""How a product's rules fail, as one function without loops or calls: given all atoms' results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from streams.core.facts.base import Results


def straight_kinds(
    rules: Sequence[tuple[int, bool]],
) -> Callable[[Results], tuple[int, ...]]:
    """The function from all atoms' results to how each rule fails: 0 not, 1 limit, 2 unknown with an effect, 4
    unknown without one. `rules` are (atom, whether unknown has an effect), of rules that are nothing but one limit.
    """
    parts = []
    for atom, has_effect in rules:
        result = f"r[{atom}]"
        parts.append(f"0 if {result} else 1 if {result} is False else {2 if has_effect else 4}")
    names: dict[str, Any] = {}
    source = f"def kinds(r):\n    return ({', '.join(parts)}{',' if parts else ''})\n"
    exec(compile(source, "<policy>", "exec"), names)  # noqa: S102  the source has only our own names
    kinds: Callable[[Results], tuple[int, ...]] = names["kinds"]
    return kinds
