"""The reason registry: 44 codes whose meaning never changes, with texts that hold nothing but evidence."""

from collections import Counter
from pathlib import Path

import orjson
import pytest

from schemas.reasons import (
    CATALOGUE_VERSION,
    LANGUAGES,
    REASONS,
    VERSIONS,
    ReasonTextError,
    page,
    placeholders_of,
    remedy,
    render,
    unchangeable,
    values_of,
)
from schemas.wording.template import required_of

GOLDEN = Path(__file__).parent.parent / "golden" / "reasons"
MEANING = ("category", "cls", "adverse", "disclosure", "remedy")
VAGUE = {
    "en": (
        "internal policy",
        "does not meet",
        "do not meet",
        "not eligible",
        "ineligible",
        "requirements of the system",
        "comprehensive",
        "overall assessment",
        "various",
        "certain reasons",
        "other reasons",
        "risk control",
        "insufficient",
        "unsatisfactory",
        "temporarily unavailable",
        "not available to you",
    ),
    "zh": (
        "内部政策", "不符合", "综合评估", "综合评分", "资质不足", "暂无资格", "系统原因", "其他原因", "风控",
        "暂不可用", "评分不足",
    ),
}  # fmt: skip
"""What says nothing that one could act on or check; no text may hold it."""
BLAME = {
    "en": (
        "you failed", "your fault", "dishonest", "unreliable", "delinquent", "bad debt", "violat", "immediately",
        "warning", "must ",
    ),
    "zh": ("失信", "老赖", "恶意", "违规", "过错", "立即", "马上", "警告", "必须", "后果"),
}  # fmt: skip
"""What blames, or frightens into paying."""


def words(code: str, lang: str) -> list[str]:
    reason, place = REASONS[code], LANGUAGES.index(lang)
    wording = VERSIONS[CATALOGUE_VERSION]
    fixed = wording.fixed.get(code)
    said = [wording.texts[code][place], wording.remedies[reason.remedy][place], *page(code, lang)]
    return said if fixed is None else [*said, fixed[place]]


def test_there_are_44_codes() -> None:
    assert len(REASONS) == 44
    assert all(code == reason.code for code, reason in REASONS.items())


@pytest.mark.parametrize("version", VERSIONS)
def test_no_code_changes_its_meaning_nor_a_version_its_words_unnoticed(version: str) -> None:
    pinned = orjson.loads((GOLDEN / f"catalogue-{version}.json").read_bytes())
    wording = VERSIONS[version]
    assert pinned.keys() == REASONS.keys()
    for code, kept in pinned.items():
        assert {name: kept[name] for name in MEANING} == {name: getattr(REASONS[code], name) for name in MEANING}
        assert (kept["zh"], kept["en"]) == wording.texts[code], "words that improve get a new version and a new file"
        if "remedies" in kept:
            assert kept["remedies"] == list(wording.remedies[kept["remedy"]])
            assert kept["unchangeable"] == (list(wording.fixed[code]) if code in wording.fixed else None)


@pytest.mark.parametrize("code", REASONS)
def test_both_languages_use_the_same_placeholders(code: str) -> None:
    zh, en = VERSIONS[CATALOGUE_VERSION].texts[code]
    assert placeholders_of(zh) == placeholders_of(en)
    assert required_of(zh) == required_of(en)


@pytest.mark.parametrize("code", REASONS)
def test_texts_are_filled_in_completely_and_never_with_holes(code: str) -> None:
    values: dict[str, str | int] = {name: f"<{name}>" for name in REASONS[code].placeholders}
    for place, lang in enumerate(LANGUAGES):
        template = VERSIONS[CATALOGUE_VERSION].texts[code][place]
        text = render(code, lang, values)
        assert not set("{}[]") & set(text)
        for name in placeholders_of(template):
            assert f"<{name}>" in text
            incomplete = {key: value for key, value in values.items() if key != name}
            if name in required_of(template):
                with pytest.raises(ReasonTextError, match=f"{code} needs a value for {{{name}}}"):
                    render(code, lang, incomplete)
                assert "—" in render(code, lang, incomplete, missing="—")
            else:
                assert "—" not in render(code, lang, incomplete, missing="—")
                assert f"<{name}>" not in render(code, lang, incomplete)


def test_values_are_not_templates() -> None:
    text = render("ACC-01", "en", {"state": "{state} [{0.__class__}]"})
    assert text == "There is a restriction on your account: {state} [{0.__class__}]"


TWO_DAYS = "the oldest payment is 2 days late"
ONE_LATE = "1 payment was late or missed in the last 1 month; this product allows 0"
SIX_LATE = "6 payments were late or missed in the last 24 months; this product allows 5"
ONE_INQUIRY = "1 lender inquiry was made about you in the last day; this product allows 0"
FIVE_INQUIRIES = "5 lender inquiries were made about you in the last 30 days; this product allows 4"


