"""The registry of reasons: what each code means, says and asks for, and how its text is filled in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from schemas.reason_catalogue import CATALOGUE_VERSION, REMEDIES, ROWS, Adverse, Class, Remedy, Row
from schemas.vocabulary import Disclosure

__all__ = ["CATALOGUE_VERSION", "LANGUAGES", "REASONS", "REMEDIES", "Language", "Reason", "ReasonTextError", "render"]

Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")

_PLACEHOLDER: Final = re.compile(r"\{([a-z]+)\}")


class ReasonTextError(ValueError):
    """A reason's text cannot be written: unknown code or language, or evidence missing for a placeholder."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One code of the catalogue. `placeholders` are those of both languages; `remedy` is a slug of REMEDIES."""

    code: str
    category: str
    cls: Class
    adverse: Adverse
    zh: str
    en: str
    placeholders: frozenset[str]
    remedy: str
    disclosure: Disclosure

    def text(self, lang: Language) -> str:
        """The template in one language."""
        return self.zh if lang == "zh" else self.en

    def remedy_text(self, lang: Language) -> str:
        """What to do about it, in one language."""
        remedy: Remedy = REMEDIES[self.remedy]
        return remedy.zh if lang == "zh" else remedy.en


def placeholders_of(template: str) -> frozenset[str]:
    """The names in braces of a template."""
    return frozenset(_PLACEHOLDER.findall(template))


def _reason(row: Row) -> Reason:
    assert row.remedy in REMEDIES, f"{row.code} names a remedy that exists"
    return Reason(
        code=row.code,
        category=row.category,
        cls=row.cls,
        adverse=row.adverse,
        zh=row.zh,
        en=row.en,
        placeholders=placeholders_of(row.zh) | placeholders_of(row.en),
        remedy=row.remedy,
        disclosure=row.disclosure,
    )


REASONS: Final[Mapping[str, Reason]] = MappingProxyType({row.code: _reason(row) for row in ROWS})


def render(code: str, lang: str, values: Mapping[str, str | int], *, missing: str | None = None) -> str:
    """The text of a reason for people, placeholders filled from evidence.

    `missing` stands for values that the evidence doesn't hold; without it a missing value is an error, so that no
    message goes out with a hole. Raises ReasonTextError for that, an unknown code or an unknown language.
    """
    reason = REASONS.get(code)
    if reason is None:
        raise ReasonTextError(f"unknown reason code {code!r}; the catalogue has, for example, REP-01")
    if lang not in LANGUAGES:
        raise ReasonTextError(f"no texts in {lang!r}; there are zh and en")
    template = reason.zh if lang == "zh" else reason.en

    def fill(match: re.Match[str]) -> str:
        value = values.get(match[1], missing)
        if value is None:
            raise ReasonTextError(f"{code} needs a value for {{{match[1]}}}; given: {sorted(values) or 'none'}")
        return str(value)

    return _PLACEHOLDER.sub(fill, template)
