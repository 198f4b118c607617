"""All atoms of a policy as one function without loops or calls: the results, given the facts' values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from streams.core.facts.base import Value
from streams.core.policy.limit import Limit

_SIGNS: Final = {
    "at_most": "<=",
    "at_least": ">=",
    "below": "<",
    "above": ">",
    "is": "is",
    "one_of": "in",
    "none_of": "not in",
}


def straight(
    facts: int, atoms: Sequence[tuple[int, Limit]]
) -> Callable[[Sequence[Value]], list[tuple[bool | None, Value]]]:
    """The function from the values of so many facts to each atom's (result, value); `atoms` are (fact, limit).

    Operands are bound as names, so nothing of a policy's text becomes code.
    """
    names: dict[str, Any] = {}
    lines = [_result(fact, limit, index, names) for index, (fact, limit) in enumerate(atoms)]
    unpack = ", ".join(f"v{fact}" for fact in range(facts))
    source = f"def judge(values):\n    {unpack}{',' if facts else ''} = values\n    return [{', '.join(lines)}]\n"
    if not facts:
        source = "def judge(values):\n    return []\n"
    exec(compile(source, "<policy>", "exec"), names)  # noqa: S102  the source has only our own names
    judge: Callable[[Sequence[Value]], list[tuple[bool | None, Value]]] = names["judge"]
    return judge


def _result(fact: int, limit: Limit, index: int, names: dict[str, Any]) -> str:
    value = f"v{fact}"
    tests = []
    for place, (operator, operand) in enumerate(limit.operators):
        name = f"limit_{index}_{place}"
        sign = _SIGNS.get(operator)
        if sign is None:
            names[name] = limit.holds
            return f"({name}({value}), {value})"
        names[name] = operand
        tests.append(f"{value} {sign} {name}")
    return f"(None if {value} is None else {' and '.join(tests)}, {value})"


def straight_kinds(
    rules: Sequence[tuple[int, bool]],
) -> Callable[[Sequence[tuple[bool | None, Value]]], tuple[int, ...]]:
    """The function from all atoms' (result, value) to how each rule fails: 0 not, 1 limit, 2 unknown with an effect, 4
    unknown without one. `rules` are (atom, whether unknown has an effect), of rules that are nothing but one limit.
    """
    parts = []
    for atom, has_effect in rules:
        result = f"r[{atom}][0]"
        parts.append(f"0 if {result} else 1 if {result} is False else {2 if has_effect else 4}")
    names: dict[str, Any] = {}
    source = f"def kinds(r):\n    return ({', '.join(parts)}{',' if parts else ''})\n"
    exec(compile(source, "<policy>", "exec"), names)  # noqa: S102  the source has only our own names
    kinds: Callable[[Sequence[tuple[bool | None, Value]]], tuple[int, ...]] = names["kinds"]
    return kinds
