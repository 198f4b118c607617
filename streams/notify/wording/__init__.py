"""Templates of messages in versions, all of which stay: what was sent is made again word for word."""
