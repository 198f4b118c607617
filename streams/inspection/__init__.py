"""A running or a waiting system, looked at from outside: how far its lanes are, and what would keep a worker away."""
