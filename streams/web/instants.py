"""Instants as people read them: in the policy's zone, with the exact text beside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from schemas.instants import parse_instant
from schemas.reasons import Language

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Shown(NamedTuple):
    """An instant: its RFC 3339 text, and what is shown."""

    text: str
    shown: str


def shown(text: str, zone: ZoneInfo, lang: Language, named: bool = True) -> Shown:
    """To the minute; in English with the zone's name where it is to be `named`, since readers of it are anywhere."""
    local = (_EPOCH + timedelta(milliseconds=parse_instant(text))).astimezone(zone)
    if lang == "zh":
        return Shown(text, f"{local.year}年{local.month}月{local.day}日{local:%H:%M}")
    zone_name = f" ({zone.key})" if named else ""
    return Shown(text, f"{local.day} {local:%b %Y %H:%M}{zone_name}")
