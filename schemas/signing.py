"""Which event types carry a person's signature, and in which roles it may be given."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from schemas.vocabulary import Role

SIGNERS: Final[Mapping[str, tuple[Role, ...]]] = MappingProxyType(
    {
        "override.proposed": ("override-proposer",),
        "override.approved": ("override-approver",),
        "override.revoked": ("override-proposer", "override-approver"),
        "review.decided": ("reviewer",),
        "policy.proposed": ("policy-author",),
        "policy.approved": ("policy-approver",),
        "policy.activated": ("policy-operator",),
        "policy.retired": ("policy-operator",),
        "policy.rollout_set": ("policy-operator",),
        "policy.frozen": ("policy-operator",),
        "policy.unfrozen": ("policy-operator",),
        "trust.listed": ("trustee",),
    }
)
"""By event type: the roles of which the signer must have one."""


class Signer(NamedTuple):
    """Who signed an event, as the trust list had it: the public key and the person who holds it."""

    key: str
    holder: str


class Proof(NamedTuple):
    """What an event of a type in SIGNERS brings along: key and signature as they came, and the bytes signed.

    None stands for what didn't come; `message` is None where the document has no canonical form.
    """

    key: str | None
    signature: str | None
    message: bytes | None


def same_hand(one: str, signer: Signer | None, other: str, other_signer: Signer | None) -> bool:
    """Whether one person took both of two steps that need four eyes: the same key, or keys of one holder.

    `one` and `other` are the names that the events give; they only count where nobody signed.
    """
    if signer is None or other_signer is None:
        return one == other
    return signer.key == other_signer.key or signer.holder == other_signer.holder
