"""Instants as people read them: in the policy's zone, with the exact text beside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from schemas.instants import parse_instant
from schemas.reasons import Language

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOME: Final = "Asia/Shanghai"


class Shown(NamedTuple):
    """An instant: its RFC 3339 text, and what is shown."""

    text: str
    shown: str


def shown(text: str, zone: ZoneInfo, lang: Language, named: bool = True) -> Shown:
    """To the minute, with the zone's name where it is to be `named`; readers of Chinese take China's for granted."""
    local = (_EPOCH + timedelta(milliseconds=parse_instant(text))).astimezone(zone)
    if lang == "zh":
        day, named = f"{local.year}年{local.month}月{local.day}日", named and zone.key != _HOME
    else:
        day = f"{local.day} {local:%b %Y} "
    return Shown(text, f"{day}{local:%H:%M}{f' ({zone.key})' if named else ''}")


_SPANS: Final = ((86_400_000, "d", "天"), (3_600_000, "h", "小时"), (60_000, "min", "分钟"), (1_000, "s", "秒"))


def span(ms: int, lang: Language) -> str:
    """How long something takes or is behind: two digits and their unit are enough to act on."""
    for size, unit, word in _SPANS:
        if ms >= size:
            count = ms / size
            told = f"{count:,.1f}".removesuffix(".0") if count < 10 else f"{count:,.0f}"
            return f"{told}{word}" if lang == "zh" else f"{told} {unit}"
    return f"{ms}毫秒" if lang == "zh" else f"{ms} ms"
