"""The HTTP interface over a view and a replica that a real projection has filled, and who asks it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
from pydantic import BaseModel
from starlette.routing import BaseRoute

from streams.settings import Settings, WebSettings
from streams.web.app import build_app
from streams.web.behind import Desk
from streams.web.flow import Flow
from streams.web.keys import Key, Keys, new_key
from streams.web.metrics import Metrics
from streams.web.problems import ProblemDetails
from streams.web.rates import Rates
from streams.web.service import Service
from tests.support.behind import Known
from tests.support.core import Lane, policy, product, rule
from tests.support.web import Topic, filled

POLICY = policy(
    products={
        "cash": product(
            rule("overdue", "repayment.days_past_due", "NOT_OPEN", "REP-01", at_most=0),
            rule("inquiries", "inquiries.hard_count", "LIMITED", "INQ-01", window="30d", at_most=1),
            rule("flags", "security.flags", "UNDER_REVIEW", "SEC-01", at_most=0),
        ),
        "card": product(rule("overdue", "repayment.days_past_due", "LIMITED", "REP-01", at_most=0)),
    }
)
KEYS = {
    "own": new_key("own", ["own"], ["A"]),
    "support": new_key("support", ["support"], []),
    "operations": new_key("operations", ["operations"], []),
    "audit": new_key("audit", ["audit"], []),
}
WHO = [*KEYS, "nobody"]
STATUS = "/api/accounts/A/status"


class World:
    """A service and what it is asked with."""

    def __init__(self, directory: Path, lane: Lane, **web: Any) -> None:
        self.lane = lane
        self.view, self.replica = filled(directory, lane)
        self.topic = Topic()
        self.now = 0.0
        keys = directory / "keys.yaml"
        keys.write_bytes(orjson.dumps({"keys": [_entry(key) for _, key in KEYS.values()]}))
        settings = Settings(partitions=1, web=WebSettings(keys_file=keys, **web))
        rates = Rates(settings.web.requests_per_second, settings.web.burst, lambda: self.now)
        found = None if settings.web.open else Keys(keys)
        self.behind = Known(lane)
        self.flow = Flow(settings)
        desk = Desk(self.behind, settings.partitions)
        self.service = Service(settings, self.view, self.replica, self.topic, found, rates, Metrics(), desk, self.flow)
        self.app = build_app(self.service)
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://localhost")

    def ready(self) -> "World":
        self.view.ready.set()
        self.replica.ready.set()
        return self

    async def get(self, path: str, who: str = "support", **headers: str) -> httpx.Response:
        return await self.http.get(path, headers=_shown(who) | headers)

    async def post(self, path: str, body: object, who: str = "support", **headers: str) -> httpx.Response:
        return await self.http.post(path, json=body, headers=_shown(who) | headers)

    async def close(self) -> None:
        await self.http.aclose()
        self.view.store.close()
        self.replica.store.close()


def _entry(key: Key) -> dict[str, Any]:
    return key.model_dump(mode="json")


def _shown(who: str) -> dict[str, str]:
    return {} if who == "nobody" else {"Authorization": f"Bearer {KEYS[who][0]}"}


def read_as(model: type[BaseModel], answer: httpx.Response, code: int = 200) -> Any:
    """The answer, held to the model that OpenAPI shows for it."""
    assert answer.status_code == code, answer.text
    return model.model_validate_json(answer.content).model_dump(mode="json", by_alias=True)


def problem_of(answer: httpx.Response, code: int, kind: str, field: str | None = None) -> ProblemDetails:
    assert answer.status_code == code, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found = ProblemDetails.model_validate_json(answer.content)
    assert found.type == f"urn:eligibility-streams:problem:{kind}"
    assert [each.field for each in found.errors] == ([] if field is None else [field])
    return found


def paths_of(routes: list[BaseRoute]) -> Iterator[str]:
    for route in routes:
        inner = getattr(route, "original_router", None)
        yield from paths_of(inner.routes) if inner is not None else [getattr(route, "path", "")]
