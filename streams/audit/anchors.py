"""Anchors: the heads of all ledgers at one position, signed, kept in another place than the ledgers (decision 0101).

An anchor may also hold the root of a Merkle tree over the newest statuses of every account at that position. A leaf is
blinded by a nonce that only the signing key gives, so that a proof for one account tells nothing of another.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Annotated, Any, Final, Literal, NamedTuple

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.instants import instant_text
from schemas.values import Digest
from streams.audit import merkle
from streams.audit.logs import Position
from streams.audit.signed import complaint
from streams.codec.canonical import canonical
from streams.codec.digest import PREFIX, bytes_digest
from streams.codec.signatures import signed

_NONCE: Final = b"eligibility-anchor-nonce-v1\n"


class AnchorError(ValueError):
    """A file is no anchor or no proof, is signed by another key, or is of another system."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class LaneHead(_Model):
    """A lane's last block."""

    lane: Annotated[int, Field(ge=0)]
    block: Annotated[int, Field(ge=0)]
    hash: Digest


class Root(_Model):
    """Of the tree over the accounts' newest statuses; `count` accounts."""

    count: Annotated[int, Field(ge=0)]
    root: Digest


class Anchor(_Model):
    """A signed anchor. `previous` is the digest of the anchor file before, so that none of them can be left out."""

    format: Literal[1]
    type: Literal["eligibility.anchor"]
    cluster: str
    made_at: str
    previous: Digest | None
    lanes: list[LaneHead]
    statuses: Root | None
    signingkey: str
    signature: str


class Proof(_Model):
    """That these statuses (values of the topic `status`, by product) are an account's newest in an anchor's root."""

    format: Literal[1]
    type: Literal["eligibility.proof"]
    anchor: Digest
    account: str
    statuses: dict[str, str]
    nonce: str
    index: Annotated[int, Field(ge=0)]
    path: list[str]


class Accounts(NamedTuple):
    """The newest statuses of accounts: by account and product the SHA-256 of the value."""

    digests: Mapping[str, Mapping[str, bytes]]


def new_anchor(
    position: Position,
    heads: Iterable[LaneHead],
    key: Ed25519PrivateKey,
    previous: bytes | None = None,
    accounts: Accounts | None = None,
) -> bytes:
    """An anchor's bytes. `previous` are those of the one before."""
    assert position.cluster is not None, "brokers know their cluster"
    made_at = instant_text(position.taken_at)
    root = None
    if accounts is not None:
        leaves = sorted(_leaves(accounts, key, made_at).values())
        root = {"count": len(leaves), "root": PREFIX + merkle.root(leaves).hex()}
    document = {
        "format": 1,
        "type": "eligibility.anchor",
        "cluster": position.cluster,
        "made_at": made_at,
        "previous": None if previous is None else bytes_digest(previous),
        "lanes": [head.model_dump() for head in heads],
        "statuses": root,
    }
    return canonical(signed(document, key)) + b"\n"


def read_anchor(data: bytes, key: str | None = None) -> Anchor:
    """An anchor whose signature holds, by `key` (a public one) where that is given. Raises AnchorError."""
    document = _document(data)
    try:
        found = Anchor.model_validate(document)
    except ValidationError as error:
        raise AnchorError(f"no anchor: {error.errors()[0]['msg']} at {error.errors()[0]['loc']}") from None
    wrong = complaint(document, key)
    if wrong is not None:
        raise AnchorError(wrong)
    return found


def anchored(anchors: Iterable[Anchor], cluster: str | None) -> dict[int, dict[int, str]]:
    """Hashes by lane and block. Raises AnchorError for another cluster's, and where two contradict each other."""
    found: dict[int, dict[int, str]] = {}
    for each in anchors:
        if cluster is not None and each.cluster != cluster:
            raise AnchorError(f"the anchor of {each.made_at} is of the cluster {each.cluster}, not of {cluster}")
        for head in each.lanes:
            known = found.setdefault(head.lane, {}).setdefault(head.block, head.hash)
            if known != head.hash:
                raise AnchorError(f"two anchors have different hashes of lane {head.lane}, block {head.block}")
    return found


def prove(data: bytes, accounts: Accounts, account: str, values: Mapping[str, bytes], key: Ed25519PrivateKey) -> bytes:
    """The proof for one account in an anchor. Raises AnchorError where the anchor has another root or none."""
    anchor = read_anchor(data)
    leaves = _leaves(accounts, key, anchor.made_at)
    if account not in leaves:
        raise AnchorError(f"{account}: no status up to this anchor")
    ordered = sorted(leaves.values())
    if anchor.statuses is None or anchor.statuses.root != PREFIX + merkle.root(ordered).hex():
        why = "it has none" if anchor.statuses is None else "other statuses, or another key than the anchor's"
        raise AnchorError(f"the statuses do not give the anchor's root: {why}")
    index = ordered.index(leaves[account])
    document = {
        "format": 1,
        "type": "eligibility.proof",
        "anchor": bytes_digest(data),
        "account": account,
        "statuses": {product: value.decode() for product, value in sorted(values.items())},
        "nonce": _text(_nonce(key, anchor.made_at, account)),
        "index": index,
        "path": [_text(each) for each in merkle.path(ordered, index)],
    }
    return canonical(document) + b"\n"


def check_proof(data: bytes, proof: bytes, key: str | None = None) -> Proof:
    """The proof, where it holds against the anchor. Raises AnchorError; needs nothing but the two files."""
    anchor = read_anchor(data, key)
    try:
        found = Proof.model_validate(_document(proof))
        nonce, beside = _bytes(found.nonce), [_bytes(each) for each in found.path]
    except ValueError as error:  # ValidationError is one
        raise AnchorError("no proof: its form is another") from error
    if found.anchor != bytes_digest(data):
        raise AnchorError("the proof is of another anchor")
    digests = {product: sha256(value.encode()).digest() for product, value in found.statuses.items()}
    leaf = _leaf(nonce, found.account, digests)
    root = None if anchor.statuses is None else merkle.root_by(leaf, found.index, anchor.statuses.count, beside)
    if root is None or anchor.statuses is None or PREFIX + root.hex() != anchor.statuses.root:
        raise AnchorError("the proof does not lead to the anchor's root: it was altered")
    return found


def _leaves(accounts: Accounts, key: Ed25519PrivateKey, made_at: str) -> dict[str, bytes]:
    return {
        account: _leaf(_nonce(key, made_at, account), account, digests) for account, digests in accounts.digests.items()
    }


def _leaf(nonce: bytes, account: str, digests: Mapping[str, bytes]) -> bytes:
    parts: Sequence[bytes] = [f"{product}\n".encode() + digests[product] for product in sorted(digests)]
    return merkle.leaf_hash(nonce + f"{account}\n".encode() + b"".join(parts))


def _nonce(key: Ed25519PrivateKey, made_at: str, account: str) -> bytes:
    secret = sha256(_NONCE + key.private_bytes_raw()).digest()
    return hmac.digest(secret, f"{made_at}\n{account}".encode(), "sha256")


def _document(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except ValueError as error:
        raise AnchorError("no JSON") from error


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
