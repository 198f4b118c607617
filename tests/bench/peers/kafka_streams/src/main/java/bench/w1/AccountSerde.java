package bench.w1;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/** The account as bytes: fixed fields first, then lists with their lengths. */
final class AccountSerde {
    private static final String[] STATUSES = {"", "eligible", "restricted", "ineligible"};

    /** A serializer is used by one stream thread. */
    private ByteBuffer buffer = ByteBuffer.allocate(4096);

    private AccountSerde() {}

    static Serde<Account> create() {
        AccountSerde form = new AccountSerde();
        return Serdes.serdeFrom((topic, account) -> form.serialize(account), (topic, bytes) -> deserialize(bytes));
    }

    private byte[] serialize(Account account) {
        if (account == null) {
            return null;
        }
        int most = 64 + 8 * account.inquiries.size();
        for (String key : account.open.keySet()) {
            most += 14 + 3 * key.length();
        }
        if (buffer.capacity() < most) {
            buffer = ByteBuffer.allocate(2 * most);
        }
        buffer.clear();
        buffer.put((byte) account.level).putInt(account.expiresOn).put(code(account.status)).put((byte) account.reasons);
        buffer.putLong(account.sequence).putLong(account.events).putShort((short) account.inquiries.size());
        for (long at : account.inquiries) {
            buffer.putLong(at);
        }
        buffer.putShort((short) account.open.size());
        for (Map.Entry<String, Account.Installment> each : account.open.entrySet()) {
            byte[] key = each.getKey().getBytes(StandardCharsets.UTF_8);
            buffer.putShort((short) key.length).put(key).putInt(each.getValue().dueOn).putLong(each.getValue().remaining);
        }
        byte[] bytes = new byte[buffer.position()];
        buffer.get(0, bytes);
        return bytes;
    }

    private static Account deserialize(byte[] bytes) {
        if (bytes == null) {
            return null;
        }
        ByteBuffer from = ByteBuffer.wrap(bytes);
        Account account = new Account();
        account.level = from.get();
        account.expiresOn = from.getInt();
        int code = from.get();
        account.status = code == 0 ? null : STATUSES[code];
        account.reasons = from.get();
        account.sequence = from.getLong();
        account.events = from.getLong();
        for (int left = from.getShort(); left > 0; left--) {
            account.inquiries.add(from.getLong());
        }
        for (int left = from.getShort(); left > 0; left--) {
            int length = from.getShort();
            String key = new String(bytes, from.position(), length, StandardCharsets.UTF_8);
            from.position(from.position() + length);
            account.open.put(key, new Account.Installment(from.getInt(), from.getLong()));
        }
        return account;
    }

    private static byte code(String status) {
        for (byte code = 1; code < STATUSES.length; code++) {
            if (STATUSES[code].equals(status)) {
                return code;
            }
        }
        return 0;
    }
}
