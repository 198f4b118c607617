"""The ways out, against a server on this machine: what goes out over each, and what is safe on a lock screen."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
import pytest

from schemas.notices import NoticeAttempted, NoticePlanned
from streams.notify.channels import Said, ways
from streams.notify.messages import content
from streams.settings import NotifierSettings
from tests.support.receiver import SECRET, receiver
from tests.unit.notify.world import NOON, status


def message(channel: Any) -> NoticeAttempted:
    event = status(1)
    planned = NoticePlanned.model_construct(
        notice=event.id, law=None, clock=None, due_at=None, product="p", send_at=NOON, digest=False, status=event
    )
    return NoticeAttempted(
        message="msg_1",
        notices=[event.id],
        channel=channel,
        language="en",
        zone="Asia/Shanghai",
        template="1",
        content=content([planned], "en", "Asia/Shanghai"),
    )


@pytest.fixture
def service() -> Iterator[tuple[int, list[tuple[str, dict[str, Any]]]]]:
    """What somebody's push or mail service takes: path and body of each call."""
    came: list[tuple[str, dict[str, Any]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append((self.path, orjson.loads(self.rfile.read(int(self.headers["content-length"])))))
            self.send_response(200 if "nowhere" not in self.path else 404)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, came
    server.shutdown()
    server.server_close()


# apprise imports a module of the standard library that Python 3.13 lacks, and can do without.
@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
async def test_a_push_shows_nothing_of_anybody_and_a_mail_says_all(
    service: tuple[int, list[tuple[str, dict[str, Any]]]],
) -> None:
    port, came = service
    url = f"json://127.0.0.1:{port}/{{address}}"
    async with ways(NotifierSettings.model_validate({"mail_url": url, "push_url": url})) as found:
        for channel in ("mail", "push"):
            said = await found[channel].send("A", message(channel), "ann/../x", NOON)
            assert said == Said("sent")
        assert (await found["mail"].send("A", message("mail"), "nowhere", NOON)).answer == "refused"
    bodies = [body["message"] for _, body in came]
    assert bodies[0] == message("mail").content.body
    assert bodies[1] == message("push").content.short
    assert "REP-01" in bodies[0]
    for secret in ("REP-01", "1200.50", "not open", "overdue", "jiebei"):
        assert secret not in bodies[1] + message("push").content.title
    assert not any("/../" in path for path, _ in came), "an address can't lead elsewhere"


async def test_a_webhook_is_signed_sent_under_its_key_and_says_what_became_of_it() -> None:
    with receiver() as hook:
        settings = NotifierSettings.model_validate({"webhook_url": hook.url, "webhook_secret": SECRET})
        hook.answers += [503, 410, 302, 204]
        async with ways(settings) as found:
            said = [await found["webhook"].send("A", message("webhook"), None, NOON) for _ in range(5)]
    assert [each.answer for each in said] == ["failed", "refused", "failed", "sent", "sent"]
    assert hook.wrong == []
    assert len(hook.accepted) == 1
    assert len(set(hook.bodies["msg_1"])) == 1


async def test_nobody_answers_is_a_failure() -> None:
    settings = NotifierSettings.model_validate({"webhook_url": "http://127.0.0.1:9/x", "webhook_secret": SECRET})
    async with ways(settings) as found:
        said = await found["webhook"].send("A", message("webhook"), None, NOON)
    assert said.answer == "failed"


def test_what_may_not_be_disclosed_is_not_in_any_message() -> None:
    event = status(1)
    limited = next(each for each in event.data.reasons if each.disclosure == "limited")
    limited.values, limited.clears_at = {"state": "watched by the fraud team"}, NOON
    planned = NoticePlanned.model_construct(
        notice=event.id, law=None, clock=None, due_at=None, product="p", send_at=NOON, digest=False, status=event
    )
    for language in ("en", "zh"):
        said = content([planned], language, "Asia/Shanghai")
        assert limited.code in said.body
        assert "fraud" not in said.body
        assert "2026-01-05 12:00" not in said.body
