"""Was it clear: what the topic `feedback` carries for each answer that somebody chose on their page.

There is no free text, so nothing personal but the account comes in (decision 0122).
"""

from typing import Annotated, Literal

from pydantic import Field

from schemas.reasons import Language
from schemas.status import REFERENCE_PATTERN, Output
from schemas.validation import parsed
from schemas.values import AccountId, Id, Instant, Name, ProductId

Clear = Literal["yes", "partly", "no"]
Unclear = Literal["none", "status", "reasons", "action", "dates", "words"]


class FeedbackData(Output):
    """About what was told of a product under a reference, in which language and version of the texts: was it clear, and
    what was not.
    """

    product: ProductId
    reference: Annotated[str, Field(pattern=REFERENCE_PATTERN)]
    catalogue: Name
    lang: Language
    clear: Clear
    unclear: Unclear


class FeedbackEvent(Output):
    """A CloudEvent: somebody said whether what they were told was clear. The key is the account."""

    specversion: Literal["1.0"]
    id: Id
    source: Literal["/eligibility/web"]
    type: Literal["eligibility.feedback.given"]
    subject: AccountId
    time: Instant
    datacontenttype: Literal["application/json"] | None = None
    data: FeedbackData


def parse_feedback(document: object) -> FeedbackEvent:
    """Feedback in a parsed JSON document; raises ContractError naming the field."""
    return parsed(document, FeedbackEvent, "feedback")
