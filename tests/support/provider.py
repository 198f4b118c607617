"""A small identity provider on loopback: it publishes real keys and signs tokens with them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

ISSUER = "https://login.bank.example/"
AUDIENCE = "eligibility"


class Provider:
    """Keys by name, as they are published now; `asked` counts how often they were fetched."""

    def __init__(self, port: int) -> None:
        self.jwks_url = f"http://127.0.0.1:{port}/jwks"
        self.asked = 0
        self.broken = False
        self._keys: dict[str, RSAPrivateKey | Ed25519PrivateKey] = {}

    def make(self, name: str, kind: str = "RS256") -> None:
        """A new key under a name."""
        rsa = kind == "RS256"
        self._keys[name] = generate_private_key(65537, 2048) if rsa else Ed25519PrivateKey.generate()

    def drop(self, name: str) -> None:
        del self._keys[name]

    def token(self, name: str, *, algorithm: str | None = None, key: Any = None, **claims: Any) -> str:
        """A token for support by the key of a name, with some claims otherwise; a claim of None is left out."""
        now = int(time.time())
        whole = {"iss": ISSUER, "aud": AUDIENCE, "sub": "anna", "iat": now, "exp": now + 600,
                 "scope": "openid eligibility.support"} | claims  # fmt: skip
        signer: Any = self._keys.get(name) if key is None else key
        kind = algorithm or ("RS256" if isinstance(signer, RSAPrivateKey) else "EdDSA")
        stated = {each: value for each, value in whole.items() if value is not None}
        return jwt.encode(stated, signer, kind, headers={"kid": name})

    def document(self) -> bytes:
        """What is published: the public halves."""
        keys = []
        for name, key in self._keys.items():
            rsa = isinstance(key, RSAPrivateKey)
            public: Any = key.public_key()
            text = RSAAlgorithm.to_jwk(public) if rsa else OKPAlgorithm.to_jwk(public)
            keys.append(json.loads(text) | {"kid": name, "use": "sig", "alg": "RS256" if rsa else "EdDSA"})
        return json.dumps({"keys": keys}).encode()


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider that answers for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked += 1
            body = made.document()
            self.send_response(500 if made.broken or self.path != "/jwks" else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Provider(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
