"""Is the service up, recomputed from all events at one instant: no spans are merged, minutes are asked one by one.

Imports nothing from the product. Instants in UTC, all events in the order of their records.
"""

from typing import Any

from streams.reference.calendar import Calendar, parse_instant

Event = dict[str, Any]
FOREVER = 1 << 60
_OVER = ("ended", "cancelled", "resumed")


def windows(events: list[Event], at: int, calendar: Calendar | None = None) -> list[dict[str, Any]]:
    """Each operation as its events recorded by an instant tell it, in the order in which it was first named.

    Dates are those of a calendar's zone (default: UTC).
    """
    where = calendar or Calendar("UTC")
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    newest: dict[tuple[str, str, str], tuple[int, str]] = {}
    for event in events:
        kind, step = event["type"].split(".")
        data = event["data"]
        key = (kind, event["subject"], data.get("window_id") or data.get("incident_id") or data["provider"])
        stamp = (parse_instant(event["time"]), event["id"])
        if parse_instant(event["recordedtime"]) > at or stamp <= newest.get(key, (-1, "")):
            continue
        newest[key] = stamp
        found[key] = _after(found.get(key), key, step, stamp[0], data, where)
    return list(found.values())


def _after(
    known: dict[str, Any] | None, key: tuple[str, str, str], step: str, time: int, data: Event, where: Calendar
) -> dict[str, Any]:
    over = known is not None and "over" in known
    if step in _OVER or (step == "extended" and over):
        return {"over": time, **(known or _new(key))}
    window = _new(key) if known is None or over else dict(known)
    begin = where.begin_of(data["from"]) if "from" in data else None
    if step == "extended":
        if window["begin"] is None and window["started"] is None:
            window["plan"] = True
            window["started"] = time if begin is None else None
        window["begin"] = window["begin"] if begin is None else begin
        window["until"] = _after_last(data.get("until"), where)
    elif step == "planned":
        window["plan"] = True
        window["begin"] = window["begin"] if begin is None else begin
    else:
        window["started"] = time if window["started"] is None else min(time, window["started"])
        if begin is not None and not window["plan"]:
            window["begin"] = begin
    if "until" in data:
        window["until"] = _after_last(data["until"], where)
    for name in ("region", "channel", "provider"):
        window[name] = data.get(name, window[name])
    return window


def _new(key: tuple[str, str, str]) -> dict[str, Any]:
    window: dict[str, Any] = dict(zip(("kind", "subject", "name"), key, strict=True))
    nothing = dict.fromkeys(("begin", "started", "region", "channel", "provider"))
    return window | nothing | {"plan": False, "until": FOREVER}


def _after_last(text: str | None, where: Calendar) -> int:
    return FOREVER if text is None else where.end_of(text)


def begin_of(window: dict[str, Any]) -> int:
    """When it begins, FOREVER when nobody has said."""
    return min((each for each in (window["begin"], window["started"]) if each is not None), default=FOREVER)


def end_of(window: dict[str, Any]) -> int:
    """When it is over, as far as it is known."""
    return int(min(window["until"], window.get("over", FOREVER)))


def live(window: dict[str, Any], at: int) -> bool:
    """Whether it holds the service up at an instant."""
    return begin_of(window) <= at < end_of(window)


def concerns(window: dict[str, Any], product: str, provider: str, region: str | None, channel: str | None) -> bool:
    """Whether a customer of a region and channel who uses a product would meet it."""
    if window["subject"] not in (product, "*"):
        return False
    if window["kind"] == "provider":
        return bool(window["subject"] == product or window["provider"] == provider)
    return bool(window["region"] in (None, region) and window["channel"] in (None, channel))


def picture(mine: list[dict[str, Any]], at: int, moments: list[int]) -> dict[str, Any] | None:
    """What a customer whom these windows concern meets at an instant; None when the service is up.

    `moments`: every instant at which anything may begin or end; between two of them nothing changes.
    """
    down = [window for window in mine if live(window, at)]
    if not down:
        return None
    until = next((each for each in moments if each > at and not any(live(window, each) for window in mine)), FOREVER)
    earlier = [each for each in moments if each <= at]
    since = at
    for each in reversed(earlier):
        if not any(live(window, each) for window in mine):
            break
        since = each
    states = {_state(window) for window in down}
    return {
        "state": next(each for each in ("INCIDENT", "PAUSED", "MAINTENANCE") if each in states),
        "since": since,
        "until": until,
        "names": sorted(window["name"] for window in down),
    }


def _state(window: dict[str, Any]) -> str:
    if window["kind"] == "provider":
        return "PAUSED"
    return "MAINTENANCE" if window["kind"] == "maintenance" and window["plan"] else "INCIDENT"
