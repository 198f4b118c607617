"""From pydantic's errors to the contract's: where (dotted), what came, what was expected, an example."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from schemas.errors import Code, ContractError, Problem, describe
from schemas.hints import BEYOND_HORIZON, Hint

PROBLEMS_MAX: Final = 50
_ANY: Final = Hint("another value")

Read = TypeVar("Read", bound=BaseModel)


def contract_error(error: ValidationError, model: type[BaseModel]) -> ContractError:
    """The first failure of an event as a ContractError."""
    details = error.errors(include_url=False)[0]
    problem = _problem(details, model)
    return ContractError(_code(details), problem.place, problem.came, problem.expected, problem.example)


def parsed(document: object, model: type[Read], what: str) -> Read:
    """The model in a parsed JSON document; raises ContractError naming the field. `what` it is: "a block"."""
    if not isinstance(document, dict):
        raise ContractError(Code.INVALID_EVENT, "", describe(document), f"{what} as a JSON object")
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise contract_error(error, model) from None


def expect(expectations: Iterable[tuple[str, object, object]]) -> None:
    """Refuse the first field, of (field, what came, what is expected), whose value is another one."""
    for field, came, expected in expectations:
        if came != expected:
            raise ContractError(Code.INVALID_EVENT, field, describe(came), describe(expected))


def problems(error: ValidationError, model: type[BaseModel]) -> tuple[Code, list[Problem]]:
    """All failures (at most 50) of a document, with the code of the first one."""
    details = error.errors(include_url=False)[:PROBLEMS_MAX]
    return _code(details[0]), [_problem(each, model) for each in details]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The known name closest to a misspelt one, or an empty text."""
    names = sorted(known)
    exact = [each for each in names if _bare(each) == _bare(name)]
    near = exact or difflib.get_close_matches(name[:80], names, n=1, cutoff=0.7)
    return near[0] if near else ""


def _bare(name: str) -> str:
    return name.replace("_", "").replace("-", "").replace(".", "").lower()


def _code(details: ErrorDetails) -> Code:
    return Code.BEYOND_HORIZON if details["type"] == BEYOND_HORIZON else Code.INVALID_EVENT


def _problem(details: ErrorDetails, model: type[BaseModel]) -> Problem:
    location: Sequence[int | str] = details["loc"]
    if details["type"] == "extra_forbidden":
        return _unknown_field(location, model)
    hint = hint_at(model, location) or _ANY
    context = details.get("ctx", {})
    error = context.get("error")
    if isinstance(error, ContractError):
        return Problem(dotted((*location, error.field)), error.came, error.expected, error.example)
    came = context.get("came") or ("nothing" if details["type"] == "missing" else describe(details["input"]))
    field = context.get("field")
    place = dotted((*location, field) if field else location)
    expected = context.get("expected")
    if isinstance(expected, str) and details["type"] in ("refused", BEYOND_HORIZON):
        return Problem(place, came, expected, context.get("example", ""))
    return Problem(place, came, hint.expected, hint.example)


def _unknown_field(location: Sequence[int | str], model: type[BaseModel]) -> Problem:
    parent = _follow(model, location[:-1])
    known = _field_names(parent)
    near = did_you_mean(str(location[-1]), known)
    expected = f"the field {near}" if near else "one of the fields " + ", ".join(known)
    return Problem(dotted(location), "an unknown field", expected, "")


def dotted(location: Sequence[int | str]) -> str:
    """`products.jiebei.rules[2].at_most` of a path; the key of a mapping stands for itself."""
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part != "[key]":
            text += f".{part}" if text else part
    return text


def hint_at(model: type[BaseModel], location: Sequence[int | str]) -> Hint | None:
    """What the field at a path expects."""
    return _hint(_follow(model, location))


def _follow(annotation: Any, location: Sequence[int | str]) -> Any:
    for place, part in enumerate(location):
        # A wrong key of a mapping has the key in its path, then this mark.
        is_key = location[place + 1 : place + 2] == ("[key]",)
        annotation = _step(_core(annotation), "[key]" if is_key else part)
        if is_key:
            break
    return annotation


def _core(annotation: Any) -> Any:
    """An annotation without Annotated and without `| None`."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
            continue
        options = [each for each in get_args(annotation) if each is not type(None)]
        if type(None) in get_args(annotation) and len(options) == 1:
            annotation = options[0]
            continue
        return annotation


def _step(annotation: Any, part: int | str) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        named = {field.alias or name: field for name, field in annotation.model_fields.items()}
        return named[str(part)].rebuild_annotation()
    arguments = get_args(annotation)
    if get_origin(annotation) is dict:
        return arguments[0 if part == "[key]" else 1]
    return arguments[0] if arguments and get_origin(annotation) in (list, tuple) else annotation


def _field_names(annotation: Any) -> list[str]:
    model = _core(annotation)
    assert issubclass(model, BaseModel), "only models forbid fields"
    return [field.alias or name for name, field in model.model_fields.items()]


def _hint(annotation: Any) -> Hint | None:
    if get_origin(annotation) is Annotated:
        for item in get_args(annotation)[1:]:
            if isinstance(item, Hint):
                return item
        return _hint(get_args(annotation)[0])
    core = _core(annotation)
    if core is not annotation:
        inner = [each for each in get_args(annotation) if each is not type(None)]
        return _hint(inner[0])
    if get_origin(core) is Literal:
        values = [f'"{value}"' for value in get_args(core)]
        return Hint(values[0] if len(values) == 1 else "one of " + ", ".join(values), values[0])
    if get_origin(core) is dict or (isinstance(core, type) and issubclass(core, BaseModel)):
        return Hint("an object", "{...}")
    return Hint("a list", "[...]") if get_origin(core) is list else None
