"""Observed values and limits as people say them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from schemas.reasons import LANGUAGES, Language
from schemas.wording.places import PLACES
from schemas.wording.template import quantity

_YES_NO: Final[dict[Language, tuple[str, str]]] = {"en": ("no", "yes"), "zh": ("否", "是")}


def value(given: Any, unit: str | None, lang: Language) -> str:
    """A value or a limit with its unit; empty where there is none."""
    if given is None:
        return ""
    if isinstance(given, bool):
        return _YES_NO[lang][given]
    if isinstance(given, list):
        return ("、" if lang == "zh" else ", ").join(value(each, unit, lang) for each in given)
    if unit == "ratio":
        return f"{(Decimal(str(given)) * 100).normalize():f}%"
    if unit is None and isinstance(given, str) and given in PLACES:
        return PLACES[given][LANGUAGES.index(lang)]
    return quantity(given, unit, lang)
