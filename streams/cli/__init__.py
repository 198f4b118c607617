"""The command `eligibility`: one module per verb, imported when it is called."""

import logging
import sys

from streams.cli.console import CommandError, Exit, read, say, unread


def main() -> None:
    """Runs the command line. Errors that a user can mend are one message on stderr, without a traceback."""
    from streams.cli.root import command_line

    # Kafka's client logs each failed attempt; a command tells the outcome itself. A worker sets up its own log.
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())
    try:
        command_line(sys.argv[1:])(prog_name="eligibility")
    except CommandError as error:
        say(f"eligibility: {error}")
        sys.exit(error.code)
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)
    except SystemExit as end:  # as every command ends
        if isinstance(end.__context__, BrokenPipeError):  # met by Typer, which prints the help texts itself
            unread(sys.stdout)
            sys.exit(Exit.UNREAD)
        with read(sys.stdout):
            sys.stdout.flush()
        raise
