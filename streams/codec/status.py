"""Emissions as bytes: the status event and the present picture, canonical CloudEvents (contracts, "Status event")."""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations
from typing import Any, Final

import orjson

from schemas.instants import instant_text
from schemas.memory import make_room
from schemas.reasons import REASONS
from schemas.references import reference
from streams.codec.records import Headers, OutputRecord
from streams.codec.versions import PRESENT, Behaviour
from streams.core import limits
from streams.core.emission import Emission
from streams.core.reasons import Detail, Said

CHANGED: Final = "eligibility.status.changed"
CURRENT: Final = "eligibility.status.current"
TEXTS_REMEMBERED: Final = 65_536
CAUSE_HEADER: Final = "eligibility-cause"


def records(
    emission: Emission, prefix: str, behaviour: Behaviour = PRESENT
) -> tuple[OutputRecord | None, OutputRecord]:
    """The status event where there is a change, and the present picture; `prefix` of the topics' names, `behaviour` of
    the engine version that says so.

    Both carry the same data, serialised once. Written as text: ids of accounts, products, providers and rules need no
    escaping (their patterns allow none), and no dict is built that only serves to be written.
    """
    account, product, told = emission.account, emission.product.id, emission.told
    id_ = f"{account}/{product}/{emission.sequence}"
    data = _data(emission, id_, behaviour)
    head = f',"datacontenttype":"application/json","id":"{id_}",'
    tail = (
        f'"source":"/eligibility","specversion":"1.0","subject":"{account}","time":"{instant_text(told.time)}","type":"'
    )
    key = f"{account}/{product}".encode()
    if not emission.is_change:
        head += f'"refreshedat":"{instant_text(emission.at)}",'
    current = OutputRecord("current", key, f'{data}{head}{tail}{CURRENT}"}}'.encode(), emission.at, ())
    if not emission.is_change:
        return None, current
    headers: Headers = ()
    if emission.position is not None:
        topic, partition, offset = emission.position
        headers = ((CAUSE_HEADER, f"{prefix}{topic}/{partition}/{offset}".encode()),)
    value = f'{data}{head}{tail}{CHANGED}"}}'.encode()
    return OutputRecord("status", account.encode(), value, told.time, headers), current


def _data(emission: Emission, id_: str, behaviour: Behaviour) -> str:
    """The begin of an event up to the end of its data; keys in canonical order at every level."""
    told, change, product = emission.told, emission.next_change, emission.product
    event_id = "null" if told.event_id is None else _quoted(told.event_id)
    next_change = "null"
    if change is not None:
        next_change = (
            f'{{"at":"{instant_text(change.at)}","because":{_quoted(change.because)},"status":"{change.status}"}}'
        )
    reasons = emission.reasons
    said = ",".join([_reason(one, more, clears_at) for one, more, clears_at in reasons])
    others = ",".join([_alternative(each.id, each.provider, each.adds_inquiry) for each in emission.alternatives])
    previous = "null" if told.previous is None else f'"{told.previous}"'
    side = "null" if emission.side is None else f'"{emission.side}"'
    return (
        f'{{"data":{{"account_id":"{emission.account}","adverse":{"true" if emission.adverse else "false"},'
        f'"alternatives":[{others}],"catalogue":"{behaviour.catalogue}","cause":{{"event_id":{event_id},"kind":"{told.cause}"}},'
        f'"changed":{_CHANGED[tuple(told.changed)]},"engine":"{behaviour.version}","next_change":{next_change},'
        f'"policy":{_policy(emission.program.id, emission.program.version, emission.program.digest)},'
        f'"previous":{previous},"product":"{product.id}","provider":"{product.provider}","reasons":[{said}],'
        f'"reasons_shown":{min(len(reasons), limits.REASONS_SHOWN)},"recorded_at":"{instant_text(told.recorded_at)}",'
        f'"reference":"{reference(id_)}","sequence":{emission.sequence},"side":{side},"status":"{emission.status}",'
        f'"terms":{_json(emission.terms)}}}'
    )


_TEXTS: Final[dict[str, str]] = {}
"""Texts of reasons as JSON: names of facts, units, limits."""


def _json(value: Any) -> str:
    """Numbers and texts as a reason shows them, or anything else."""
    if value is None:
        return "null"
    if isinstance(value, str):
        found = _TEXTS.get(value)
        if found is None:
            make_room(_TEXTS, TEXTS_REMEMBERED)
            found = _TEXTS[value] = _quoted(value)
        return found
    return str(value) if type(value) is int else orjson.dumps(value).decode()


def _quoted(text: str) -> str:
    """A text as JSON; most need no escape."""
    return f'"{text}"' if text.isprintable() and '"' not in text and "\\" not in text else orjson.dumps(text).decode()


@lru_cache(4096)
def _alternative(product: str, provider: str, adds_inquiry: bool) -> str:
    return _json({"adds_inquiry": adds_inquiry, "product": product, "provider": provider})


@lru_cache(256)
def _policy(id_: str, version: int, digest: str) -> str:
    return _json({"digest": digest, "id": id_, "version": version})


_CHANGED: Final = {
    names: _json(list(names))
    for count in range(5)
    for names in combinations(("status", "side", "terms", "reasons"), count)
}
_ENTRIES: Final = {
    code: (
        f'{{"category":{_json(each.category)},"clears_at":',
        f',"code":"{code}","disclosure":"full","evidence":[',
        f',"remedy":{_json(each.remedy)},"rule":"',
    )
    for code, each in REASONS.items()
}
"""By code: what stands before, between and after a reason's own values."""


def _reason(said: Said, detail: Detail, clears_at: int | None) -> str:
    code = said.code
    if said.limited:
        return _json({**_LIMITED, "category": REASONS[code].category, "code": code})
    category, full, remedy = _ENTRIES[code]
    clears = "null" if clears_at is None else f'"{instant_text(clears_at)}"'
    evidence = ",".join([_quoted(each) for each in detail.evidence])
    return (
        f'{category}{clears}{full}{evidence}],"evidence_more":{detail.evidence_more},"fact":{_json(said.fact)},'
        f'"limit":{_json(said.limit)},"observed":{_json(said.observed)}{remedy}{said.rule}","since":"{instant_text(said.since)}",'
        f'"unit":{_json(said.unit)},"values":{_json(detail.values)}}}'
    )


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
