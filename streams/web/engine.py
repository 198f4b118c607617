"""What the engine says of one product of an account now: every rule, what opens it, and what each action does alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from streams.core.facts.base import Window
from streams.core.path.scene import Scene
from streams.core.path.search import path
from streams.core.policy.program import Rule
from streams.query.checks import checks
from streams.query.copies import own_copy
from streams.query.effects import Effect, effects
from streams.query.opens import path_document
from streams.query.replica import Replica


@dataclass(frozen=True, slots=True)
class Judged:
    """One product, judged at an instant. A rule of limited disclosure is in `checks` only where it fails."""

    scene: Scene
    checks: list[dict[str, Any]]
    windows: dict[str, Window]
    """By rule: the window that it looks at."""
    effects: list[Effect]
    opens: dict[str, Any]
    """The path as a document."""
    currency: str
    """The policy's, in which money is told."""
    region: str | None
    review_on: str | None
    """The next review's date (YYYY-MM-DD)."""

    def effect(self, rule: str | None, code: str) -> Effect | None:
        """What one can do at once about a reason, tried alone; None where nothing of the plan does it."""
        return next((each for each in self.effects if (rule, code) in each.gone), None)


def judged(replica: Replica, account: str, product: str, now: int) -> Judged | None:
    """None where no policy judges the product, or nothing of the account has come yet."""
    one = replica.account(account)
    if one is None:
        return None
    policies = replica.policies(account)
    scene = Scene(own_copy(one), product, now, policies)
    found, way = scene.judge(scene.state, scene.at), path(one, product, now, policies)
    if found is None or way is None:
        return None
    frame, outcome = found
    told = [each for each in checks(scene) if each["rule"] is not None or each["result"] == "fail"]
    currency = frame.program.context.currency
    region, days = scene.state.standing.profile.get("region"), frame.program.next_review
    review_on = None if days is None else days.value(frame.state, frame.moment)
    return Judged(
        scene,
        told,
        {rule.id: window for rule in outcome.product.rules if (window := _window(rule, frame.t)) is not None},
        [] if way.plan is None else effects(scene, way.plan.actions),
        path_document(way, currency),
        currency,
        None if region is None else region.value,
        None if review_on is None else str(review_on),
    )


def _window(rule: Rule, at: int) -> Window | None:
    version = rule.at(at)
    windows = [] if version is None else [atom.fact.window for atom in version.plain.atoms]
    return next((each for each in windows if each.count is not None), None)
