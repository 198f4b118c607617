"""Replay of histories and proofs about what was emitted; no Faust."""
