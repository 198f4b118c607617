"""Valid events in a hurry: one typed pass over the bytes instead of JSON, dict and model.

Compiled from the models of `schemas.events`, which alone say what is valid. An event that this accepts is the one that
they would give; whatever is unusual (an unknown field, a wrong value, another form) is left to them, so that their
errors are the only ones.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import msgspec
from annotated_types import Ge, Le
from mypy_extensions import mypyc_attr
from pydantic import PlainValidator, StringConstraints
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from schemas.errors import ContractError
from schemas.event import Event
from schemas.events import EVENT_TYPES, EventType
from schemas.money import check_amounts
from schemas.payloads.base import MoneyPayload, Payload
from schemas.values import ACCOUNT_PATTERN, PRINTABLE_PATTERN

_Convert = Callable[[Any], Any]
_Conversion = tuple[int, str, _Convert, bool]
"""A field's place and name, what is done with its value, and whether null stands for an absent one."""

_STRICT: Final[dict[str, Any]] = {"forbid_unknown_fields": True, "kw_only": True, "gc": False}


class _UnsupportedError(Exception):
    """A field that this doesn't know how to read."""


@mypyc_attr(acyclic=True)
class _Kind:
    """How events of a type are read: what is done with the values of their envelope and data, each with all that is
    looked at and with what is left where all texts are printable; which amounts are looked at, and what else is.
    """

    __slots__ = ("amounts", "check", "data", "data_printable", "envelope", "envelope_printable", "name")

    def __init__(
        self,
        name: str,
        envelope: Sequence[_Conversion],
        data: Sequence[_Conversion],
        amounts: tuple[str, ...],
        check: Callable[[Any, str], None] | None,
    ) -> None:
        self.name = name
        self.envelope = tuple(envelope)
        self.envelope_printable = _without_printable(envelope)
        self.data = tuple(data)
        self.data_printable = _without_printable(data)
        self.amounts = amounts
        self.check = check


def _without_printable(conversions: Sequence[_Conversion]) -> tuple[_Conversion, ...]:
    return tuple(each for each in conversions if each[2] is not _printable)


def quick_event(value: bytes) -> Event | None:
    """The event in a structured CloudEvent; None where the models must look at it."""
    try:
        read = _decode(value)
        kind = _KINDS[type(read)]
        # JSON has no control characters; ASCII without escapes has nothing else that is not printable but DEL
        printable = value.isascii() and _BACKSLASH not in value and _DEL not in value
        fields = list(_values(read))
        for place, _, convert, optional in kind.envelope_printable if printable else kind.envelope:
            given = fields[place]
            if given is not None or not optional:
                fields[place] = convert(given)
        data = read.data
        values = _values(data)
        for place, name, convert, optional in kind.data_printable if printable else kind.data:
            given = values[place]
            if given is not None or not optional:
                changed = convert(given)
                if changed is not given:
                    setattr(data, name, changed)
        if kind.amounts:
            check_amounts(data, kind.amounts)
        if kind.check is not None:
            kind.check(data, fields[_SUBJECT])
        return Event(
            kind.name, fields[_ID], fields[_SOURCE], fields[_SUBJECT], fields[_TIME], fields[_RECORDED_TIME], data, ()
        )
    except (msgspec.MsgspecError, PydanticCustomError, ContractError, ValueError, RecursionError):
        return None


_BACKSLASH: Final = 0x5C
_DEL: Final = 0x7F
_FIRST: Final = ("specversion", "id", "source", "subject", "time", "recordedtime")
# Their places:
_ID: Final = 1
_SOURCE: Final = 2
_SUBJECT: Final = 3
_TIME: Final = 4
_RECORDED_TIME: Final = 5

_values: Final = msgspec.structs.astuple


def _printable(text: str) -> str:
    """Printable is a little less than the models allow: no separators beyond the space."""
    if not text.isprintable():
        raise ValueError
    return text


