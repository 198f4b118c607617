"""Whether what was valid stays valid: two JSON Schemas of one message compared, as far as our generator's forms go.

`narrowed(old, new)` names every place where a document valid under `old` may be refused under `new`: a new required
field, a type, value or bound that no longer fits, a pattern or format that changed, a field that strict forms no longer
know. A new optional field is compatible: nobody could have meant anything by it before.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

Schema = Mapping[str, Any]

_LOWER_BOUNDS: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER_BOUNDS: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_EXACT: Final = ("pattern", "format")
_ANYTHING: Final[Schema] = {}


class Narrowing(NamedTuple):
    """A place of a message, and what no longer fits there."""

    place: str
    problem: str

    def __str__(self) -> str:
        return f"{self.place or 'message'}: {self.problem}"


class _Pair(NamedTuple):
    """Two schemas at one place, with the documents that their references point into."""

    old: Schema
    new: Schema
    old_root: Schema
    new_root: Schema
    place: str

    def at(self, old: Schema, new: Schema, step: str = "") -> "_Pair":
        place = f"{self.place}.{step}" if self.place and step and step[0] != "[" else self.place + step
        return _Pair(_resolve(old, self.old_root), _resolve(new, self.new_root), self.old_root, self.new_root, place)


def narrowed(old: Schema, new: Schema) -> list[Narrowing]:
    """Every place where `new` may refuse what `old` accepts."""
    return list(_compare(_Pair(_resolve(old, old), _resolve(new, new), old, new, "")))


def _resolve(schema: Schema | bool, root: Schema) -> Schema:
    """The schema that a reference stands for; `true` is the schema of anything."""
    while not isinstance(schema, bool) and "$ref" in schema:
        found: Any = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        schema = {**found, **{name: value for name, value in schema.items() if name != "$ref"}}
    if isinstance(schema, bool):
        return _ANYTHING if schema else {"enum": []}
    return schema


def _compare(pair: _Pair) -> Iterator[Narrowing]:
    olds, news = _branches(pair.old), _branches(pair.new)
    if len(olds) == len(news) == 1:
        yield from _compare_one(pair.at(olds[0], news[0]))
        return
    for old in olds:
        tries = [(list(_compare_one(pair.at(old, new))), new.get("type")) for new in news]
        if not all(problems for problems, _ in tries):
            continue
        near = [problems for problems, kind in tries if kind == old.get("type") and _values(old) is None]
        yield from min(near, key=len) if near else [Narrowing(pair.place, f"no longer takes {_words(old)}")]


def _branches(schema: Schema) -> list[Schema]:
    """The alternatives of a schema, each with what stands beside them."""
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    found: list[Schema] = []
    for each in schema.get("anyOf", [{}]):
        merged = {**rest, **each}
        if "required" in rest and "required" in each:
            merged["required"] = [*rest["required"], *each["required"]]
        kinds = merged.get("type")
        found += [{**merged, "type": kind} for kind in kinds] if isinstance(kinds, list) else [merged]
    return found


def _compare_one(pair: _Pair) -> Iterator[Narrowing]:
    yield from _compare_types(pair)
    yield from _compare_values(pair)
    yield from _compare_bounds(pair)
    yield from _compare_fields(pair)
    if "items" in pair.new:
        yield from _compare(pair.at(pair.old.get("items", _ANYTHING), pair.new["items"], "[]"))


def _compare_types(pair: _Pair) -> Iterator[Narrowing]:
    old, new = pair.old.get("type"), pair.new.get("type")
    if new is not None and old != new and (old, new) != ("integer", "number"):
        yield Narrowing(pair.place, f"the type was {old or 'any'} and is {new}")


def _compare_values(pair: _Pair) -> Iterator[Narrowing]:
    old, new = _values(pair.old), _values(pair.new)
    if new is None:
        return
    lost = "any other value" if old is None else ", ".join(str(value) for value in old if value not in new)
    if lost:
        yield Narrowing(pair.place, f"no longer takes {lost}")


def _values(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    found: list[Any] | None = schema.get("enum")
    return found


def _compare_bounds(pair: _Pair) -> Iterator[Narrowing]:
    old, new = pair.old, pair.new
    for name in _LOWER_BOUNDS:
        if name in new and (name not in old or old[name] < new[name]):
            yield Narrowing(pair.place, f"{name} was {old.get(name, 'none')} and is {new[name]}")
    for name in _UPPER_BOUNDS:
        if name in new and (name not in old or old[name] > new[name]):
            yield Narrowing(pair.place, f"{name} was {old.get(name, 'none')} and is {new[name]}")
    for name in _EXACT:
        if name in new and old.get(name) != new[name] and _values(old) is None:
            yield Narrowing(pair.place, f"{name} was {old.get(name, 'none')} and is {new[name]}")


def _compare_fields(pair: _Pair) -> Iterator[Narrowing]:
    old, new = pair.old.get("properties", {}), pair.new.get("properties", {})
    for name in pair.new.get("required", ()):
        if name not in pair.old.get("required", ()):
            yield Narrowing(pair.at(_ANYTHING, _ANYTHING, name).place, "is required now")
    for name, schema in old.items():
        if name in new:
            yield from _compare(pair.at(schema, new[name], name))
        elif pair.new.get("additionalProperties") is False:
            yield Narrowing(
                pair.at(_ANYTHING, _ANYTHING, name).place, "is no longer known, and unknown fields are refused"
            )
    yield from _compare_others(pair)


def _compare_others(pair: _Pair) -> Iterator[Narrowing]:
    """Fields without a name of their own: mappings by id, or anything at all."""
    old, new = pair.old.get("additionalProperties", True), pair.new.get("additionalProperties", True)
    if new is False and old is not False:
        yield Narrowing(pair.place, "refuses unknown fields now")
    elif not isinstance(new, bool):
        yield from _compare(pair.at(old, new, "*"))
    old_patterns = pair.old.get("patternProperties", {})
    for pattern, schema in pair.new.get("patternProperties", {}).items():
        yield from _compare(pair.at(old_patterns.get(pattern, _ANYTHING), schema, "*"))
    if "propertyNames" in pair.new:
        yield from _compare(pair.at(pair.old.get("propertyNames", _ANYTHING), pair.new["propertyNames"], "*"))


def _words(schema: Schema) -> str:
    values = _values(schema)
    return f"a value of type {schema.get('type')}" if values is None else ", ".join(str(value) for value in values)
