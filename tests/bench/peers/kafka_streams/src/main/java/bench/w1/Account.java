package bench.w1;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The state of one account. Days are epoch days, instants epoch seconds. */
public final class Account {
    static final int NO_DAY = Integer.MIN_VALUE;

    /** Open installments by loan and number. */
    final Map<String, Installment> open = new LinkedHashMap<>();

    /** Hard inquiries of the last 180 days. */
    final List<Long> inquiries = new ArrayList<>();

    int level;
    int expiresOn = NO_DAY;
    String status;
    int reasons;
    long sequence;
    long events;

    static final class Installment {
        final int dueOn;
        long remaining;

        Installment(int dueOn, long remaining) {
            this.dueOn = dueOn;
            this.remaining = remaining;
        }
    }
}
