package bench.w1;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/** What is emitted when an account's status or its reasons change. */
public record StatusChange(
        @JsonProperty("account_id") String accountId,
        long sequence,
        String status,
        String previous,
        List<String> reasons,
        @JsonProperty("as_of") String asOf,
        @JsonProperty("event_id") String eventId) {}
