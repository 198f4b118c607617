"""The parts of the policy check: each looks at one kind of mistake."""
