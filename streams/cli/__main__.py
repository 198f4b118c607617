"""`python -m streams.cli`: the command `eligibility` where it is not on the path."""

from streams.cli import main

main()
