package bench.w1;

import java.util.ArrayList;
import java.util.List;

/** The reasons in the order in which they are told; a set of them is a bit mask. */
enum Reason {
    OVERDUE_30,
    OVERDUE,
    INQUIRIES_30D,
    INQUIRIES_180D,
    IDENTITY_UNVERIFIED,
    IDENTITY_EXPIRED;

    private static final Reason[] ALL = values();
    private static final int LIGHT = OVERDUE.bit() | INQUIRIES_30D.bit();

    int bit() {
        return 1 << ordinal();
    }

    static List<String> names(int set) {
        List<String> names = new ArrayList<>(ALL.length);
        for (Reason reason : ALL) {
            if ((set & reason.bit()) != 0) {
                names.add(reason.name());
            }
        }
        return names;
    }

    static String status(int set) {
        if (set == 0) {
            return "eligible";
        }
        return (set & ~LIGHT) == 0 ? "restricted" : "ineligible";
    }
}
