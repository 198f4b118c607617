"""Ed25519 signatures of events (RFC 8032, decision 0085): what is signed, signing, checking.

Signed are the bytes PREFIX and the event's JSON in canonical form (RFC 8785) without its `signature`. Keys and
signatures are base64url without padding.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Final

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from schemas.signing import Proof

PREFIX: Final = b"eligibility-signature-v1\n"


def message(document: dict[str, Any]) -> bytes | None:
    """The bytes to sign of an event's document; None where it holds what has no canonical form (numbers, depth)."""
    content = {name: value for name, value in document.items() if name != "signature"}
    try:
        return PREFIX + rfc8785.dumps(content)
    except (rfc8785.CanonicalizationError, RecursionError):
        return None


def proof_of(document: dict[str, Any]) -> Proof:
    """What a valid document brings along to be checked."""
    key, signature = document.get("signingkey"), document.get("signature")
    return Proof(key, signature, None if key is None or signature is None else message(document))


def signed(document: dict[str, Any], key: Ed25519PrivateKey) -> dict[str, Any]:
    """The document with `signingkey` and `signature`. Raises ValueError where it has no canonical form."""
    content = {**document, "signingkey": public_text(key)}
    data = message(content)
    if data is None:
        raise ValueError("an event with numbers or nesting beyond RFC 8785 can't be signed")
    return {**content, "signature": urlsafe_b64encode(key.sign(data)).rstrip(b"=").decode()}


def is_good(proof: Proof) -> bool:
    """Whether the signature is the key's over the message; parts are there."""
    assert proof.key is not None, "a proof to check has a key"
    assert proof.signature is not None, "a proof to check has a signature"
    assert proof.message is not None, "a proof to check has a message"
    try:
        public = Ed25519PublicKey.from_public_bytes(_bytes(proof.key))
        public.verify(_bytes(proof.signature), proof.message)
    except (InvalidSignature, ValueError):
        return False
    return True


def public_text(key: Ed25519PrivateKey) -> str:
    """The public half of a key, as `signingkey` and trust lists have it."""
    return urlsafe_b64encode(key.public_key().public_bytes_raw()).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
