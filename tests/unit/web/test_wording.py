"""Instants, reasons and steps as pages say them."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schemas.reasons import LANGUAGES, REASONS, Language
from streams.web.instants import shown
from streams.web.telling import path
from streams.web.wording.titles import title


@pytest.mark.parametrize(
    ("zone", "lang", "named", "told"),
    [
        ("UTC", "en", True, "20 Nov 2026 02:00 (UTC)"),
        ("UTC", "zh", True, "2026年11月20日02:00 (UTC)"),
        ("Asia/Shanghai", "en", True, "20 Nov 2026 10:00 (Asia/Shanghai)"),
        ("Asia/Shanghai", "zh", True, "2026年11月20日10:00"),
        ("UTC", "zh", False, "2026年11月20日02:00"),
    ],
)
def test_an_instant_names_its_zone_where_readers_may_take_it_for_another(
    zone: str, lang: Language, named: bool, told: str
) -> None:
    assert shown("2026-11-20T02:00:00Z", ZoneInfo(zone), lang, named).shown == told


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_reason_has_a_title_of_its_own(lang: Language) -> None:
    titles = [title(code, lang) for code in REASONS]
    assert all(titles)
    assert len(set(titles)) == len(titles)
    assert title("XXX-99", lang) == ""


@pytest.mark.parametrize(("lang", "told"), [("en", "pay 20.00 CNY (L1/1)"), ("zh", "支付20.00 CNY (L1/1)")])
def test_an_amount_to_pay_has_its_currency(lang: Language, told: str) -> None:
    at = "2026-01-20T00:00:00Z"
    data = {"amount": "20.00", "loan_id": "L1", "installment": 1}
    step = {"at": at, "type": "repayment.received", "data": data, "money": "20.00", "currency": "CNY"}
    plan = {"steps": [step], "turns": [], "opens_at": at, "money": "20.00"}
    opens: dict[str, Any] = {
        "verdict": "doable",
        "plan": plan,
        "sooner": None,
        "no_application_until": None,
        "ways": [],
    }
    found = path(opens, lang, lambda text: shown(text, ZoneInfo("UTC"), lang), [])
    assert [each["text"] for each in found["plan"]["course"]] == [told]
