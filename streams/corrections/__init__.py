"""What earlier statuses should have been, recomputed from the log and told once (decision 0092)."""
