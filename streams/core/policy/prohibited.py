"""Factors that may not count, by their names: sex, marital status, ethnicity, religion and the like (12 CFR 1002.6).

No fact carries them; but a segment, region or rule could be named after one, and so let it in through a list of names.
English goes by whole words (also of camelCase and snake_case), so that "essex" and "trace" pass; Chinese by terms,
those aside that are part of a place's name ("广西壮族自治区").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final
from unicodedata import normalize

from schemas.errors import Problem, describe

_SEX: Final = "sex"
_MARITAL: Final = "marital status"
_ETHNICITY: Final = "ethnicity"
_RELIGION: Final = "religion"
_OPINION: Final = "political opinion"
_DISABILITY: Final = "disability"

_ENGLISH: Final = {
    _SEX: """sex sexes sexual sexuality gender genders male males female females man men woman women boy boys girl
        girls mother mothers father fathers pregnant pregnancy maternity lesbian gay bisexual transgender lgbt
        homosexual""",
    _MARITAL: """marital marriage married unmarried spouse spousal husband husbands wife wives divorced divorcee
        divorcees widow widows widowed widower widowers""",
    _ETHNICITY: """ethnic ethnicity ethnicities race races racial nationality nationalities tribe tribal uyghur uyghurs
        uighur uighurs tibetan tibetans kazakhs latino latina latinos hispanic hispanics""",
    _RELIGION: """religion religions religious muslim muslims islam islamic christian christians christianity
        catholic catholics protestant protestants buddhist buddhists buddhism jew jews jewish judaism hindu hindus
        hinduism taoist taoists atheist atheists""",
    _OPINION: "political",
    _DISABILITY: "disability disabilities handicapped",
}
_WORDS: Final = {word: factor for factor, words in _ENGLISH.items() for word in words.split()}
_PHRASES: Final = {
    ("national", "origin"): _ETHNICITY,
    ("skin", "colour"): _ETHNICITY,
    ("skin", "color"): _ETHNICITY,
    ("single", "parent"): _MARITAL,
    ("single", "parents"): _MARITAL,
}
_PLACES: Final = re.compile(r"isle[ _-]of[ _-]man\b|jewish[ _-]autonomous", re.IGNORECASE)
_PARTS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

_PEOPLES: Final = re.findall(
    r"\w+",
    "汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 水 东乡 纳西 景颇 "
    "柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 "
    "塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺",
)
_PEOPLE: Final = f"(?:{'|'.join(sorted(_PEOPLES, key=len, reverse=True))})族"
_CHINESE: Final = {
    _SEX: r"性别|性別|男性|女性|男士|女士|男人|女人|男方|女方|妇女|婦女|孕妇|孕婦|怀孕|懷孕|孕期|产妇|性取向|同性恋|"
    r"^[男女]$|[男女](?:客户|客戶|客群|用户|用戶|生|员工|專享|专享|款)|(?:仅限|仅|限|只限|只)[男女]",
    _MARITAL: r"婚姻|婚否|已婚|未婚|结婚|結婚|再婚|离婚|離婚|离异|離異|丧偶|喪偶|配偶|单身|單身|单亲|單親",
    _ETHNICITY: rf"{_PEOPLE}(?!(?:{_PEOPLE})*(?:各族)?(?:自治|民族|乡|鄉|镇|区|馆))|种族|種族|族裔|少数民族|少數民族|"
    r"民族(?!自治|乡|鄉|镇|大学|学院|路|街|园|宫|团结)|籍贯|籍貫|国籍|國籍",
    _RELIGION: r"宗教|信仰|信教|教徒|佛教|道教(?!育)|伊斯兰|伊斯蘭|穆斯林|基督|天主教",
    _OPINION: r"政治面貌|政治立场|党员|黨員",
    _DISABILITY: r"残疾|殘疾",
}
_TERMS: Final = {factor: re.compile(pattern) for factor, pattern in _CHINESE.items()}


def prohibited(text: str) -> str | None:
    """The factor that a name speaks of, None for none."""
    plain = _PLACES.sub("", normalize("NFKC", text))
    words = [part.lower() for part in _PARTS.findall(plain)]
    for word in words:
        if word in _WORDS:
            return _WORDS[word]
    for pair in pairwise(words):
        if pair in _PHRASES:
            return _PHRASES[pair]
    return next((factor for factor, term in _TERMS.items() if term.search(plain)), None)


def named(text: str, place: str) -> Iterator[Problem]:
    """The problem of a name that speaks of such a factor."""
    factor = prohibited(text)
    if factor is not None:
        yield Problem(place, describe(text), f"a name without a factor that may not count ({factor})", "long-standing")
