"""Was a page clear: what customers choose from a list, as events of the topic `feedback`, which is of this service.

There is no free text, so nothing personal but the account comes in (decision 0122).
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field

from schemas.instants import instant_text
from schemas.reasons import Language
from schemas.status import REFERENCE_PATTERN
from schemas.values import AccountId, Id, Instant, Name, ProductId
from streams.publish import Outgoing
from streams.web.access import SOURCE

TYPE: Final = "eligibility.feedback.given"

Clear = Literal["yes", "partly", "no"]
Unclear = Literal["none", "status", "reasons", "action", "dates", "words"]


class FeedbackData(BaseModel):
    """About what was told of a product under a reference, in which language: was it clear, and what was not."""

    product: ProductId
    reference: Annotated[str, Field(pattern=REFERENCE_PATTERN)]
    catalogue: Name
    lang: Language
    clear: Clear
    unclear: Unclear


class FeedbackEvent(BaseModel):
    """A CloudEvent: somebody said whether their page was clear. The key is the account."""

    specversion: Literal["1.0"] = "1.0"
    id: Id
    source: Literal["/eligibility/web"] = SOURCE
    type: Literal["eligibility.feedback.given"] = TYPE
    subject: AccountId
    time: Instant
    data: FeedbackData


def feedback_record(account: str, event_id: str, data: FeedbackData, at: int) -> Outgoing:
    """The record of one answer at an instant (ms)."""
    stated = {"id": event_id, "subject": account, "time": instant_text(at), "data": data}
    event = FeedbackEvent.model_validate(stated)
    return Outgoing("feedback", account.encode(), event.model_dump_json().encode(), at)
