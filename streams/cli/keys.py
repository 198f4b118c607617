"""`eligibility keys`: Ed25519 keys that people sign with, and signing."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.console import CommandError, Exit, Json, show, show_json, told

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from streams.files import FileEvent

app = typer.Typer(no_args_is_help=True)

KeyFile = Annotated[Path, typer.Argument(help="A private key: PKCS 8 in PEM.")]


@app.callback()
def keys() -> None:
    """Keys that sign overrides, decisions, policies, trust lists, reports and anchors: new, show, sign, check."""


@app.command(epilog="Example: eligibility keys new li.pem --password")
def new(
    file: KeyFile,
    password: Annotated[bool, typer.Option("--password", help="Ask for a password to encrypt it with.")] = False,
    json: Json = False,
) -> None:
    """Make a key in a new file that only its owner may read, and print its public half, which trust lists name."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    secret = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True) if password else ""
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if secret:
        encryption = serialization.BestAvailableEncryption(secret.encode())
    text = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(text)
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}; a key is never overwritten") from error
    _tell(key, json)


@app.command(name="show", epilog="Example: eligibility keys show li.pem")
def show_key(file: KeyFile, json: Json = False) -> None:
    """Print the public half of a key: `signingkey` of what it signs, `public_key` of a trust list."""
    _tell(private_key(file), json)


@app.command(epilog="Example: eligibility keys api bank-app --scope own --account A0000001")
def api(
    name: Annotated[str, typer.Argument(help="The key's id: what the record of every read will name.")],
    scope: Annotated[list[str], typer.Option(help="own, support, operations or audit; may be given more than once.")],
    account: Annotated[list[str] | None, typer.Option(help="With the scope own: an account that it reaches.")] = None,
    json: Json = False,
) -> None:
    """Make a key of the status service: its token, shown this once, and the entry for the file of keys."""
    import orjson
    from pydantic import ValidationError

    from streams.web.keys import new_key

    try:
        token, key = new_key(name, scope, account or [])
    except ValidationError as error:
        first = error.errors()[0]
        raise CommandError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}", Exit.USAGE) from error
    entry = key.model_dump(mode="json", exclude_defaults=True)
    if json:
        show_json({"token": token, "entry": entry})
        return
    show(f"token, shown this once: {token}")
    show("in the file of ELIGIBILITY_WEB__KEYS_FILE, under `keys:`:")
    show(f"  - {orjson.dumps(entry).decode()}")


@app.command(name="sign", epilog="Example: eligibility keys sign --key root.pem trust.ndjson > signed.ndjson")
def sign_file(
    files: Annotated[list[Path], typer.Argument(help="NDJSON of events, also .gz or .zst; - is standard input.")],
    key: Annotated[Path, typer.Option("--key", help="The key to sign with.")],
) -> None:
    """Sign events without any Kafka, for a key that never touches a connected machine: NDJSON to standard output.

    Events that nobody signs, and those signed already, go through unchanged.
    """
    from schemas.errors import ContractError
    from streams.files import FileError, read_events

    hand = private_key(key)
    with told(FileError, ContractError, ValueError):
        for event in read_events(files):
            show(sign(event, hand).value.decode())


@app.command(epilog="Example: eligibility keys check report.json --key KEY")
def check(
    file: Annotated[Path, typer.Argument(help="A signed JSON document: a report of an audit, an anchor, an event.")],
    key: Annotated[
        str | None, typer.Option("--key", metavar="KEY", help="The public key that must have signed.")
    ] = None,
    json: Json = False,
) -> None:
    """Check a document's signature and print the key that made it. Exit code 3: it doesn't hold, or is another's."""
    import orjson

    from streams.codec.signatures import is_good, proof_of

    try:
        document = orjson.loads(file.read_bytes())
        proof = proof_of(document)
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}", Exit.USAGE) from error
    except (ValueError, AttributeError) as error:
        raise CommandError(f"{file}: no JSON object", Exit.USAGE) from error
    if None in proof or not is_good(proof):
        raise CommandError(f"{file}: no signature that holds: unsigned, or altered since", Exit.DIFFERENT)
    if key is not None and proof.key != key:
        raise CommandError(f"{file}: signed by {proof.key}, not by {key}", Exit.DIFFERENT)
    if json:
        show_json({"public_key": proof.key})
    else:
        show(str(proof.key))


def private_key(path: Path) -> "Ed25519PrivateKey":
    """The key in a file; asks for the password of an encrypted one. A file that can't be used is a usage error."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        text = path.read_bytes()
        secret = None
        if b"BEGIN ENCRYPTED" in text:
            secret = typer.prompt(f"Password of {path}", hide_input=True, err=True).encode()
        key = load_pem_private_key(text, secret)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}", Exit.USAGE) from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise CommandError(f"{path}: no private key in PEM, or not its password", Exit.USAGE) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise CommandError(f"{path}: not an Ed25519 key; make one with `eligibility keys new`", Exit.USAGE)
    return key


def sign(event: "FileEvent", key: "Ed25519PrivateKey") -> "FileEvent":
    """The event signed, where people sign its type and it isn't signed yet. Raises ValueError as `signed` does."""
    from dataclasses import replace

    import orjson

    from streams.messages import signed_value

    if not event.kind.signed or "signature" in orjson.loads(event.value):
        return event
    return replace(event, value=signed_value(event.value, key))


def _tell(key: "Ed25519PrivateKey", json: bool) -> None:
    from streams.codec.signatures import public_text

    if json:
        show_json({"public_key": public_text(key)})
    else:
        show(public_text(key))
