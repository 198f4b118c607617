"""What holds and isn't said yet, because the policy keeps quiet (decisions 0095, 0170)."""

from __future__ import annotations

from typing import Any

from schemas.instants import instant_text
from streams.core.path.scene import Scene


def waiting(scene: Scene) -> dict[str, Any] | None:
    """The status that holds and waits, and when it is said if it still holds then: {at, status}; None without one."""
    memory, judged = scene.state.products.get(scene.product), scene.judge(scene.state, scene.at)
    if memory is None or judged is None or not memory.held or judged[1].status == memory.status:
        return None
    return {"at": instant_text(memory.held), "status": judged[1].status}
