"""Policies: the life of a policy version, broadcast to every lane; the subject is the policy's id. And whose keys may
sign what.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from schemas.errors import Code, ContractError, describe
from schemas.hints import Hint
from schemas.payloads.base import Payload
from schemas.policy import PolicyDocument
from schemas.values import Bool, Digest, Instant, Name, Percent, PublicKey, Text
from schemas.vocabulary import Role

TRUSTED_KEYS_MAX = 512


class PolicyApproved(Payload):
    """A step in the life of one version, and who took it."""

    digest: Digest
    by: Text


class PolicyActivated(PolicyApproved):
    """The version shall take effect."""


class PolicyRetired(PolicyApproved):
    """The version ends."""


class PolicyProposed(PolicyApproved):
    """A version enters: the whole document, whose digest must be the one given."""

    document: PolicyDocument
    shadow: Bool | None = None

    def check(self, subject: str) -> None:
        if self.digest != self.document.digest:
            expected = "the digest of data.document"
            example = f'"{self.document.digest}"'
            raise ContractError(Code.INVALID_EVENT, "data.digest", describe(self.digest), expected, example)
        if self.document.policy != subject:
            came, example = describe(self.document.policy), describe(subject)
            raise ContractError(Code.INVALID_EVENT, "data.document.policy", came, "the event's subject", example)


class PolicyRolloutSet(Payload):
    """The share of accounts for which the version is in force."""

    digest: Digest
    percent: Percent
    salt: Name


class PolicyFrozen(Payload):
    """Statuses stay as they are."""

    by: Text
    reason: Text


class PolicyUnfrozen(PolicyFrozen):
    """Statuses move again."""


class TrustedKey(BaseModel):
    """A key that may sign in these roles, and the person who holds it; at records from `from` on and before `until`."""

    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)

    public_key: PublicKey
    holder: Name
    roles: Annotated[list[Role], Field(strict=True, min_length=1), Hint("a list of roles", '["reviewer"]')]
    from_: Instant | None = Field(default=None, alias="from")
    until: Instant | None = None


class TrustListed(Payload):
    """All keys that are trusted from now on; signed by the root key or by a trustee of the list before."""

    by: Text
    keys: Annotated[
        list[TrustedKey],
        Field(strict=True, max_length=TRUSTED_KEYS_MAX),
        Hint(f"a list of at most {TRUSTED_KEYS_MAX} keys", '[{"public_key":"…","holder":"li","roles":["reviewer"]}]'),
    ]

    def check(self, subject: str) -> None:
        seen = set()
        for place, key in enumerate(self.keys):
            if key.public_key in seen:
                field = f"data.keys[{place}].public_key"
                raise ContractError(Code.INVALID_EVENT, field, describe(key.public_key), "each key once")
            seen.add(key.public_key)
