"""Lanes and instants for the laws of bounds."""

from datetime import datetime, timedelta
from typing import Any

from tests.support.core import Document, policy, rule

UNKNOWN: dict[str, Any] = {"unknown": "UNDER_REVIEW", "unknown_reason": "SCO-02"}


def later(at: str, minutes: int) -> str:
    return (datetime.fromisoformat(at) + timedelta(minutes=minutes)).isoformat(" ")


def hard(window: str | None = "30d", **operators: Any) -> Document:
    more: dict[str, Any] = {"window": window} if window else {}
    return policy(rule("r", "inquiries.hard_count", **UNKNOWN, **more, **operators))


HARD = hard(at_most=0)
