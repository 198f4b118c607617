"""What each action of a plan does by itself, as the engine says: which reasons it takes away, and whether it opens."""

from __future__ import annotations

from typing import NamedTuple

from streams.core.path.actions import Action
from streams.core.path.scene import Scene
from streams.core.step import Account


class Effect(NamedTuple):
    """After one action alone: its kind, the status then, the reasons (rule, code) that have gone, and how many stay."""

    kind: str
    status: str
    gone: frozenset[tuple[str, str]]
    left: int


def effects(scene: Scene, actions: tuple[Action, ...]) -> list[Effect]:
    """Of those actions that are done at once; each is tried alone, on the account as it is."""
    before = _reasons(scene, None)
    found = []
    for action in actions:
        events = [event for step, event in zip(action.steps, action.events, strict=True) if step.at <= scene.at]
        if not events:
            continue
        account = scene.account()
        for event in events:
            scene.take(account, event)
        status, after = scene.status(account.state), _reasons(scene, account)
        if status is not None:
            found.append(Effect(action.kind, status, before - after, len(after)))
    return found


def _reasons(scene: Scene, account: Account | None) -> frozenset[tuple[str, str]]:
    """The reasons that speak: now, or on an account to which something has happened at the same instant."""
    judged = scene.judge(scene.state if account is None else account.state, scene.at)
    return frozenset() if judged is None else frozenset((each.rule.id, each.code) for each in judged[1].failures)
