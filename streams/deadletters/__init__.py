"""Dead letters as an operator handles them: whose they are, what they say, and back to where they came from."""
