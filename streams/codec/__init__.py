"""Bytes to models and back: records, canonical bytes, the merge, ledger blocks, and the pure machine of a partition."""
