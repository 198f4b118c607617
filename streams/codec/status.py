"""Emissions as bytes: the status event and the present picture, canonical CloudEvents (contracts, "Status event")."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import version
from typing import Any, Final

from schemas.instants import instant_text
from schemas.reasons import CATALOGUE_VERSION, REASONS
from schemas.references import reference
from streams.codec.canonical import canonical
from streams.codec.records import OutputRecord
from streams.core import limits
from streams.core.emission import Emission
from streams.core.reasons import Detail, Said

CHANGED: Final = "eligibility.status.changed"
CURRENT: Final = "eligibility.status.current"
CAUSE_HEADER: Final = "eligibility-cause"
ENGINE: Final = version("eligibility-streams")

_text = lru_cache(65_536)(instant_text)


def records(emission: Emission, prefix: str) -> list[OutputRecord]:
    """The present picture, and before it the status event where there is a change; `prefix` of the topics' names."""
    data = _data(emission)
    account, product = emission.account, emission.product.id
    found = []
    if emission.is_change:
        headers = ()
        if emission.position is not None:
            topic, partition, offset = emission.position
            headers = ((CAUSE_HEADER, f"{prefix}{topic}/{partition}/{offset}".encode()),)
        value = canonical(_envelope(emission, CHANGED, data))
        found.append(OutputRecord("status", account.encode(), value, emission.told.time, headers))
    data["refreshed_at"] = None if emission.is_change else _text(emission.at)
    value = canonical(_envelope(emission, CURRENT, data))
    found.append(OutputRecord("current", f"{account}/{product}".encode(), value, emission.at, ()))
    return found


def _envelope(emission: Emission, type_: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": _id(emission),
        "source": "/eligibility",
        "type": type_,
        "subject": emission.account,
        "time": _text(emission.told.time),
        "datacontenttype": "application/json",
        "data": data,
    }


def _id(emission: Emission) -> str:
    return f"{emission.account}/{emission.product.id}/{emission.sequence}"


def _data(emission: Emission) -> dict[str, Any]:
    told, change, program = emission.told, emission.next_change, emission.program
    return {
        "account_id": emission.account,
        "product": emission.product.id,
        "provider": emission.product.provider,
        "sequence": emission.sequence,
        "reference": reference(_id(emission)),
        "status": emission.status,
        "previous": told.previous,
        "terms": emission.terms,
        "side": emission.side,
        "reasons": [_reason(*each) for each in emission.reasons],
        "reasons_shown": min(len(emission.reasons), limits.REASONS_SHOWN),
        "next_change": change
        and {"at": _text(change.at), "status": change.status, "because": change.because},
        "alternatives": [
            {"product": each.id, "provider": each.provider, "adds_inquiry": each.adds_inquiry}
            for each in emission.alternatives
        ],
        "adverse": emission.adverse,
        "policy": {"id": program.id, "version": program.version, "digest": program.digest},
        "engine": ENGINE,
        "catalogue": CATALOGUE_VERSION,
        "cause": {"kind": told.cause, "event_id": told.event_id},
        "changed": told.changed,
        "recorded_at": _text(told.recorded_at),
    }


def _reason(said: Said, detail: Detail, clears_at: int | None) -> dict[str, Any]:
    entry = REASONS[said.code]
    limited = detail.disclosure == "limited"
    return {
        "rule": None if limited else said.rule,
        "code": said.code,
        "category": entry.category,
        "fact": None if limited else said.fact,
        "observed": None if limited else said.observed,
        "limit": None if limited else said.limit,
        "unit": None if limited else said.unit,
        "since": None if limited else _text(said.since),
        "clears_at": None if limited or clears_at is None else _text(clears_at),
        "remedy": None if limited else entry.remedy,
        "evidence": [] if limited else detail.evidence,
        "evidence_more": 0 if limited else detail.evidence_more,
        "values": {} if limited else detail.values,
        "disclosure": detail.disclosure,
    }
