"""The `data` of every event type, one module a topic."""
