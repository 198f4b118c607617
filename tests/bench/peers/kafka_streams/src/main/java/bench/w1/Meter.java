package bench.w1;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** Counts events and looks at the clocks at the first, the middle and the last one; used by one stream thread. */
final class Meter {
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private final long events;
    private long seen;
    private long[] first;
    private long[] middle;

    Meter(long events) {
        this.events = events;
    }

    void begin() {
        if (seen == 0) {
            first = clocks();
        }
    }

    void end() {
        seen++;
        if (seen == events / 2) {
            middle = clocks();
        } else if (seen == events) {
            tell(clocks());
        }
    }

    private void tell(long[] last) {
        System.out.printf(
                "{\"events\": %d, \"seconds\": %.6f, \"cpu\": %.6f, \"warm_events\": %d, \"warm_seconds\": %.6f, "
                        + "\"warm_cpu\": %.6f, \"cpu_of_process\": %.6f}%n",
                events, s(last[0] - first[0]), s(last[1] - first[1]), events - events / 2, s(last[0] - middle[0]),
                s(last[1] - middle[1]), s(last[1]));
        System.out.flush();
    }

    private static long[] clocks() {
        return new long[] {System.nanoTime(), SYSTEM.getProcessCpuTime()};
    }

    private static double s(long nanoseconds) {
        return nanoseconds / 1e9;
    }
}
