"""Filling in texts. Signs in a text:

    {name}            a value
    {name:day}        a date (YYYY-MM-DD) as people write it
    {name:period}     a window ("30d", "6m") in words
    {name:money}      an amount; with the reason's currency where it has none of its own
    {name:place}      a region (ISO 3166-2) by its name
    {name:one|other}  one of two forms, by whether the value is 1: English "day" and "days"
    [...]             left out when a value in it is missing

Values are put in as they are: what looks like a sign in one stays as it is.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final, Literal

from schemas.wording.places import PLACES

Language = Literal["zh", "en"]
Values = Mapping[str, str | int]

_SIGN: Final = re.compile(r"\{([a-z_]+)(?::([^{}]*))?\}")
_OPTIONAL: Final = re.compile(r"\[([^\[\]]*)\]")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_WINDOW: Final = re.compile(r"(\d+)([dm])")
_MONTHS: Final = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def outline(template: str) -> str:
    """The template as it is read without values: each sign as its name, whatever may be left out still in it."""

    def plain(sign: re.Match[str]) -> str:
        form = sign[2] or ""
        return form.partition("|")[2] if "|" in form else f"{{{sign[1]}}}"

    return _SIGN.sub(plain, template.replace("[", "").replace("]", ""))


def quantity(value: object, unit: str | None, lang: Language) -> str:
    """A value with its unit as people say it; currencies stand behind, counts and ratios have no unit."""
    name = _UNITS.get(unit or "", (unit or "", unit or "", unit or ""))
    if lang == "zh":
        return f"{value}{name[0]}" if unit in _UNITS else f"{value} {name[0]}".rstrip()
    return f"{value} {name[1 if str(value) == '1' else 2]}".rstrip()


_UNITS: Final = {
    "count": ("", "", ""),
    "ratio": ("", "", ""),
    "days": ("天", "day", "days"),
    "months": ("个月", "month", "months"),
    "years": ("岁", "year", "years"),
}


def counted(number: int, what: str) -> str:
    """So many things, in English: `1 record`, `1,024 records`."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


class MissingValueError(ValueError):
    """A value that the text needs isn't there; `args[0]` is its name."""


def placeholders_of(template: str) -> frozenset[str]:
    """The names in braces of a template."""
    return frozenset(name for name, _ in _SIGN.findall(template))


def required_of(template: str) -> frozenset[str]:
    """The names without whose values the template can't be filled."""
    return placeholders_of(_OPTIONAL.sub("", template))


def fill(template: str, lang: Language, values: Values, missing: str | None = None) -> str:
    """The template with its values. `missing` stands for one that isn't there; without it MissingValueError is raised."""

    def put(sign: re.Match[str]) -> str:
        value = values.get(sign[1])
        if value is None:
            if missing is None:
                raise MissingValueError(sign[1])
            return missing
        return _formed(value, sign[2], lang, values)

    def whole(part: str) -> str:
        return _SIGN.sub(put, part)

    pieces, end = [], 0
    for option in _OPTIONAL.finditer(template):
        pieces.append(whole(template[end : option.start()]))
        if all(name in values for name in placeholders_of(option[1])):
            pieces.append(whole(option[1]))
        end = option.end()
    return "".join([*pieces, whole(template[end:])])


def _formed(value: str | int, form: str | None, lang: Language, values: Values) -> str:
    if form is None:
        return str(value)
    if "|" in form:
        one, other = form.split("|")
        return one if str(value) == "1" else other
    return _FORMS[form](str(value), lang, values)


def _day(value: str, lang: Language, _: Values) -> str:
    if not _DATE.fullmatch(value):
        return value
    day = date.fromisoformat(value)
    return f"{day.year}年{day.month}月{day.day}日" if lang == "zh" else f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _period(value: str, lang: Language, _: Values) -> str:
    window = _WINDOW.fullmatch(value)
    if window is None:
        return value
    count, days = int(window[1]), window[2] == "d"
    if lang == "zh":
        return f"{count}天" if days else f"{count}个月"
    unit = "day" if days else "month"
    return unit if count == 1 else f"{count} {unit}s"


def _money(value: str, _: Language, values: Values) -> str:
    return value if " " in value or "unit" not in values else f"{value} {values['unit']}"


def _place(value: str, lang: Language, _: Values) -> str:
    place = PLACES.get(value)
    return value if place is None else place[0 if lang == "zh" else 1]


_FORMS: Final[Mapping[str, Callable[[str, Language, Values], str]]] = {
    "day": _day,
    "period": _period,
    "money": _money,
    "place": _place,
}
