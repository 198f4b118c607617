"""The page of audit: one account's changes with the records behind each, the verification's result, and the report.

Everything is told here, also what reasons of limited disclosure keep from others: only the scope audit comes in.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Query, Request, Response
from markupsafe import Markup
from starlette.responses import RedirectResponse

from schemas.instants import instant_text
from schemas.reasons import Language
from streams.messages import now_ms
from streams.query.report import report, timeline
from streams.query.words import WORDS, check_text
from streams.web import answers, html, staff, verification
from streams.web.customer import Customer
from streams.web.elsewhere import Evidence
from streams.web.forms import Fields, spoken
from streams.web.problems import ProblemError, responses
from streams.web.running import known
from streams.web.service import COSTLY, Account, Caller, Reader, Service, ServiceOf, requires, spend
from streams.web.store import Document
from streams.web.support import find
from streams.web.wording.audit import AUDIT
from streams.web.wording.staff import STAFF

router = APIRouter(include_in_schema=False)

CHANGES: Final = 50
_CORRECTIONS_MAX: Final = 50
_WHO: Final = requires("audit")
_SEE: Final = 303
_DOWNLOAD: Final = responses("unauthenticated", "forbidden", "account-unknown", "not-ready")
Lang = Annotated[Language | None, Query()]


@router.get("/audit", dependencies=[_WHO])
async def audit_search(
    request: Request, at: ServiceOf, key: Caller, q: Annotated[str, Query(max_length=80)] = "", lang: Lang = None
) -> Response:
    """The search, as support's."""
    return await find(request, at, key, q, html.spoken(request, lang), "audit")


@router.get("/audit/{id}", dependencies=[_WHO])
async def audit_page(
    request: Request,
    at: ServiceOf,
    key: Reader,
    account: Account,
    before: Annotated[int | None, Query(ge=0, le=2**62, description="Of an older page.")] = None,
    lang: Lang = None,
) -> Response:
    """Every change of an account, and what the last verification of its lane has found."""
    spoken_, store = html.spoken(request, lang), at.view.store
    pictures = answers.chosen(account, None, store.pictures(account))
    spend(at, key, COSTLY)
    customer = Customer(at, account, spoken_, now_ms())
    found = await at.desk.evidence(account, True)
    records = staff.records_of(found.value)
    past = store.past(account, before, CHANGES + 1)
    topic = f"{at.settings.topic_prefix}status"
    return html.page(
        request,
        "audit_account.html",
        spoken_,
        account=account,
        words={**STAFF[spoken_], **AUDIT[spoken_]},
        now=customer.now,
        present=[
            {
                "name": customer.name(each["data"]["product"]),
                "product": each["data"]["product"],
                "status": each["data"]["status"],
                "word": WORDS[spoken_][each["data"]["status"]],
                "since": customer.when(each["time"]),
                "reference": each["data"]["reference"],
            }
            for each in pictures
        ],
        evidence=known(found, spoken_),
        explained=_explained(customer, found.value, spoken_),
        records=_records(customer, found.value),
        total=0 if found.value is None else found.value.total,
        verified=verification.shown(at.desk.verified(account), account, customer.when),
        rows=[staff.told(customer, each, topic, spoken_, records) for each in past[:CHANGES]],
        contents={id_: staff.content(each) for id_, each in records.items()},
        older=past[CHANGES - 1].offset if len(past) > CHANGES else None,
        first=before is None,
        corrections=_corrections(at, account, customer, [each["data"]["product"] for each in pictures], spoken_),
    )


def _explained(customer: Customer, found: Evidence | None, lang: Language) -> list[Document]:
    if found is None:
        return []
    return [
        {
            "product": each["product"],
            "name": customer.name(each["product"]),
            # Made by the report from its own numbers and escaped words.
            "strip": Markup(timeline(each, lang)),  # noqa: S704
            "checks": [{"result": check["result"], "text": check_text(check, lang)} for check in each["checks"]],
        }
        for each in found.explained
    ]


def _records(customer: Customer, found: Evidence | None) -> list[Document]:
    return [
        {
            "type": each["type"],
            "id": each["event_id"],
            "place": staff.place(each),
            "at": customer.when(each["recorded_at"]),
            "content": staff.content(each),
        }
        for each in (() if found is None else found.records)
    ]


def _corrections(at: Service, account: str, customer: Customer, products: list[str], lang: Language) -> list[Document]:
    return [
        {
            "product": customer.name(product),
            "reference": each["data"]["reference"],
            "since": customer.when(each["data"]["since"]),
            "until": None if each["data"]["until"] is None else customer.when(each["data"]["until"]),
            "said": WORDS[lang][each["data"]["said"]["status"]],
            "should": WORDS[lang][each["data"]["should"]["status"]],
        }
        for product in products
        for each in at.view.store.corrections(account, product, _CORRECTIONS_MAX)
    ]


@router.post("/audit/{id}/verification", dependencies=[_WHO])
async def verify(request: Request, at: ServiceOf, key: Reader, account: Account, fields: Fields) -> Response:
    """Verifies the account's lane; where that takes long, the page it leads back to says that it goes on."""
    answers.chosen(account, None, at.view.store.pictures(account))
    spend(at, key, COSTLY)
    await at.desk.verify(account)
    return RedirectResponse(f"/audit/{account}?lang={spoken(request, fields)}#verification", _SEE)


@router.get("/audit/{id}/report.json", dependencies=[_WHO], responses=_DOWNLOAD)
async def report_json(request: Request, at: ServiceOf, key: Reader, account: Account) -> Response:
    """The explanations of all products, every record, and what the last verification found of this account."""
    found = await _evidence(at, key, account)
    checked = at.desk.verified(account).value
    document: dict[str, Any] = {
        "account_id": account,
        "made_at": instant_text(now_ms()),
        "explained": found.explained,
        "records": found.records,
        "records_total": found.total,
        "verification": None if checked is None else verification.of_account(checked, account),
    }
    body = orjson.dumps(document, option=orjson.OPT_INDENT_2)
    return _download(body, "application/json", f"{account}.json")


@router.get("/audit/{id}/report.html", dependencies=[_WHO], responses=_DOWNLOAD)
async def report_html(request: Request, at: ServiceOf, key: Reader, account: Account, lang: Lang = None) -> Response:
    """The same as one page that needs nothing else."""
    spoken_ = html.spoken(request, lang)
    found = await _evidence(at, key, account)
    lines = verification.lines(at.desk.verified(account), account, spoken_)
    body = report(found.explained, spoken_, AUDIT[spoken_]["verification"], lines).encode()
    return _download(body, "text/html; charset=utf-8", f"{account}.html")


async def _evidence(at: Service, key: Caller, account: str) -> Evidence:
    """What the log says. Raises ProblemError where it isn't there yet, or says nothing of the account."""
    answers.chosen(account, None, at.view.store.pictures(account))
    spend(at, key, COSTLY)
    answer = await at.desk.evidence(account, True)
    if answer.value is None:
        detail = answer.error or "The account's records are being read; try again in a moment."
        raise ProblemError("not-ready", detail, headers={"Retry-After": "10"})
    if not answer.value.explained:
        raise ProblemError("account-unknown", f"{account}: its records give no status.")
    return answer.value


def _download(body: bytes, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return Response(body, 200, headers, kind)
