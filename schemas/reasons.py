"""The registry of reasons: what each code means, says and asks for, and how its words are filled in.

Everything here is a pure function of code, language, values and the catalogue's version: what was said in an earlier
version's words is said again word for word.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from schemas.reason_catalogue import CATALOGUE_VERSION, ROWS, Adverse, Class, Row
from schemas.vocabulary import Disclosure
from schemas.wording import pages_en, pages_zh, version_1, version_2, version_3
from schemas.wording.template import Language, MissingValueError, Values, fill, outline, placeholders_of

__all__ = [
    "CATALOGUE_VERSION",
    "LANGUAGES",
    "REASONS",
    "VERSIONS",
    "Language",
    "Page",
    "Reason",
    "ReasonTextError",
    "page",
    "placeholders_of",
    "remedy",
    "render",
    "unchangeable",
    "values_of",
]

LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")


class ReasonTextError(ValueError):
    """A reason's text cannot be written: unknown code, language or version, or evidence missing for a placeholder."""


class _Wording(NamedTuple):
    """One version's texts by code, remedies by slug, and by code why nobody can act on it; each zh and en."""

    texts: Mapping[str, tuple[str, str]]
    remedies: Mapping[str, tuple[str, str]]
    fixed: Mapping[str, tuple[str, str]]


VERSIONS: Final[Mapping[str, _Wording]] = MappingProxyType(
    {
        "1": _Wording(version_1.TEXTS, version_1.REMEDIES, {}),
        "2": _Wording(version_2.TEXTS, version_2.REMEDIES, version_2.FIXED),
        "3": _Wording(version_3.TEXTS, version_3.REMEDIES, version_3.FIXED),
    }
)
_PRESENT: Final = VERSIONS[CATALOGUE_VERSION]


@dataclass(frozen=True, slots=True)
class Reason:
    """One code of the catalogue, with its present words. `placeholders` are those of text and remedy in both languages;
    `remedy` is a slug.
    """

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
        """The template in one language, its signs made plain."""
        return outline(self.zh if lang == "zh" else self.en)

    def remedy_text(self, lang: Language) -> str:
        """What to do about it, in one language, as far as it needs no values."""
        return remedy(self.code, lang, {})


class Page(NamedTuple):
    """What people read about a reason: how this works, and how to keep it good."""

    works: str
    keep: str


def _reason(row: Row) -> Reason:
    assert row.remedy in _PRESENT.remedies, f"{row.code} names a remedy that exists"
    zh, en = _PRESENT.texts[row.code]
    return Reason(
        code=row.code,
        category=row.category,
        cls=row.cls,
        adverse=row.adverse,
        zh=zh,
        en=en,
        placeholders=frozenset().union(*map(placeholders_of, (zh, en, *_PRESENT.remedies[row.remedy]))),
        remedy=row.remedy,
        disclosure=row.disclosure,
    )


REASONS: Final[Mapping[str, Reason]] = MappingProxyType({row.code: _reason(row) for row in ROWS})


def render(
    code: str, lang: str, values: Values, *, missing: str | None = None, version: str = CATALOGUE_VERSION
) -> str:
    """The text of a reason for people, placeholders filled from evidence, in a version's words.

    `missing` stands for values that the evidence doesn't hold; without it a missing value is an error, so that no
    message goes out with a hole. Raises ReasonTextError for that, and for what isn't in the catalogue.
    """
    reason, wording, spoken = _found(code, lang, version)
    template = wording.texts[reason.code][LANGUAGES.index(spoken)]
    try:
        return fill(template, spoken, values, missing)
    except MissingValueError as error:
        name = error.args[0]
        raise ReasonTextError(f"{code} needs a value for {{{name}}}; given: {sorted(values) or 'none'}") from None


def values_of(values: Mapping[str, Any], unit: str | None) -> Values:
    """What fills a reason's words: the values that came with it, and its unit, for amounts without a currency."""
    found: dict[str, str | int] = {name: each for name, each in values.items() if isinstance(each, str | int)}
    return found if unit is None else {"unit": unit, **found}


def remedy(code: str, lang: str, values: Values, *, version: str = CATALOGUE_VERSION) -> str:
    """What to do about a reason; what needs a value that isn't there is left out. Raises ReasonTextError."""
    reason, wording, spoken = _found(code, lang, version)
    return fill(wording.remedies[reason.remedy][LANGUAGES.index(spoken)], spoken, values, "")


def unchangeable(code: str, lang: str, *, version: str = CATALOGUE_VERSION) -> str | None:
    """Why nobody can act on a reason; None where somebody can, or time does. Raises ReasonTextError."""
    _, wording, spoken = _found(code, lang, version)
    return wording.fixed[code][LANGUAGES.index(spoken)] if code in wording.fixed else None


def page(code: str, lang: str) -> Page:
    """What people read about a reason. Raises ReasonTextError."""
    _, _, spoken = _found(code, lang, CATALOGUE_VERSION)
    return Page(*(pages_zh.PAGES if spoken == "zh" else pages_en.PAGES)[code])


def _found(code: str, lang: str, version: str) -> tuple[Reason, _Wording, Language]:
    reason, wording = REASONS.get(code), VERSIONS.get(version)
    if reason is None:
        raise ReasonTextError(f"unknown reason code {code!r}; the catalogue has, for example, REP-01")
    if wording is None:
        raise ReasonTextError(f"no catalogue of version {version!r}; there are {' and '.join(VERSIONS)}")
    for known in LANGUAGES:
        if lang == known:
            return reason, wording, known
    raise ReasonTextError(f"no texts in {lang!r}; there are zh and en")
