"""W1, the work on which the product is measured against other systems: its events and what they must give."""
