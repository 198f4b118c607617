"""Names that let a prohibited factor in, and names that only look like it."""

import pytest

from streams.core.policy.prohibited import prohibited


@pytest.mark.parametrize(
    "text",
    [
        "essex", "Middlesex", "trace-route", "embrace", "humane", "germany", "Isle of Man", "Oman", "racetrack",
        "Jewish Autonomous Oblast", "long-standing", "CN-45", "west", "单笔", "上班族", "月光族", "家族信托", "贵族",
        "广西壮族自治区", "延边朝鲜族自治州", "恩施土家族苗族自治州", "双江拉祜族佤族布朗族傣族自治县",
        "管城回族区", "隆林各族自治县",        "内蒙古自治区", "新疆维吾尔自治区", "西藏自治区", "民族大学",
        "渠道教育贷", "汝南县", "女山湖镇", "男鹿市",
    ],
)  # fmt: skip
def test_places_and_other_words_are_no_prohibited_factor(text: str) -> None:
    assert prohibited(text) is None


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("sex", "sex"),
        ("female-only", "sex"),
        ("Gender.F", "sex"),
        ("only_men", "sex"),
        ("pregnant", "sex"),
        ("ｓｅｘ", "sex"),
        ("男", "sex"),
        ("女性客户", "sex"),
        ("仅限男", "sex"),
        ("性別", "sex"),
        ("同性恋", "sex"),
        ("isMarried", "marital status"),
        ("single-parents", "marital status"),
        ("MARITAL2", "marital status"),
        ("已婚客户", "marital status"),
        ("離婚", "marital status"),
        ("配偶收入", "marital status"),
        ("RACE_A", "ethnicity"),
        ("ethnicGroup", "ethnicity"),
        ("national-origin", "ethnicity"),
        ("少数民族", "ethnicity"),
        ("民族", "ethnicity"),
        ("回族客户", "ethnicity"),
        ("维吾尔族", "ethnicity"),
        ("籍贯", "ethnicity"),
        ("non-Muslim", "religion"),
        ("christians", "religion"),
        ("宗教", "religion"),
        ("佛教徒", "religion"),
        ("political-view", "political opinion"),
        ("政治面貌", "political opinion"),
        ("disability", "disability"),
        ("残疾人", "disability"),
    ],
)
def test_prohibited_factors_are_known_in_both_languages(text: str, factor: str) -> None:
    assert prohibited(text) == factor
