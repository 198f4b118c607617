package bench.w1;

import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** One event at a time: its account from the store, the change downstream, the account back. */
final class EligibilityProcessor implements Processor<String, Event, String, StatusChange> {
    static final String STORE = "accounts";

    private final Meter meter;
    private ProcessorContext<String, StatusChange> context;
    private KeyValueStore<String, Account> accounts;

    EligibilityProcessor(Meter meter) {
        this.meter = meter;
    }

    @Override
    public void init(ProcessorContext<String, StatusChange> context) {
        this.context = context;
        this.accounts = context.getStateStore(STORE);
    }

    @Override
    public void process(Record<String, Event> record) {
        meter.begin();
        Account account = accounts.get(record.key());
        if (account == null) {
            account = new Account();
        }
        StatusChange change = Eligibility.apply(account, record.value());
        if (change != null) {
            context.forward(record.withValue(change));
        }
        accounts.put(record.key(), account);
        meter.end();
    }
}
