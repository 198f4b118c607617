"""`eligibility anchor`: signed heads of the ledgers for another place, and proofs for one account."""

import asyncio
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.audited import BrokersOption, connected_to
from streams.cli.console import CommandError, Exit, Json, show, show_json, told
from streams.cli.keys import private_key
from streams.cli.writing import written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from streams.audit.anchors import Accounts
    from streams.audit.brokers import Brokers as Origin
    from streams.audit.logs import Position

app = typer.Typer(no_args_is_help=True)

AnchorKey = Annotated[
    str | None, typer.Option("--anchor-key", metavar="KEY", help="The public key that must have signed it.")
]


@app.callback()
def anchor() -> None:
    """Anchors: sign the ledgers' heads into another place, prove one account's statuses, check."""


@app.command(epilog="Example: eligibility anchor sign --key anchor.pem --output /mnt/elsewhere --every 3600")
def sign(
    key: Annotated[Path, typer.Option("--key", help="The key to sign with; not one that workers can read.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="A folder on another system than the brokers'.")],
    statuses: Annotated[
        bool, typer.Option("--statuses", help="With a root over every account's newest statuses.")
    ] = False,
    every: Annotated[float | None, typer.Option(min=1, help="Again and again, after so many seconds.")] = None,
    brokers: BrokersOption = None,
    json: Json = False,
) -> None:
    """Sign where all ledgers stand now: each lane's last block and its hash, chained to the anchor before."""
    hand = private_key(key)
    while True:
        path = _sign(hand, output, statuses, brokers)
        if json:
            show_json({"anchor": str(path)})
        else:
            show(str(path))
        if every is None:
            return
        time.sleep(every)


@app.command(epilog="Example: eligibility anchor prove A1 --anchor anchor.json --key anchor.pem --output A1.proof.json")
def prove(
    account: Annotated[str, typer.Argument(help="The account's id.")],
    anchor: Annotated[Path, typer.Option("--anchor", help="An anchor made with --statuses.")],
    key: Annotated[Path, typer.Option("--key", help="The key that signed it.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the proof goes; - is standard output.")],
    brokers: BrokersOption = None,
) -> None:
    """Prove that an account's statuses are under an anchor's root, without showing any other account."""
    from streams.audit import anchors
    from streams.audit.brokers import Brokers as Origin
    from streams.audit.logs import AuditError

    hand, data = private_key(key), _read(anchor)
    with told(anchors.AnchorError), told(AuditError, code=Exit.NOT_READY):
        last = {head.lane: head.block for head in anchors.read_anchor(data).lanes}
        origin = Origin(connected_to(brokers))
        position = asyncio.run(origin.position())
        accounts, values = _gathered(origin, position, last, account)
        proof = anchors.prove(data, accounts, account, values, hand)
    with written(output) as write:
        write(proof)


@app.command(epilog="Example: eligibility anchor check anchor.json --proof A1.proof.json --anchor-key KEY")
def check(
    files: Annotated[list[Path], typer.Argument(help="Anchors; several must be all of a time, in one chain.")],
    proof: Annotated[Path | None, typer.Option(help="A proof for one account in the one anchor.")] = None,
    anchor_key: AnchorKey = None,
    json: Json = False,
) -> None:
    """Check signatures, chain and proof, without any brokers. Exit code 3: they don't hold."""
    from streams.audit.anchors import AnchorError, check_proof, read_anchor
    from streams.codec.digest import bytes_digest

    with told(AnchorError, code=Exit.DIFFERENT):
        read = sorted(((read_anchor(data, anchor_key), data) for data in map(_read, files)), key=lambda x: x[0].made_at)
        for (before, data), (after, _) in pairwise(read):
            if after.previous != bytes_digest(data):
                raise AnchorError(f"between {before.made_at} and {after.made_at} an anchor is missing, or was replaced")
        shown = None
        if proof is not None:
            if len(files) > 1:
                raise CommandError("--proof goes with one anchor", Exit.USAGE)
            shown = check_proof(read[0][1], _read(proof), anchor_key)
    if json:
        show_json(
            {
                "anchors": [each.model_dump(mode="json") for each, _ in read],
                "proof": None if shown is None else shown.model_dump(mode="json"),
            }
        )
        return
    for each, _ in read:
        show(f"{each.made_at}: {len(each.lanes)} lanes, signed by {each.signingkey}")
    if shown is not None:
        show(f"{shown.account} had at {read[0][0].made_at}, last of all:")
        for value in shown.statuses.values():
            show(value)


def _sign(key: "Ed25519PrivateKey", folder: Path, statuses: bool, brokers: str | None) -> Path:
    from streams.audit.anchors import new_anchor
    from streams.audit.brokers import Brokers as Origin
    from streams.audit.heads import heads
    from streams.audit.logs import AuditError

    if not folder.is_dir():
        raise CommandError(f"{folder}: no such folder", Exit.USAGE)
    before = max(folder.glob("anchor-*.json"), default=None)
    with told(AuditError, code=Exit.NOT_READY):
        origin = Origin(connected_to(brokers))
        position = asyncio.run(origin.position())
        found = asyncio.run(heads(origin, position))
        accounts = None
        if statuses:
            accounts, _ = _gathered(origin, position, {head.lane: head.block for head in found})
    data = new_anchor(position, found, key, None if before is None else _read(before), accounts)
    path = folder / f"anchor-{position.taken_at}.json"
    with written(path) as write:
        write(data)
    return path


def _gathered(
    origin: "Origin", position: "Position", last: "Mapping[int, int]", account: str | None = None
) -> "tuple[Accounts, dict[str, bytes]]":
    from streams.audit.heads import Statuses, together
    from streams.audit.parallel import run

    work = Statuses(origin, position, last, account)
    return together(run(work, range(position.lanes), 1, lambda _: None))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}", Exit.USAGE) from error
