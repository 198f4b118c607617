"""What several tests share: small machines, brokers' records, processes."""
