"""The vocabulary: every form that crosses a border of the system, as pydantic models.

Events (`schemas.events`), the status event (`schemas.status`), ledger block (`schemas.block`), dead letter
(`schemas.deadletter`), reasons (`schemas.reasons`), policy document (`schemas.policy`), topics (`schemas.topics`).
The room does no I/O and imports nothing from `streams`.
"""