def _matching(pattern: str) -> _Convert:
    if pattern == PRINTABLE_PATTERN:
        return _printable
    matches = re.compile(pattern.removeprefix("^").removesuffix("$")).fullmatch
    # account ids: most have letters and digits only, which takes less time to see
    alphanumeric_fits = pattern == ACCOUNT_PATTERN

    def convert(text: str) -> str:
        if not (alphanumeric_fits and text.isascii() and text.isalnum()) and matches(text) is None:
            raise ValueError
        return text

    return convert


def _field(annotation: Any, metadata: list[Any]) -> tuple[Any, _Convert | None]:
    """The type to decode a field as, and what is done with its value."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        return _field(inner, [*more, *metadata])
    if origin in (Union, UnionType):
        given = [each for each in get_args(annotation) if each is not NoneType]
        if len(given) != 1:
            raise _UnsupportedError
        type_, convert = _field(given[0], metadata)
        return type_ | None if type_ is not Any else Any, convert
    for each in metadata:
        if isinstance(each, PlainValidator):
            parse: Any = each.func
            return Any, parse
        if isinstance(each, StringConstraints):
            assert each.pattern is not None, "texts have a pattern"
            length = msgspec.Meta(min_length=each.min_length, max_length=each.max_length)
            return Annotated[str, length], _matching(str(each.pattern))
    if annotation is int:
        bounds: dict[str, Any] = {}
        for each in _flat(metadata):
            if isinstance(each, Ge):
                bounds["ge"] = each.ge
            if isinstance(each, Le):
                bounds["le"] = each.le
        return Annotated[int, msgspec.Meta(**bounds)], None
    if annotation is bool or origin is Literal:
        return annotation, None
    raise _UnsupportedError


def _flat(metadata: list[Any]) -> list[Any]:
    return [part for each in metadata for part in (each.metadata if isinstance(each, FieldInfo) else (each,))]


def _fields(infos: Mapping[str, FieldInfo]) -> tuple[list[tuple[str, Any, Any]], tuple[_Conversion, ...]]:
    """A struct's fields for a model's, and what is done with their values."""
    made, converts = [], []
    for place, (name, info) in enumerate(infos.items()):
        type_, convert = _field(info.annotation, info.metadata)
        if convert is not None:
            converts.append((place, name, convert, NoneType in get_args(info.annotation)))
        default = {} if info.is_required() else {"default": info.default}
        made.append((name, type_, msgspec.field(name=info.alias or name, **default)))
    return made, tuple(converts)


def _read_as(kind: EventType) -> tuple[type[msgspec.Struct], _Kind]:
    """The struct that an event of a type is decoded as, and what is done with it."""
    model = kind.data_model
    made, converts = _fields(model.model_fields)
    data = msgspec.defstruct(model.__name__, made, **_STRICT)
    envelope = dict(kind.envelope.model_fields)
    del envelope["type"]
    required = envelope.pop("data").is_required()
    fields, own = _fields(envelope)
    assert tuple(envelope)[: len(_FIRST)] == _FIRST, "an envelope begins with what every event has"
    fields.append(("data", data, msgspec.field() if required else msgspec.field(default_factory=data)))
    check = None if model.check in (Payload.check, MoneyPayload.check) else model.check
    amounts = model.AMOUNTS if model.check is MoneyPayload.check else ()
    read = msgspec.defstruct(model.__name__ + "Read", fields, tag_field="type", tag=kind.name, **_STRICT)
    return read, _Kind(kind.name, own, converts, amounts, check)


def _kinds() -> dict[type[msgspec.Struct], _Kind]:
    found = {}
    for kind in EVENT_TYPES.values():
        if not kind.broadcast and not kind.signed:
            try:
                read, how = _read_as(kind)
            except _UnsupportedError:
                continue
            found[read] = how
    return found


_KINDS: Final = _kinds()

QUICK: Final = tuple(_KINDS)
"""The structs of the event types that are read so."""

_decode: Final[Callable[[bytes], Any]] = msgspec.json.Decoder(Union[QUICK]).decode  # noqa: UP007 - of a tuple
