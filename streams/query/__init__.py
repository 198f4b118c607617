"""Questions about accounts: why, what if, what opens it, every check. Nothing here writes, and nothing knows Faust."""
