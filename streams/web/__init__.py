"""The status service: what holds for an account, why, and what it was, over HTTP; requests become events."""
