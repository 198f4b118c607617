"""What the audit of a lane says of one account: for the page, for the report, and without what is of others. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from schemas.reasons import Language
from streams.web.instants import Shown
from streams.web.memory import Answer
from streams.web.store import Document
from streams.web.wording.audit import AUDIT

Outcome = Literal["equal", "elsewhere", "different"]


def outcome(report: Document, account: str) -> Outcome:
    """Equal; different in something of others, or of the ledger itself; or different for this account."""
    if report["outcome"] == "equal":
        return "equal"
    return "different" if account in report["first_by_account"] else "elsewhere"


def of_account(report: Document, account: str) -> Document:
    """The report without the findings of other accounts; all are counted."""

    def mine(finding: Any) -> bool:
        return finding is not None and finding["account"] in (None, account)

    return {
        **report,
        "first": report["first"] if mine(report["first"]) else None,
        "first_by_account": {name: each for name, each in report["first_by_account"].items() if name == account},
        "findings": [each for each in report["findings"] if mine(each)],
    }


def shown(answer: Answer[Document], account: str, when: Callable[[str], Shown]) -> Document:
    """For the page."""
    report = answer.value
    if report is None:
        return {"known": False, "error": answer.error, "underway": answer.underway}
    (lane,) = report["lanes"]
    return {
        "known": True,
        "error": answer.error,
        "underway": answer.underway,
        "outcome": outcome(report, account),
        "at": when(report["taken_at"]),
        "lane": lane,
        "matched": [(name, count) for name, count in lane["matched"].items() if count],
        "first": report["first_by_account"].get(account),
        "counts": report["counts"],
        "proves": report["proves"],
        "proves_not": report["does_not_prove"],
    }


def lines(answer: Answer[Document], account: str, lang: Language) -> list[str]:
    """For the report."""
    words, report = AUDIT[lang], answer.value
    if report is None:
        return [words["not yet"]]
    (lane,) = report["lanes"]
    first = report["first_by_account"].get(account)
    blocks = words["blocks"].format(first=lane["first_block"], last=lane["last_block"], records=lane["records"])
    return [
        words[f"outcome {outcome(report, account)}"],
        f"{words['taken']} {report['taken_at']}; {words['lane']} {lane['lane']}, {blocks}; {lane['hash']}",
        *([] if first is None else [f"{first['class']}: {first['evidence']}"]),
        *report["proves"],
        *report["does_not_prove"],
    ]
