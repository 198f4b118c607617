"""`eligibility kafka`: the local broker alone."""

import time
from typing import Annotated

import typer

from streams.cli.connection import local_kafka, settings
from streams.cli.console import Exit, Json, say, show, show_json, told

app = typer.Typer(help="The local Kafka: the real broker, one node on the loopback interface.", no_args_is_help=True)


@app.command(epilog="Example: eligibility kafka start --port 19092")
def start(
    port: Annotated[int, typer.Option(help="TCP port; 0: the one it had before, or any free one.")] = 0,
    json: Json = False,
) -> None:
    """Start the broker and wait until it answers; prints its address. Does nothing when it runs."""
    from streams.local.errors import LocalKafkaError
    from streams.local.jars import KAFKA_VERSION

    broker = local_kafka(settings(), port)
    began = time.monotonic()
    if broker.pid is None:
        say(f"starting Apache Kafka {KAFKA_VERSION} in {broker.data_dir} (the first time fetches its jars, 45 MB)")
    with told(LocalKafkaError):
        broker.start()
    say(f"Kafka answers at {broker.bootstrap} ({time.monotonic() - began:.1f} s); log: {broker.log}")
    if json:
        show_json(broker.status()._asdict())
    else:
        show(broker.bootstrap)


@app.command(epilog="Example: eligibility kafka stop")
def stop(json: Json = False) -> None:
    """Stop the broker; its data stays. Does nothing when it is not running."""
    broker = local_kafka(settings())
    running = broker.pid is not None
    broker.stop()
    say("Kafka stopped" if running else "Kafka was not running")
    if json:
        show_json(broker.status()._asdict())


@app.command(epilog="Example: eligibility kafka status")
def status(json: Json = False) -> None:
    """Is the broker running, and does it answer? Exit code 4 when not."""
    found = local_kafka(settings()).status()
    if json:
        show_json(found._asdict())
    else:
        state = "ready" if found.ready else "running, but it does not answer" if found.running else "not running"
        show(f"{state}: {found.bootstrap or 'never started here'}, data in {found.data_dir}")
    if not found.ready:
        raise typer.Exit(Exit.NOT_READY)
