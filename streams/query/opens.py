"""A path to clear as a document: verdict, plan, what is sooner, and what can be done about each reason."""

from __future__ import annotations

from typing import Any

from schemas.instants import instant_text
from streams.core.money import text
from streams.core.path.scene import Trial
from streams.core.path.search import Path


def path_document(path: Path, home: str) -> dict[str, Any]:
    """The path as plain values; `home` is the policy's currency, in which money is told."""
    until = path.no_inquiry_until
    return {
        "verdict": path.verdict,
        "status": path.status,
        "plan": None if path.plan is None else _plan(path.plan, home),
        "sooner": None if path.sooner is None else _plan(path.sooner, home),
        "no_application_until": None if until is None else instant_text(until),
        "ways": [
            {
                "rule": way.rule or None,
                "code": way.code,
                "actions": list(way.actions),
                "clears_at": None if way.clears_at is None else instant_text(way.clears_at),
                "why": way.why,
            }
            for way in path.ways
        ],
    }


def _plan(plan: Trial, home: str) -> dict[str, Any]:
    assert plan.opens_at is not None, "a plan opens"
    return {
        "steps": [
            {
                "at": instant_text(step.at),
                "type": step.type,
                "data": step.data,
                "money": text(step.money, step.currency) if step.money else None,
                "currency": step.currency or home if step.money else None,
            }
            for step in plan.steps
        ],
        "turns": [{"at": instant_text(turn.at), "status": turn.status} for turn in plan.turns],
        "opens_at": instant_text(plan.opens_at),
        "money": text(plan.money, home),
    }
