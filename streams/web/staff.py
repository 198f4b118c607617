"""What the page of support tells of the past: each status that was told, with the records behind it."""

from __future__ import annotations

from schemas.reasons import Language
from streams.query.words import WORDS, reason_text
from streams.web import answers
from streams.web.customer import Customer
from streams.web.store import Document, Past


def told(customer: Customer, past: Past, topic: str, lang: Language) -> Document:
    """A status event: what was said, when, under which reference, why, and where it stands in Kafka.

    Of a reason of limited disclosure the event itself holds no more than its code.
    """
    event = past.document()
    data = event["data"]
    version = answers.wording(data)
    return {
        "at": customer.when(event["time"]),
        "recorded": customer.when(data["recorded_at"]),
        "product": customer.name(data["product"]),
        "status": data["status"],
        "word": WORDS[lang][data["status"]],
        "reference": data["reference"],
        "sequence": data["sequence"],
        "place": f"{topic}/{past.lane}/{past.offset}",
        "changed": data["changed"],
        "cause": data["cause"],
        "policy": data["policy"],
        "shown": data["reasons_shown"],
        "reasons": [
            {
                "code": each["code"],
                "text": reason_text(each, lang, version),
                "evidence": each["evidence"],
                "more": each["evidence_more"],
            }
            for each in data["reasons"]
        ],
    }
