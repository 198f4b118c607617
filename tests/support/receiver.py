"""A receiver of webhooks as Standard Webhooks wants one: checks signatures, and takes each id once."""

import base64
import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


class Receiver:
    """What has come: `accepted` in order, each id once; `bodies` every body by its id, however often it came."""

    def __init__(self) -> None:
        self.accepted: list[dict[str, Any]] = []
        self.bodies: dict[str, list[bytes]] = {}
        self.wrong: list[str] = []
        self.answers: list[int] = []
        self.port = 0
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def take(self, headers: Any, body: bytes) -> int:
        id, seconds = headers["webhook-id"], headers["webhook-timestamp"]
        signed = hmac.new(bytes(range(32)), f"{id}.{seconds}.".encode() + body, sha256).digest()
        with self._lock:
            if headers["webhook-signature"] != f"v1,{base64.b64encode(signed).decode()}":
                self.wrong.append(id)
            if self.answers:
                answer = self.answers.pop(0)
                if answer >= 300:
                    return answer
            if id not in self.bodies:
                self.accepted.append(orjson.loads(body)["data"])
            self.bodies.setdefault(id, []).append(body)
            return 204


@contextmanager
def receiver() -> Iterator[Receiver]:
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(made.take(self.headers, body))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