@pytest.mark.parametrize(
    ("code", "lang", "values", "text"),
    [
        ("REP-01", "en", {"dpd": 1, "amount": "9 CNY"}, "9 CNY is overdue; the oldest payment is 1 day late"),
        ("REP-01", "en", {"dpd": 2}, TWO_DAYS),
        ("REP-01", "zh", {"dpd": 2, "amount": "120.00 CNY"}, "还有120.00 CNY逾期待还,最早一笔已逾期2天"),
        ("REP-01", "en", {"dpd": 2, "amount": "8", "unit": "CNY"}, "8 CNY is overdue; " + TWO_DAYS),
        ("REP-03", "en", {"n": 1, "m": 1, "k": 0}, ONE_LATE),
        ("REP-03", "en", {"n": 6, "m": 24, "k": 5}, SIX_LATE),
        ("INQ-01", "en", {"n": 1, "w": "1d", "k": 0}, ONE_INQUIRY),
        ("INQ-01", "en", {"n": 5, "w": "30d", "k": 4}, FIVE_INQUIRIES),
        ("INQ-01", "zh", {"n": 5, "w": "6m", "k": 4}, "近6个月有5次机构查询您的信用,该产品最多允许4次"),
        ("IDN-02", "en", {"date": "2026-03-01"}, "Your identity document expired on 1 March 2026"),
        ("IDN-02", "zh", {"date": "2026-03-01"}, "您的身份证件已于2026年3月1日到期"),
        ("LEG-02", "en", {"region": "CN-65"}, "This product is not offered in Xinjiang yet"),
        ("LEG-02", "zh", {"region": "CN-XJ"}, "该产品在您所在的地区(新疆)还没有开通"),
        ("LEG-02", "en", {"region": "US-NY"}, "This product is not offered in US-NY yet"),
        ("CHO-01", "en", {}, "You closed or paused it yourself"),
        ("SCO-01", "en", {"score": 580, "limit": 595}, "Your credit score is 580; this product needs 595"),
    ],
)  # fmt: skip
def test_values_are_said_as_people_say_them(code: str, lang: str, values: dict[str, str | int], text: str) -> None:
    assert render(code, lang, values) == text


def test_what_was_said_in_earlier_words_is_said_again_in_them() -> None:
    values: dict[str, str | int] = {"dpd": 2, "amount": "120.00 CNY"}
    assert render("REP-01", "en", values, version="1") == "120.00 CNY is overdue by 2 days"
    assert remedy("REP-01", "zh", values, version="1") == "还清逾期款项"
    assert unchangeable("LEG-02", "en", version="1") is None
    assert render("SCO-03", "zh", {"n": 62}, version="1") == "信用分已超过62天未更新"


def test_the_next_review_is_promised_where_it_is_known() -> None:
    assert remedy("SCO-02", "en", {"review": "2026-02-06"}).endswith(
        "; the next regular review after this is on 6 February 2026"
    )
    assert "review" not in remedy("SCO-02", "en", {})


def test_only_texts_and_numbers_fill_words() -> None:
    assert values_of({"a": 1, "b": "x", "c": None, "d": ["y"]}, "CNY") == {"a": 1, "b": "x", "unit": "CNY"}
    assert values_of({}, None) == {}


def test_unknown_codes_languages_and_versions_are_refused() -> None:
    with pytest.raises(ReasonTextError, match="unknown reason code 'REP-99'"):
        render("REP-99", "zh", {})
    with pytest.raises(ReasonTextError, match="no texts in 'fr'"):
        render("ACC-04", "fr", {})
    with pytest.raises(ReasonTextError, match="no catalogue of version '0'"):
        remedy("ACC-04", "en", {}, version="0")


def test_every_reason_has_a_remedy_and_every_remedy_a_reason() -> None:
    for wording in VERSIONS.values():
        assert {reason.remedy for reason in REASONS.values()} == set(wording.remedies)
    for reason in REASONS.values():
        assert all(reason.remedy_text(lang) for lang in LANGUAGES)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", REASONS)
def test_no_words_are_vague_and_none_blame(code: str, lang: str) -> None:
    for said in words(code, lang):
        found = [phrase for phrase in (*VAGUE[lang], *BLAME[lang]) if phrase in said.lower()]
        assert not found, f"{code} {lang}: {found} in {said!r}"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_reason_has_a_page_of_its_own_without_a_policys_numbers(lang: str) -> None:
    pages = {code: page(code, lang) for code in REASONS}
    assert len({read.works for read in pages.values()}) == len(REASONS)
    for code, read in pages.items():
        assert len(read.works) >= (15 if lang == "zh" else 60), code
        assert read.keep
        assert not any(sign.isdigit() for sign in read.works + read.keep), code
        assert placeholders_of(read.works + read.keep) == frozenset()


def test_nobody_is_told_that_it_is_their_turn_where_nobody_can_act() -> None:
    """What can't be changed says why; it is never of the customer's class."""
    fixed = {code for code in REASONS if unchangeable(code, "en") is not None}
    assert {REASONS[code].cls for code in fixed} == {"L", "O"}
    assert {code for code, reason in REASONS.items() if reason.cls == "O"} <= fixed
    for code in fixed:
        assert "because" in str(unchangeable(code, "en"))
        assert "因为" in str(unchangeable(code, "zh"))


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
