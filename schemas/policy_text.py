"""The text of a policy document, YAML or JSON, as plain values: texts stay texts, nothing is guessed.

YAML's traps are closed: dates, times and sexagesimal numbers (06:00) stay text, only `true` and `false` are booleans
(not yes, no, on, off), a key may stand only once, tags are refused; size, depth and the expansion of aliases are
bounded.
"""

import json
import re
from collections import Counter
from collections.abc import Hashable
from typing import Any, Final, NoReturn

import yaml
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

from schemas.errors import PolicyError, Problem, describe

TEXT_BYTES_MAX: Final = 1 << 18
DEPTH_MAX: Final = 16
# A policy of 64 products with 256 rules of 10 fields each stays below; what aliases expand to counts in full.
VALUES_MAX: Final = 200_000
INTEGER_CHARACTERS_MAX: Final = 20

_TAG: Final = "tag:yaml.org,2002:"


def read_policy_text(text: str | bytes) -> Any:
    """The plain value (dicts, lists, texts, ints, bools, None, floats) of a document; raises PolicyError."""
    if isinstance(text, str):
        text = text.encode("utf-8", "surrogatepass")
    if len(text) > TEXT_BYTES_MAX:
        _refuse("document", f"{len(text)} bytes", f"at most {TEXT_BYTES_MAX} bytes")
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _refuse(f"byte {error.start}", describe(text), "UTF-8")
    value = _read_json(decoded) if decoded.lstrip().startswith("{") else _read_yaml(decoded)
    _check_size(value)
    return value


def _refuse(place: str, came: str, expected: str, example: str = "") -> NoReturn:
    raise PolicyError([Problem(place, came, expected, example)])


def _read_json(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_integer)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
    except RecursionError:
        _refuse("document", "deeper nesting", f"at most {DEPTH_MAX} levels")
    try:
        return _read_yaml(text)  # YAML's flow style opens with a brace too
    except PolicyError:
        _refuse(place, "something else", "valid JSON or YAML")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name in counts if counts[name] > 1)
        _refuse(twice, "the field twice", "each field once")
    return fields


def _no_constant(name: str) -> NoReturn:
    _refuse("document", name, "a finite number")


def _integer(text: str) -> int:
    if len(text) > INTEGER_CHARACTERS_MAX:
        _refuse("document", f"a number of {len(text)} digits", f"at most {INTEGER_CHARACTERS_MAX} characters")
    return int(text)


class _Loader(Reader, Scanner, Parser, Composer, SafeConstructor, BaseResolver):
    """Safe YAML with the implicit types of YAML 1.2's core schema and no explicit ones."""

    def __init__(self, stream: str) -> None:
        Reader.__init__(self, stream)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        SafeConstructor.__init__(self)
        BaseResolver.__init__(self)
        self.depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """A node, unless it is nested too deeply or bears a tag: a document is plain values."""
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML's stubs leave it open
        if self.depth > DEPTH_MAX:
            raise yaml.MarkedYAMLError(problem=f"more than {DEPTH_MAX} levels", problem_mark=event.start_mark)
        if getattr(event, "tag", None) is not None:
            raise yaml.MarkedYAMLError(problem=f"the tag {event.tag}", problem_mark=event.start_mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """A mapping whose keys are texts, each standing once."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag != _TAG + "str":
                raise yaml.MarkedYAMLError(problem=f"a key that is no text: {key.value!r}", problem_mark=key.start_mark)
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"the field {key.value} twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_whole(self, node: yaml.ScalarNode) -> int:
        """A whole number, unless its digits alone would cost time."""
        if len(node.value) > INTEGER_CHARACTERS_MAX:
            raise yaml.MarkedYAMLError(problem="a number of too many digits", problem_mark=node.start_mark)
        return int(node.value)


for _name, _pattern, _first in (
    ("null", r"^(~|null|)$", ["~", "n", ""]),
    ("bool", r"^(true|false)$", ["t", "f"]),
    ("int", r"^[-+]?(0|[1-9][0-9]*)$", list("-+0123456789")),
    (
        "float",
        r"^([-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+|[-+]?\.inf|\.nan)$",
        list("-+.0123456789"),
    ),
):
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(_pattern), _first)
_register: Any = _Loader.add_constructor  # its annotation lists PyYAML's own loaders only
_register(_TAG + "int", _Loader.construct_whole)


def _read_yaml(text: str) -> Any:
    try:
        return _Loader(text).get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "document"
        _refuse(place, str(error.problem or error.context), "valid YAML, each field once, without tags")
    except yaml.YAMLError as error:
        _refuse("document", str(error), "valid YAML")
    except (ValueError, OverflowError) as error:  # an escape such as "\\UFFFFFFFF" that no character has
        _refuse("document", str(error), "valid YAML")


def _check_size(value: Any) -> None:
    """Count every value, shared ones as often as they are named: an alias may not blow a small text up."""
    waiting = [(value, 0)]
    count = 0
    while waiting:
        item, depth = waiting.pop()
        count += 1
        if count > VALUES_MAX or depth > DEPTH_MAX:
            _refuse("document", "a larger document", f"at most {VALUES_MAX} values, {DEPTH_MAX} levels deep")
        children = item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
        waiting.extend((child, depth + 1) for child in children)
