"""What a customer was sent, and by when the law wants it, for the page of support."""

from __future__ import annotations

from collections.abc import Callable

from schemas.instants import instant_text
from streams.notify.asking import Sent
from streams.notify.laws import Clock
from streams.web.instants import Shown
from streams.web.store import Document

When = Callable[[str], Shown]


def shown(sent: Sent, when: When) -> Document:
    """One message: when, over which channel, in which words, and what became of it."""
    attempted = sent.attempted
    return {
        "at": when(instant_text(sent.at)),
        "channel": attempted.channel,
        "outcome": sent.outcome or "underway",
        "detail": sent.detail,
        "title": attempted.content.title,
        "lines": attempted.content.body.splitlines(),
        "lang": "zh-CN" if attempted.language == "zh" else attempted.language,
        "id": attempted.message,
        "template": attempted.template,
    }


def clock(found: Clock, now: int, when: When) -> Document:
    """One clock of law, as it stands at an instant (ms)."""
    return {
        "law": found.law,
        "state": found.state(now),
        "due": when(instant_text(found.due_at)),
        "sent": None if found.sent_at is None else when(instant_text(found.sent_at)),
    }
