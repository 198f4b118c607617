"""Version 3 of the catalogue's wording: version 2, but for what to do about months past due that a lender reported.

Where a product looks at the worst report of a period, the next report alone brings no change.
"""

from typing import Final

from schemas.wording import version_2

TEXTS: Final[dict[str, tuple[str, str]]] = version_2.TEXTS
FIXED: Final[dict[str, tuple[str, str]]] = version_2.FIXED
REMEDIES: Final[dict[str, tuple[str, str]]] = {
    **version_2.REMEDIES,
    "pay-issuer": (
        "还清欠款;机构下次上报后就会更新,如该产品看一段时间内的最高逾期,则等该次上报移出这段时间",
        "Pay what is due; it ends with the lender's next report, or, where this product looks at the worst report of a "
        "period, when that report leaves the period",
    ),
}
