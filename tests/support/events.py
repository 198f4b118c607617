"""Events in one line each: `due("2025-01-05", on="2025-01-10").of("B").happened("2025-01-04")`.

Instants are texts in UTC: "2025-01-05", "2025-01-05 08:00", "2025-01-05 08:00:00.001". The first argument is when the
event is recorded; it happened then too unless `happened` says otherwise.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

Data = dict[str, Any]

ACCOUNT = "A"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ms(text: str) -> int:
    """Milliseconds since the epoch."""
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)


def short(instant: int) -> str:
    """The text of an instant, as short as it can be."""
    at = _EPOCH + timedelta(milliseconds=instant)
    if instant % 1000:
        return f"{at:%Y-%m-%d %H:%M:%S}.{instant % 1000:03d}"
    return f"{at:%Y-%m-%d %H:%M:%S}".removesuffix(":00").removesuffix(" 00:00")


def rfc(instant: int) -> str:
    """The RFC 3339 text of an instant."""
    at = _EPOCH + timedelta(milliseconds=instant)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{instant % 1000:03d}Z"


class Event(NamedTuple):
    """One event as a producer wrote it; an id of None becomes e1, e2 ... by its place in the history."""

    type: str
    data: Data
    recorded: int
    time: int
    id: str | None = None
    account: str = ACCOUNT
    source: str = "/test"

    def happened(self, at: str) -> Event:
        return self._replace(time=ms(at))

    def of(self, account: str) -> Event:
        return self._replace(account=account)

    def named(self, id: str) -> Event:
        return self._replace(id=id)

    def by(self, source: str) -> Event:
        return self._replace(source=source)

    def again(self, at: str) -> Event:
        """The same event, recorded once more."""
        return self._replace(recorded=ms(at))

    def document(self, place: int) -> Data:
        """The CloudEvent."""
        return {
            "specversion": "1.0",
            "id": self.id or f"e{place}",
            "source": self.source,
            "type": self.type,
            "subject": self.account,
            "time": rfc(self.time),
            "recordedtime": rfc(self.recorded),
            "data": self.data,
        }


def event(at: str, type: str, **data: Any) -> Event:
    """Any event; fields of None are left out, `from_` is `from`."""
    fields = {name.rstrip("_"): value for name, value in data.items() if value is not None}
    return Event(type, fields, ms(at), ms(at))


# Repayments


def due(at: str, on: str, amount: str = "100.00", loan: str = "L", number: int | str = 1, **more: Any) -> Event:
    return event(at, "repayment.due", loan_id=loan, installment=number, due_on=on, amount=amount, **more)


def paid(
    at: str,
    amount: str = "100.00",
    loan: str | None = None,
    number: int | str | None = None,
    payment: str | None = None,
    **more: Any,
) -> Event:
    return event(at, "repayment.received", amount=amount, loan_id=loan, installment=number, payment_id=payment, **more)


def reversal(at: str, payment: str) -> Event:
    return event(at, "repayment.reversed", payment_id=payment)


def missed(at: str) -> Event:
    return event(at, "repayment.missed")


def pause(at: str, from_: str, until: str, loan: str | None = None) -> Event:
    return event(at, "repayment.paused", from_=from_, until=until, loan_id=loan)


def resume(at: str, from_: str, until: str, loan: str | None = None) -> Event:
    return event(at, "repayment.resumed", from_=from_, until=until, loan_id=loan)


def reported(at: str, months: int | None = None, days: int | None = None, written_off: bool | None = None) -> Event:
    return event(at, "delinquency.reported", months_past_due=months, days_past_due=days, written_off=written_off)


# Inquiries, identity


def inquiry(at: str, key: str | None = None, kind: str = "hard", **more: Any) -> Event:
    return event(at, "inquiry.recorded", kind=kind, inquiry_id=key, **more)


def withdrawal(at: str, key: str) -> Event:
    return event(at, "inquiry.withdrawn", inquiry_id=key)


def verified(at: str, level: int = 2, expires: str | None = None) -> Event:
    return event(at, "identity.verified", level=level, document_expires_on=expires)


def failed(at: str, item: str = "face") -> Event:
    return event(at, "identity.failed", item=item)


def revoked(at: str) -> Event:
    return event(at, "identity.revoked", reason="a doubt")


# Accounts


def opened(at: str, **data: Any) -> Event:
    return event(at, "account.opened", **data)


def updated(at: str, **data: Any) -> Event:
    return event(at, "account.updated", **data)


def closed(at: str, by: str | None = None) -> Event:
    return event(at, "account.closed", by=by)


def restricted(at: str, state: str = "frozen") -> Event:
    return event(at, "account.restricted", state=state)


def unrestricted(at: str, state: str = "frozen") -> Event:
    return event(at, "account.unrestricted", state=state)


def limit_set(at: str, amount: str, **more: Any) -> Event:
    return event(at, "credit.limit_set", amount=amount, **more)


def consent(at: str, granted: bool, scope: str = "report") -> Event:
    return event(at, "consent.changed", scope=scope, granted=granted)


def choice(at: str, what: str, until: str | None = None, product: str | None = None) -> Event:
    return event(at, "choice.made", choice=what, until=until, product=product)


def flagged(at: str, flag: str = "device", disclosure: str | None = None) -> Event:
    return event(at, "security.flagged", flag=flag, disclosure=disclosure)


def cleared(at: str, flag: str = "device") -> Event:
    return event(at, "security.cleared", flag=flag)


# Finances


def score(at: str, value: int, provider: str = "zhima", **more: Any) -> Event:
    return event(at, "score.updated", provider=provider, value=value, **more)


def income(at: str, monthly: str, **more: Any) -> Event:
    return event(at, "income.updated", monthly=monthly, **more)


def obligations(at: str, **data: Any) -> Event:
    return event(at, "obligations.updated", **data)


def spent(at: str, amount: str, **more: Any) -> Event:
    return event(at, "spending.recorded", amount=amount, **more)


def court(at: str, state: str = "open", until: str | None = None, record: str = "C") -> Event:
    return event(at, "court_record.changed", record_id=record, state=state, usable_until=until)


# Reviews


def dispute(at: str, about: str, key: str = "D") -> Event:
    return event(at, "dispute.opened", dispute_id=key, about=about)


def dispute_closed(at: str, about: str, key: str = "D") -> Event:
    return event(at, "dispute.closed", dispute_id=key, about=about)


def correction(at: str, about: str, **data: Any) -> Event:
    return event(at, "fact.corrected", corrects=about, data=data or {"kind": "soft"})


def suppression(at: str, about: str) -> Event:
    return event(at, "fact.suppressed", suppresses=about, reason="repaid in time")


def note(at: str, key: str = "N") -> Event:
    """An event that moves no fact."""
    return event(at, "support.noted", note_id=key, by="clerk")


# Broadcasts


def proposed(at: str, document: Data, digest: str, by: str = "ann") -> Event:
    return event(at, "policy.proposed", digest=digest, by=by, document=document).of(document["policy"])


def approved(at: str, digest: str, by: str = "bob") -> Event:
    return event(at, "policy.approved", digest=digest, by=by).of("p")


def activated(at: str, digest: str) -> Event:
    return event(at, "policy.activated", digest=digest, by="ann").of("p")


def retired(at: str, digest: str) -> Event:
    return event(at, "policy.retired", digest=digest, by="ann").of("p")


def rollout(at: str, digest: str, percent: int | str, salt: str = "salt") -> Event:
    return event(at, "policy.rollout_set", digest=digest, percent=percent, salt=salt).of("p")


def frozen(at: str) -> Event:
    return event(at, "policy.frozen", by="ann", reason="an incident").of("p")


def unfrozen(at: str) -> Event:
    return event(at, "policy.unfrozen", by="ann", reason="it is over").of("p")


def clock_advanced(at: str, to: str | None = None) -> Event:
    return event(at, "clock.advanced", to=rfc(ms(to or at))).of("*")


def override(
    at: str, status: str, until: str | None = None, product: str = "a", key: str = "O", by: str = "li", **more: Any
) -> Event:
    """A person proposes another status."""
    return event(
        at,
        "override.proposed",
        override_id=key,
        by=by,
        product=product,
        status=status,
        reason="as agreed",
        until=until,
        **more,
    )


def override_approved(at: str, key: str = "O", by: str = "wang") -> Event:
    return event(at, "override.approved", override_id=key, by=by)


def override_revoked(at: str, key: str = "O", by: str = "li") -> Event:
    return event(at, "override.revoked", override_id=key, by=by)


def review_requested(at: str, product: str = "a", key: str = "R") -> Event:
    return event(at, "review.requested", review_id=key, product=product)


def decided(at: str, status: str, until: str | None = None, product: str = "a", key: str = "R") -> Event:
    """A person has decided a review."""
    return event(
        at, "review.decided", review_id=key, product=product, by="li", status=status, reason="seen", until=until
    )


def suppressed(at: str, id: str, from_: str | None = None) -> Event:
    """An event may no longer be used, from then on."""
    return event(at, "fact.suppressed", suppresses=id, reason="repaid in time", from_=from_)


def corrected(at: str, id: str, **data: Any) -> Event:
    """What an event should have said."""
    return event(at, "fact.corrected", corrects=id, data=data)
