"""The mailbox of `eligibility up`: what the notifier has told, to be read on this machine.

It reads the ledger of notices anew for each page, which only a small one allows: where the service needs keys there is
no such page, and a bank's own app is the mailbox (decision 0165).
"""

from __future__ import annotations

from typing import Annotated, Final, NamedTuple
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response

from schemas.instants import instant_text
from schemas.notices import NoticeEvent
from schemas.reasons import Language
from streams.notify.asking import Sent, messages, read_entries
from streams.reading import ReadError
from streams.web import html
from streams.web.instants import Shown, shown
from streams.web.problems import ProblemError
from streams.web.service import Account, Caller, Reader, Service, ServiceOf, let_through
from streams.web.wording.mailbox import MAILBOX

router = APIRouter(include_in_schema=False)

MESSAGES_MAX: Final = 50
Lang = Annotated[Language | None, Query()]


class Message(NamedTuple):
    """One message as the page shows it: in the words in which it was sent, with the zone of the one it went to."""

    account: str
    at: Shown
    channel: str
    outcome: str
    lang: str
    title: str
    body: str


@router.get("/mailbox")
async def mailbox(request: Request, at: ServiceOf, key: Caller, lang: Lang = None) -> Response:
    """The newest messages of all accounts; a read of each of these accounts is recorded."""
    found = newest(await _entries(at), html.spoken(request, lang))
    for account in sorted({each.account for each in found}):
        await let_through(at, key, account, request)
    return _page(request, lang, found, None)


@router.get("/mailbox/{id}")
async def mailbox_of(request: Request, at: ServiceOf, key: Reader, account: Account, lang: Lang = None) -> Response:
    """The newest messages of one account."""
    found = newest(await _entries(at, account), html.spoken(request, lang))
    return _page(request, lang, found, account)


def newest(entries: list[NoticeEvent], lang: Language) -> list[Message]:
    """The last messages of the ledger's entries, the newest first. Pure."""
    accounts: dict[str, list[NoticeEvent]] = {}
    for each in entries:
        accounts.setdefault(each.subject, []).append(each)
    sent = [(account, each) for account, its in accounts.items() for each in messages(its)]
    sent.sort(key=lambda pair: pair[1].at, reverse=True)
    return [_message(account, each, lang) for account, each in sent[:MESSAGES_MAX]]


def _message(account: str, sent: Sent, lang: Language) -> Message:
    attempted = sent.attempted
    at = shown(instant_text(sent.at), ZoneInfo(attempted.zone), lang)
    words = attempted.content
    return Message(
        account, at, attempted.channel, sent.outcome or "underway", attempted.language, words.title, words.body
    )


async def _entries(at: Service, account: str | None = None) -> list[NoticeEvent]:
    try:
        return await read_entries(at.settings, account)
    except ReadError as error:
        raise ProblemError("not-ready", "The ledger of notices can't be read now.") from error


def _page(request: Request, lang: Language | None, found: list[Message], account: str | None) -> Response:
    spoken = html.spoken(request, lang)
    return html.page(
        request, "mailbox.html", spoken,
        words=MAILBOX[spoken], messages=found, account=account, most=MESSAGES_MAX,
    )  # fmt: skip
