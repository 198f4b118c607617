"""Random histories and policies for what compares the core with the reference interpreter (streams.reference)."""
