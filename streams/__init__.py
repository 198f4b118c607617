"""Real-time eligibility of credit accounts, on Kafka and Faust."""
