"""The decision core: pure functions from account state, events and policy to statuses. No clock, no random, no I/O."""
