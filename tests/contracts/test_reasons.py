"""The reason registry: 44 codes whose meaning never changes, with texts that hold nothing but evidence."""

from collections import Counter
from pathlib import Path

import orjson
import pytest

from schemas.reasons import CATALOGUE_VERSION, LANGUAGES, REASONS, REMEDIES, ReasonTextError, placeholders_of, render

PINNED = Path(__file__).parent.parent / "golden" / "reasons" / f"catalogue-{CATALOGUE_VERSION}.json"
# The Chinese text names the age, the English one doesn't; both stand so in the catalogue.
UNEQUAL = {"LEG-01"}


def test_there_are_44_codes() -> None:
    assert len(REASONS) == 44
    assert all(code == reason.code for code, reason in REASONS.items())


def test_no_code_changes_its_meaning_unnoticed() -> None:
    pinned = orjson.loads(PINNED.read_bytes())
    present = {
        code: {
            "category": reason.category,
            "cls": reason.cls,
            "adverse": reason.adverse,
            "disclosure": reason.disclosure,
            "remedy": reason.remedy,
            "placeholders": sorted(reason.placeholders),
            "zh": reason.zh,
            "en": reason.en,
        }
        for code, reason in REASONS.items()
    }
    assert present == pinned, "a text that improves raises CATALOGUE_VERSION and gets a new pinned file"


@pytest.mark.parametrize("code", REASONS)
def test_both_languages_use_the_same_placeholders(code: str) -> None:
    reason = REASONS[code]
    zh, en = placeholders_of(reason.zh), placeholders_of(reason.en)
    assert (zh == en) is (code not in UNEQUAL)
    assert reason.placeholders == zh | en


@pytest.mark.parametrize("code", REASONS)
def test_texts_are_filled_in_completely_and_never_with_holes(code: str) -> None:
    reason = REASONS[code]
    values: dict[str, str | int] = {name: f"<{name}>" for name in reason.placeholders}
    for lang in LANGUAGES:
        text = render(code, lang, values)
        assert "{" not in text
        for name in placeholders_of(reason.text(lang)):
            assert f"<{name}>" in text
            incomplete = {key: value for key, value in values.items() if key != name}
            with pytest.raises(ReasonTextError, match=f"{code} needs a value for {{{name}}}"):
                render(code, lang, incomplete)
            assert "—" in render(code, lang, incomplete, missing="—")


def test_values_are_not_templates() -> None:
    assert (
        render("ACC-01", "en", {"state": "{state} {0.__class__}"})
        == "Your account is restricted ({state} {0.__class__})"
    )
    assert render("SCO-03", "zh", {"n": 62}) == "信用分已超过62天未更新"


def test_unknown_codes_and_languages_are_refused() -> None:
    with pytest.raises(ReasonTextError, match="unknown reason code 'REP-99'"):
        render("REP-99", "zh", {})
    with pytest.raises(ReasonTextError, match="no texts in 'fr'"):
        render("ACC-04", "fr", {})


def test_every_reason_has_a_remedy_and_every_remedy_a_reason() -> None:
    assert {reason.remedy for reason in REASONS.values()} == set(REMEDIES)
    for reason in REASONS.values():
        assert all(reason.remedy_text(lang) for lang in LANGUAGES)
    assert all("{" not in text for remedy in REMEDIES.values() for text in remedy)


def test_classes_and_adverse_flags_of_the_table() -> None:
    assert Counter(reason.cls for reason in REASONS.values()) == Counter(A=18, T=10, U=4, O=6, L=4, C=2)
    assert {code for code, reason in REASONS.items() if reason.adverse == "d"} == {
        "ACC-03", "REP-01", "POL-01", "ACC-04", "REV-01",
    }  # fmt: skip
    assert {code for code, reason in REASONS.items() if reason.disclosure == "limited"} == {"SEC-01", "SEC-02"}
    assert {reason.category for reason in REASONS.values()} == {
        "account", "identity", "repayment", "inquiries", "score", "capacity", "history", "legal", "security", "dispute",
        "policy", "system", "choice",
    }  # fmt: skip
