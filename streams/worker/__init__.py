"""The worker: Faust gives the group, the assignment and the agents; each partition's lane does the work."""
