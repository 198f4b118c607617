"""Inquiries: who asked for the customer's credit report, and what came of it."""

from typing import Literal

from schemas.payloads.base import Payload
from schemas.values import Id, Text


class InquiryRecorded(Payload):
    """One inquiry; hard ones are made to decide on credit."""

    kind: Literal["hard", "soft"]
    inquiry_id: Id | None = None
    institution: Text | None = None
    purpose: Text | None = None
    outcome: Literal["refused", "granted"] | None = None


class InquiryWithdrawn(Payload):
    """An inquiry that no longer counts."""

    inquiry_id: Id
