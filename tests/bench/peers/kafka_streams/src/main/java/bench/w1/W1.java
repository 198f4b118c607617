package bench.w1;

import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.Stores;

/**
 * W1 as one would write it in Kafka Streams: a processor, a typed store with its changelog, exactly once.
 *
 * <p>Settings by environment: W1_BROKER, W1_TOPIC (events), W1_APPLICATION (also the prefix of the status topic), W1_EVENTS,
 * W1_GUARANTEE, W1_COMMIT_MS, W1_STORE (rocksdb or memory), W1_FOLDER. Prints one JSON line when so many events are
 * processed. The bench holds this folder's hash: it is not tuned against.
 */
public final class W1 {
    private W1() {}

    public static void main(String[] arguments) throws InterruptedException {
        Map<String, String> given = System.getenv();
        String application = given.get("W1_APPLICATION");
        Meter meter = new Meter(Long.parseLong(given.get("W1_EVENTS")));
        KeyValueBytesStoreSupplier store = given.get("W1_STORE").equals("memory")
                ? Stores.inMemoryKeyValueStore(EligibilityProcessor.STORE)
                : Stores.persistentKeyValueStore(EligibilityProcessor.STORE);

        Topology topology = new Topology();
        topology.addSource(
                "events", Serdes.String().deserializer(), JsonSerde.of(Event.class).deserializer(), given.get("W1_TOPIC"));
        topology.addProcessor("eligibility", () -> new EligibilityProcessor(meter), "events");
        topology.addStateStore(
                Stores.keyValueStoreBuilder(store, Serdes.String(), AccountSerde.create()).withCachingDisabled(), "eligibility");
        topology.addSink(
                "status", application + "-status", Serdes.String().serializer(),
                JsonSerde.of(StatusChange.class).serializer(), "eligibility");

        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, application);
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, given.get("W1_BROKER"));
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, given.get("W1_GUARANTEE"));
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, given.get("W1_COMMIT_MS"));
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
        settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, given.get("W1_FOLDER"));
        settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");

        CountDownLatch ended = new CountDownLatch(1);
        KafkaStreams streams = new KafkaStreams(topology, settings);
        streams.setUncaughtExceptionHandler(error -> {
            error.printStackTrace();
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        streams.setStateListener((now, before) -> {
            if (now == KafkaStreams.State.ERROR || now == KafkaStreams.State.NOT_RUNNING) {
                ended.countDown();
            }
        });
        Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(20))));
        streams.start();
        ended.await();
    }
}
