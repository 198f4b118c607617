"""Emissions as bytes: the status event and the present picture, canonical CloudEvents (contracts, "Status event")."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import version
from typing import Any, Final

import orjson

from schemas.instants import instant_text
from schemas.reasons import CATALOGUE_VERSION, REASONS
from schemas.references import reference
from streams.codec.records import Headers, OutputRecord
from streams.core import limits
from streams.core.emission import Emission
from streams.core.reasons import Detail, Said

CHANGED: Final = "eligibility.status.changed"
CURRENT: Final = "eligibility.status.current"
CAUSE_HEADER: Final = "eligibility-cause"
ENGINE: Final = version("eligibility-streams")

_text = lru_cache(65_536)(instant_text)


def records(emission: Emission, prefix: str) -> tuple[OutputRecord | None, OutputRecord]:
    """The status event where there is a change, and the present picture; `prefix` of the topics' names.

    Both carry the same data, serialised once; account and product ids need no escaping (their patterns allow none).
    """
    account, product, told = emission.account, emission.product.id, emission.told
    id_ = f"{account}/{product}/{emission.sequence}"
    data = b'{"data":' + orjson.dumps(_data(emission, id_))
    head = f',"datacontenttype":"application/json","id":"{id_}",'
    tail = f'"source":"/eligibility","specversion":"1.0","subject":"{account}","time":"{_text(told.time)}","type":"'
    key = f"{account}/{product}".encode()
    if not emission.is_change:
        head += f'"refreshedat":"{_text(emission.at)}",'
    current = OutputRecord("current", key, data + f'{head}{tail}{CURRENT}"}}'.encode(), emission.at, ())
    if not emission.is_change:
        return None, current
    headers: Headers = ()
    if emission.position is not None:
        topic, partition, offset = emission.position
        headers = ((CAUSE_HEADER, f"{prefix}{topic}/{partition}/{offset}".encode()),)
    value = data + f'{head}{tail}{CHANGED}"}}'.encode()
    return OutputRecord("status", account.encode(), value, told.time, headers), current


def _data(emission: Emission, id_: str) -> dict[str, Any]:
    """The data of an emission; keys in canonical order, at every level."""
    told, change, program = emission.told, emission.next_change, emission.program
    return {
        "account_id": emission.account,
        "adverse": emission.adverse,
        "alternatives": [
            {"adds_inquiry": each.adds_inquiry, "product": each.id, "provider": each.provider}
            for each in emission.alternatives
        ],
        "catalogue": CATALOGUE_VERSION,
        "cause": {"event_id": told.event_id, "kind": told.cause},
        "changed": told.changed,
        "engine": ENGINE,
        "next_change": change and {"at": _text(change.at), "because": change.because, "status": change.status},
        "policy": program.reference,
        "previous": told.previous,
        "product": emission.product.id,
        "provider": emission.product.provider,
        "reasons": [_reason(*each) for each in emission.reasons],
        "reasons_shown": min(len(emission.reasons), limits.REASONS_SHOWN),
        "recorded_at": _text(told.recorded_at),
        "reference": reference(id_),
        "sequence": emission.sequence,
        "side": emission.side,
        "status": emission.status,
        "terms": emission.terms,
    }


def _reason(said: Said, detail: Detail, clears_at: int | None) -> dict[str, Any]:
    entry = REASONS[said.code]
    if said.limited:
        return {**_LIMITED, "category": entry.category, "code": said.code}
    return {
        "category": entry.category,
        "clears_at": None if clears_at is None else _text(clears_at),
        "code": said.code,
        "disclosure": "full",
        "evidence": detail.evidence,
        "evidence_more": detail.evidence_more,
        "fact": said.fact,
        "limit": said.limit,
        "observed": said.observed,
        "remedy": entry.remedy,
        "rule": said.rule,
        "since": _text(said.since),
        "unit": said.unit,
        "values": detail.values,
    }


_LIMITED: Final[dict[str, Any]] = {
    "category": None,
    "clears_at": None,
    "code": None,
    "disclosure": "limited",
    "evidence": [],
    "evidence_more": 0,
    "fact": None,
    "limit": None,
    "observed": None,
    "remedy": None,
    "rule": None,
    "since": None,
    "unit": None,
    "values": {},
}
"""What is told of a reason of limited disclosure, but for its code and category (decision 0002, 38)."""
