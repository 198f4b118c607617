"""Policies: the life of a policy version, broadcast to every lane; the subject is the policy's id."""

from schemas.errors import Code, ContractError, describe
from schemas.payloads.base import Payload
from schemas.policy import PolicyDocument
from schemas.values import Bool, Digest, Name, Percent, Text


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
