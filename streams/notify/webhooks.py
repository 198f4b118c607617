"""Webhooks as Standard Webhooks has them (standardwebhooks.com, 1.0.0): the id is the idempotency key. Pure."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

PREFIX: Final = "whsec_"
_KEY_BYTES: Final = range(24, 65)


def secret_key(secret: str) -> bytes:
    """The key in a secret `whsec_...`: 24 to 64 bytes in base 64. Raises ValueError."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(PREFIX) or len(key) not in _KEY_BYTES:
        raise ValueError("wanted whsec_ and 24 to 64 bytes in base 64, such as `openssl rand -base64 32` gives")
    return key


def headers(key: bytes, message: str, seconds: int, body: bytes) -> Mapping[str, str]:
    """The headers of a webhook; `seconds` since the epoch are when it is sent, and against replays part of what is
    signed.
    """
    assert "." not in message, "a dot would move the borders of what is signed"
    signed = hmac.new(key, f"{message}.{seconds}.".encode() + body, sha256).digest()
    return {
        "webhook-id": message,
        "webhook-timestamp": str(seconds),
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }
