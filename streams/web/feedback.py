"""Was a page clear: what customers chose, as a record of the topic `feedback`, which is of this service."""

from __future__ import annotations

from typing import Final

import orjson

from schemas.feedback import FeedbackData, parse_feedback
from schemas.instants import instant_text
from streams.publish import Outgoing
from streams.web.access import SOURCE

TYPE: Final = "eligibility.feedback.given"


def feedback_record(account: str, event_id: str, data: FeedbackData, at: int) -> Outgoing:
    """The record of one answer at an instant (ms), held to its contract."""
    stated = {
        "specversion": "1.0",
        "id": event_id,
        "source": SOURCE,
        "type": TYPE,
        "subject": account,
        "time": instant_text(at),
        "datacontenttype": "application/json",
        "data": data.document(),
    }
    parse_feedback(stated)
    return Outgoing("feedback", account.encode(), orjson.dumps(stated, option=orjson.OPT_SORT_KEYS), at)
