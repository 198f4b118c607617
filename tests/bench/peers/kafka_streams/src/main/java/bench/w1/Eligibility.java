package bench.w1;

import java.time.Instant;
import java.time.LocalDate;

/** W1's rules: an event is taken into its account, then the account is judged at the event's time. */
final class Eligibility {
    private static final long DAY = 86_400;

    private Eligibility() {}

    /** The change that the event makes, or null. */
    static StatusChange apply(Account account, Event event) {
        long now = Instant.parse(event.occurredAt()).getEpochSecond();
        account.events++;
        fold(account, event, now);
        int reasons = judge(account, now);
        String status = Reason.status(reasons);
        if (status.equals(account.status) && reasons == account.reasons) {
            return null;
        }
        String previous = account.status;
        account.sequence++;
        account.status = status;
        account.reasons = reasons;
        return new StatusChange(
                event.accountId(), account.sequence, status, previous, Reason.names(reasons), event.occurredAt(), event.id());
    }

    private static void fold(Account account, Event event, long now) {
        switch (event.type()) {
            case "repayment.due" ->
                    account.open.put(key(event), new Account.Installment(day(event.dueOn()), event.amount()));
            case "repayment.received" -> {
                Account.Installment owed = account.open.get(key(event));
                if (owed != null) {
                    owed.remaining -= event.amount();
                    if (owed.remaining <= 0) {
                        account.open.remove(key(event));
                    }
                }
            }
            case "inquiry.recorded" -> {
                if ("hard".equals(event.kind())) {
                    account.inquiries.add(now);
                }
            }
            case "identity.verified" -> {
                account.level = event.level();
                account.expiresOn = day(event.documentExpiresOn());
            }
            default -> throw new IllegalArgumentException("unknown type " + event.type());
        }
    }

    private static int judge(Account account, long now) {
        account.inquiries.removeIf(at -> at <= now - 180 * DAY);
        int today = (int) Math.floorDiv(now, DAY);
        int worst = 0;
        for (Account.Installment owed : account.open.values()) {
            worst = Math.max(worst, today - owed.dueOn);
        }
        int recent = 0;
        for (long at : account.inquiries) {
            if (at > now - 30 * DAY) {
                recent++;
            }
        }
        int reasons = 0;
        if (worst >= 30) {
            reasons |= Reason.OVERDUE_30.bit();
        } else if (worst >= 1) {
            reasons |= Reason.OVERDUE.bit();
        }
        if (recent > 3) {
            reasons |= Reason.INQUIRIES_30D.bit();
        }
        if (account.inquiries.size() > 8) {
            reasons |= Reason.INQUIRIES_180D.bit();
        }
        if (account.level < 2) {
            reasons |= Reason.IDENTITY_UNVERIFIED.bit();
        } else if (account.expiresOn < today) {
            reasons |= Reason.IDENTITY_EXPIRED.bit();
        }
        return reasons;
    }

    private static String key(Event event) {
        return event.loanId() + ":" + event.installment();
    }

    private static int day(String date) {
        return (int) LocalDate.parse(date).toEpochDay();
    }
}
