"""The ledger of notices: what a customer is owed, what was sent in which words, and when. Topic `notices`.

    awaited     a clock of law runs, there is nothing to send yet (a dispute was opened)
    planned     something is to be told from `send_at` on; `about` is all it will be told from
    dropped     it won't be told: a newer picture replaces it, it is as the customer knows it, ...
    attempted   the words are fixed, and go to a channel under an idempotency key, the message's id
    settled     what became of that message
    reopened    a person has it sent once more

Whoever writes is the partition's one notifier, but for `reopened`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field

from schemas.errors import Code, ContractError, describe
from schemas.hints import Hint
from schemas.status import Output, StatusEvent
from schemas.validation import parsed
from schemas.values import AccountId, Bool, Count, Date, Id, Instant, Name, ProductId, Text

AWAITED: Final = "eligibility.notice.awaited"
PLANNED: Final = "eligibility.notice.planned"
DROPPED: Final = "eligibility.notice.dropped"
ATTEMPTED: Final = "eligibility.notice.attempted"
SETTLED: Final = "eligibility.notice.settled"
REOPENED: Final = "eligibility.notice.reopened"
SOURCE: Final = "/eligibility/notifier"

Law = Literal["adverse", "dispute", "review", "explanation", "document"]
Channel = Literal["mailbox", "webhook", "mail", "push"]
Why = Literal["replaced", "withdrawn", "renewed", "muted"]
Outcome = Literal["sent", "refused", "uncertain"]

NoticeId = Annotated[str, Field(strict=True, min_length=1, max_length=300), Hint("the id of a notice", '"A1/p/3"')]
Words = Annotated[str, Field(strict=True, min_length=1, max_length=20_000), Hint("a text", '"..."')]


class Answer(Output):
    """What a customer asked for and was given: the event that answers, and what it says."""

    event_id: Id
    request_id: Id
    outcome: Text | None = None


class Expiry(Output):
    """An identity document that expires, and the event that told of it."""

    event_id: Id
    expires_on: Date


class NoticeAwaited(Output):
    """A clock of law runs: something is to be told by `due_at`."""

    clock: NoticeId
    law: Law
    due_at: Instant


class NoticePlanned(Output):
    """One notice. Just one of `status`, `answer` and `expiry` is what it tells.

    `clock` and `due_at`: by when the law wants it. `digest`: it goes with others that are due then.
    """

    notice: NoticeId
    law: Law | None
    clock: NoticeId | None
    due_at: Instant | None
    product: ProductId | None
    send_at: Instant
    digest: Bool
    status: StatusEvent | None = None
    answer: Answer | None = None
    expiry: Expiry | None = None


class NoticeDropped(Output):
    """A notice that won't be sent."""

    notice: NoticeId
    why: Why


class NoticeContent(Output):
    """The words: for a mailbox or a letter, and `short` for a lock screen, which others may read."""

    title: Words
    body: Words
    short: Words


class NoticeAttempted(Output):
    """A message on its way: one notice, or several in a digest, to one channel, under one idempotency key."""

    message: Name
    notices: Annotated[list[NoticeId], Field(strict=True, min_length=1)]
    channel: Channel
    language: Literal["zh", "en"]
    zone: Name
    template: Name
    content: NoticeContent


class NoticeSettled(Output):
    """What became of a message. `uncertain`: the channel knows no keys, and nobody can tell whether it took it."""

    message: Name
    outcome: Outcome
    attempts: Count
    detail: Text | None = None


class NoticeReopened(Output):
    """Somebody wants a notice sent that no channel took."""

    notice: NoticeId
    by: Text


NoticeData: TypeAlias = NoticeAwaited | NoticePlanned | NoticeDropped | NoticeAttempted | NoticeSettled | NoticeReopened


class _Entry(Output):
    """What all entries of the ledger share."""

    specversion: Literal["1.0"] = "1.0"
    id: Text
    source: Literal["/eligibility/notifier"] = "/eligibility/notifier"
    subject: AccountId
    time: Instant
    datacontenttype: Literal["application/json"] | None = None


class NoticeAwaitedEvent(_Entry):
    """A CloudEvent: a clock of law runs for an account."""

    type: Literal["eligibility.notice.awaited"] = AWAITED
    data: NoticeAwaited


class NoticePlannedEvent(_Entry):
    """A CloudEvent: something is to be told."""

    type: Literal["eligibility.notice.planned"] = PLANNED
    data: NoticePlanned


class NoticeDroppedEvent(_Entry):
    """A CloudEvent: a notice won't be sent."""

    type: Literal["eligibility.notice.dropped"] = DROPPED
    data: NoticeDropped


class NoticeAttemptedEvent(_Entry):
    """A CloudEvent: a message goes out."""

    type: Literal["eligibility.notice.attempted"] = ATTEMPTED
    data: NoticeAttempted


class NoticeSettledEvent(_Entry):
    """A CloudEvent: what became of a message."""

    type: Literal["eligibility.notice.settled"] = SETTLED
    data: NoticeSettled


class NoticeReopenedEvent(_Entry):
    """A CloudEvent: a notice is to be sent once more."""

    type: Literal["eligibility.notice.reopened"] = REOPENED
    data: NoticeReopened


NoticeEvent: TypeAlias = (
    NoticeAwaitedEvent
    | NoticePlannedEvent
    | NoticeDroppedEvent
    | NoticeAttemptedEvent
    | NoticeSettledEvent
    | NoticeReopenedEvent
)
NOTICE_EVENTS: Final[Mapping[str, type[NoticeEvent]]] = MappingProxyType(
    {
        AWAITED: NoticeAwaitedEvent,
        PLANNED: NoticePlannedEvent,
        DROPPED: NoticeDroppedEvent,
        ATTEMPTED: NoticeAttemptedEvent,
        SETTLED: NoticeSettledEvent,
        REOPENED: NoticeReopenedEvent,
    }
)


def parse_notice(document: object) -> NoticeEvent:
    """The ledger's entry in a parsed JSON document; raises ContractError naming the field."""
    if not isinstance(document, dict):
        raise ContractError(Code.INVALID_EVENT, "", describe(document), "an entry of the notices as a JSON object")
    model = NOTICE_EVENTS.get(str(document.get("type")))
    if model is None:
        raise ContractError(
            Code.UNKNOWN_TYPE, "type", describe(document.get("type")), f"one of {', '.join(NOTICE_EVENTS)}"
        )
    event: NoticeEvent = parsed(document, model, "an entry of the notices")
    if isinstance(event.data, NoticePlanned):
        told = [each for each in (event.data.status, event.data.answer, event.data.expiry) if each is not None]
        if len(told) != 1:
            raise ContractError(
                Code.INVALID_EVENT, "data", f"{len(told)} things to tell", "just one of status, answer and expiry"
            )
    return event


def entry(account: str, name: str, at: int, data: NoticeData) -> NoticeEvent:
    """The entry of the ledger that says `data` of an account at an instant (ms); `name` tells it from its like."""
    kind = next(kind for kind, model in NOTICE_EVENTS.items() if model.model_fields["data"].annotation is type(data))
    frame = {"specversion": "1.0", "id": f"{name}/{kind.rpartition('.')[2]}", "source": SOURCE, "type": kind}
    stated: dict[str, Any] = {**frame, "subject": account, "time": at, "data": data}
    return NOTICE_EVENTS[kind].model_construct(**stated)
