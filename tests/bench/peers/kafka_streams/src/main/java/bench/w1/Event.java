package bench.w1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** One event as the topic has it; fields that its type lacks are null or 0. */
public record Event(
        String id,
        @JsonProperty("account_id") String accountId,
        String type,
        @JsonProperty("occurred_at") String occurredAt,
        @JsonProperty("loan_id") String loanId,
        int installment,
        long amount,
        @JsonProperty("due_on") String dueOn,
        String institution,
        String kind,
        int level,
        @JsonProperty("document_expires_on") String documentExpiresOn) {}
