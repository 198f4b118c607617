"""The customer's page: server-rendered, zh and en, from the same data as the interface."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response

from schemas.instants import instant_text
from schemas.reasons import Language
from streams.core.path.scene import Scene
from streams.core.path.search import path as search
from streams.messages import now_ms
from streams.query.checks import checks
from streams.query.opens import path_document
from streams.query.words import WORDS, check_text, path_lines, reason_text
from streams.web import answers, html
from streams.web.instants import Shown, shown
from streams.web.problems import responses
from streams.web.service import COSTLY, Account, Reader, Service, ServiceOf, spend
from streams.web.store import Document
from streams.web.wording.customer import PAGE

router = APIRouter(include_in_schema=False)

_PAST_MAX: Final = 20
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
_UTC: Final = ZoneInfo("UTC")


@router.get("/accounts/{id}", responses=responses("unauthenticated", "forbidden", "account-unknown"))
async def account_page(
    request: Request,
    at: ServiceOf,
    key: Reader,
    account: Account,
    lang: Annotated[Language | None, Query()] = None,
) -> Response:
    """What holds for an account, why, what to do and what comes next, in the language asked for or the browser's."""
    spoken = html.spoken(request, lang)
    pictures = answers.chosen(account, None, at.view.store.pictures(account))
    spend(at, key, COSTLY * len(pictures))
    now = now_ms()
    page = _Page(at, account, spoken, now)
    products = [page.product(each["data"], each["time"]) for each in pictures]
    return html.page(
        request,
        "account.html",
        spoken,
        account=account,
        words=PAGE[spoken],
        now=page.when(instant_text(now)),
        products=products,
    )


class _Page:
    """An account's products in one language, as the template wants them."""

    def __init__(self, at: Service, account: str, lang: Language, now: int) -> None:
        self._at, self._account, self._lang, self._now = at, account, lang, now
        self._words = PAGE[lang]
        self._zone = _UTC
        self._up = at.view.store.availability()
        policies = at.replica.policies(account)
        in_force = policies.in_force(account, policies.era_at(now))
        if in_force is not None:
            self._zone = ZoneInfo(in_force.program.context.zone.name)

    def when(self, text: str) -> Shown:
        """An instant in the policy's zone."""
        return shown(text, self._zone, self._lang)

    def product(self, data: Document, since: str) -> Document:
        """One product's section."""
        count, up = data["reasons_shown"], self._up.get(data["product"], {}).get("data", {})
        rules, path = self._engine(data["product"], data["reasons"])
        version = answers.wording(data)
        return {
            "product": data["product"],
            "provider": data["provider"],
            "status": data["status"],
            "word": WORDS[self._lang][data["status"]],
            "side": data["side"],
            "since": self.when(since),
            # An outage of one region or channel may not be this customer's.
            "down": any(each["region"] is None and each["channel"] is None for each in up.get("outages", ())),
            "reasons": [self._reason(each, version) for each in data["reasons"][:count]],
            "hidden": [reason_text(each, self._lang, version) for each in data["reasons"][count:]],
            "terms": self._terms(data["terms"]),
            "change": self._change(data["next_change"]),
            "path": path if data["status"] != "OPEN" else [],
            "alternatives": data["alternatives"] if data["status"] != "OPEN" else [],
            "checks": rules,
            "history": self._history(data["product"]),
            "reference": data["reference"],
            "catalogue": data["catalogue"],
        }

    def _reason(self, reason: Document, version: str) -> Document:
        limit, unit = reason["limit"], reason["unit"]
        return {
            "code": reason["code"],
            "text": reason_text(reason, self._lang, version),
            "measured": reason["observed"] is not None and limit is not None,
            "observed": reason["observed"],
            "limit": ", ".join(limit) if isinstance(limit, list) else limit,
            "unit": f" {unit}" if unit not in (None, "count") else "",
            "since": None if reason["since"] is None else self.when(reason["since"]),
            "clears": None if reason["clears_at"] is None else self.when(reason["clears_at"]),
            "remedy": answers.to_do(reason, self._lang, version),
        }

    def _terms(self, terms: Document) -> str:
        if not terms["new_draws"]:
            return self._words["no draws"]
        if terms.get("max_amount") is None:
            return self._words["draws"]
        return self._words["up to"].format(terms["max_amount"], terms.get("currency") or "")

    def _change(self, change: Document | None) -> str:
        if change is None:
            return self._words["no change"]
        word = WORDS[self._lang][change["status"]]
        return self._words["changes"].format(at=self.when(change["at"]).shown, status=word)

    def _engine(self, product: str, reasons: list[Document]) -> tuple[list[Document], list[str]]:
        """Every rule, and what opens the product, as the engine says now."""
        policies = self._at.replica.policies(self._account)
        one, other = self._at.replica.account(self._account), self._at.replica.account(self._account)
        if one is None or other is None:
            return [], []
        scene = Scene(one, product, self._now, policies)
        rules: list[dict[str, Any]] = checks(scene)
        judged, found = scene.judge(scene.state, scene.at), search(other, product, self._now, policies)
        if judged is None or found is None:
            return [], []
        home = judged[0].program.context.currency
        lines = [self._dated(line.strip()) for line in path_lines(path_document(found, home), self._lang, reasons)]
        # A rule of limited disclosure is told where it is a reason, and nowhere else.
        told = [each for each in rules if each["rule"] is not None or each["result"] == "fail"]
        return [{"result": each["result"], "text": check_text(each, self._lang)} for each in told], lines

    def _dated(self, line: str) -> str:
        """The line with its instants as people read them."""
        return _INSTANT.sub(lambda found: self.when(found[0]).shown, line)

    def _history(self, product: str) -> list[Document]:
        found = []
        for each in self._at.view.store.past(self._account, None, _PAST_MAX, product):
            event = each.document()
            data = event["data"]
            found.append(
                {
                    "at": self.when(event["time"]),
                    "word": WORDS[self._lang][data["status"]],
                    "reasons": [
                        reason_text(reason, self._lang, answers.wording(data))
                        for reason in data["reasons"][: data["reasons_shown"]]
                    ],
                }
            )
        return found
