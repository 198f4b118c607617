"""What the pages of support and audit tell of the past: each status that was told, with the records behind it."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from schemas.reasons import Language
from streams.query.values import value
from streams.query.words import WORDS, reason_text
from streams.web import answers
from streams.web.customer import Customer
from streams.web.elsewhere import Evidence
from streams.web.store import Document, Past

Records = Mapping[str, Document]
"""An account's records by event id, as `Evidence` has them."""


def records_of(found: Evidence | None) -> Records:
    """By event id the first record that brought it: later ones are duplicates."""
    return {} if found is None else {str(each["event_id"]): each for each in found.records}


def behind(customer: Customer, ids: list[str], records: Records) -> list[Document]:
    """Events behind a reason: where each stands, what it is and when it was learnt; nothing of its content."""
    return [
        {"id": id_, "place": None}
        if (record := records.get(id_)) is None
        else {"id": id_, "place": place(record), "type": record["type"], "at": customer.when(record["recorded_at"])}
        for id_ in ids
    ]


def place(record: Document) -> str:
    """Where a record stands in Kafka."""
    return f"{record['topic']}/{record['partition']}/{record['offset']}"


def content(record: Document) -> str:
    """The event of a record, for people who read JSON."""
    return orjson.dumps(record["event"], option=orjson.OPT_INDENT_2).decode()


def told(customer: Customer, past: Past, topic: str, lang: Language, records: Records) -> Document:
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
        "engine": data["engine"],
        "shown": data["reasons_shown"],
        "reasons": [
            {
                "code": each["code"],
                "text": reason_text(each, lang, version),
                "value": value(each["observed"], each["unit"], lang),
                "limit": value(each["limit"], each["unit"], lang),
                "evidence": behind(customer, each["evidence"], records),
                "more": each["evidence_more"],
            }
            for each in data["reasons"]
        ],
    }
