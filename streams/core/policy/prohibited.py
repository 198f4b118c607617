"""Factors that may not count, by their names: sex, marital status, ethnicity, religion (12 CFR 1002.6).

No fact carries them; but a segment, region or rule could be named after one and so let it in through a list of names.
"""

from __future__ import annotations

import re
from typing import Final

_WORDS: Final = {
    "sex": "sex",
    "sexual": "sex",
    "gender": "sex",
    "male": "sex",
    "males": "sex",
    "female": "sex",
    "females": "sex",
    "man": "sex",
    "men": "sex",
    "woman": "sex",
    "women": "sex",
    "husband": "marital status",
    "wife": "marital status",
    "marital": "marital status",
    "marriage": "marital status",
    "married": "marital status",
    "unmarried": "marital status",
    "divorced": "marital status",
    "widowed": "marital status",
    "pregnant": "sex",
    "pregnancy": "sex",
    "ethnic": "ethnicity",
    "ethnicity": "ethnicity",
    "race": "ethnicity",
    "racial": "ethnicity",
    "nationality": "ethnicity",
    "religion": "religion",
    "religious": "religion",
    "muslim": "religion",
    "christian": "religion",
    "buddhist": "religion",
    "jewish": "religion",
}
_CHINESE: Final = {
    "性别": "sex",
    "男性": "sex",
    "女性": "sex",
    "男士": "sex",
    "女士": "sex",
    "怀孕": "sex",
    "孕妇": "sex",
    "婚姻": "marital status",
    "已婚": "marital status",
    "未婚": "marital status",
    "离异": "marital status",
    "离婚": "marital status",
    "丧偶": "marital status",
    "民族成分": "ethnicity",
    "少数民族": "ethnicity",
    "种族": "ethnicity",
    "族裔": "ethnicity",
    "宗教": "religion",
    "信仰": "religion",
    "穆斯林": "religion",
}
_PARTS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def prohibited(text: str) -> str | None:
    """The factor that a name speaks of, None for none.

    English goes by whole words (also camelCase and snake_case), so that "essex" and "trace" pass; Chinese by terms that
    are no part of a region's name.
    """
    for part in _PARTS.findall(text):
        if part.lower() in _WORDS:
            return _WORDS[part.lower()]
    if text in ("男", "女", "民族"):
        return "ethnicity" if text == "民族" else "sex"
    return next((factor for term, factor in _CHINESE.items() if term in text), None)
