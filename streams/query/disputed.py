"""Which of what is said of an account is disputed, and by when an answer is due (decisions 0096, 0170)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from schemas.instants import instant_text
from streams.core.path.scene import Scene

Dispute = dict[str, Any]
"""{dispute_id, about: an event's id or a reason's code, answer_by}."""


def open_disputes(scene: Scene) -> list[Dispute]:
    """The account's open disputes, by id; none under no policy, which says within how many days they are answered."""
    judged = scene.judge(scene.state, scene.at)
    if judged is None:
        return []
    answer = judged[0].program.context.answer_ms
    return [
        {"dispute_id": name, "about": opened.value["about"], "answer_by": instant_text(opened.time + answer)}
        for name, case in sorted(scene.state.people.disputes.items())
        if case.open and (opened := case.steps["opened"])
    ]


def answers_due(disputes: Iterable[Dispute], reason: Mapping[str, Any]) -> list[str]:
    """By when disputes about a reason, or about an event behind it, are to be answered."""
    about = {reason["code"], *reason["evidence"]}
    return [each["answer_by"] for each in disputes if each["about"] in about]
