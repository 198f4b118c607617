"""Which payload belongs to which event type and which topic it travels in: the contract's table, in its order."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from schemas.payloads import accounts, finances, identity, inquiries, operations, policies, repayments, reviews
from schemas.payloads.base import Payload

PAYLOADS: Final[Mapping[str, Mapping[str, type[Payload]]]] = MappingProxyType(
    {
        "repayments": {
            "repayment.due": repayments.RepaymentDue,
            "repayment.received": repayments.RepaymentReceived,
            "repayment.missed": repayments.RepaymentMissed,
            "repayment.reversed": repayments.RepaymentReversed,
            "repayment.paused": repayments.RepaymentPaused,
            "repayment.resumed": repayments.RepaymentResumed,
            "delinquency.reported": repayments.DelinquencyReported,
        },
        "inquiries": {
            "inquiry.recorded": inquiries.InquiryRecorded,
            "inquiry.withdrawn": inquiries.InquiryWithdrawn,
        },
        "identity": {
            "identity.verified": identity.IdentityVerified,
            "identity.failed": identity.IdentityFailed,
            "identity.revoked": identity.IdentityRevoked,
        },
        "accounts": {
            "account.opened": accounts.AccountOpened,
            "account.updated": accounts.AccountUpdated,
            "account.restricted": accounts.AccountRestricted,
            "account.unrestricted": accounts.AccountUnrestricted,
            "account.closed": accounts.AccountClosed,
            "credit.limit_set": accounts.CreditLimitSet,
            "consent.changed": accounts.ConsentChanged,
            "choice.made": accounts.ChoiceMade,
            "security.flagged": accounts.SecurityFlagged,
            "security.cleared": accounts.SecurityCleared,
        },
        "finances": {
            "score.updated": finances.ScoreUpdated,
            "income.updated": finances.IncomeUpdated,
            "obligations.updated": finances.ObligationsUpdated,
            "spending.recorded": finances.SpendingRecorded,
            "court_record.changed": finances.CourtRecordChanged,
        },
        "reviews": {
            "override.proposed": reviews.OverrideProposed,
            "override.approved": reviews.OverrideApproved,
            "override.revoked": reviews.OverrideRevoked,
            "dispute.opened": reviews.DisputeOpened,
            "dispute.closed": reviews.DisputeClosed,
            "review.requested": reviews.ReviewRequested,
            "review.decided": reviews.ReviewDecided,
            "explanation.requested": reviews.ExplanationRequested,
            "explanation.given": reviews.ExplanationGiven,
            "fact.corrected": reviews.FactCorrected,
            "fact.suppressed": reviews.FactSuppressed,
            "support.noted": reviews.SupportNoted,
        },
        "operations": {
            "maintenance.planned": operations.MaintenancePlanned,
            "maintenance.started": operations.MaintenanceStarted,
            "maintenance.extended": operations.MaintenanceExtended,
            "maintenance.ended": operations.MaintenanceEnded,
            "maintenance.cancelled": operations.MaintenanceCancelled,
            "incident.started": operations.IncidentStarted,
            "incident.ended": operations.IncidentEnded,
            "provider.paused": operations.ProviderPaused,
            "provider.resumed": operations.ProviderResumed,
            "clock.advanced": operations.ClockAdvanced,
        },
        "policies": {
            "policy.proposed": policies.PolicyProposed,
            "policy.approved": policies.PolicyApproved,
            "policy.activated": policies.PolicyActivated,
            "policy.retired": policies.PolicyRetired,
            "policy.rollout_set": policies.PolicyRolloutSet,
            "policy.frozen": policies.PolicyFrozen,
            "policy.unfrozen": policies.PolicyUnfrozen,
            "trust.listed": policies.TrustListed,
        },
    }
)
