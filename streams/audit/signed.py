"""Documents that an auditor signs: anchors, checkpoints."""

from typing import Any

from streams.codec.signatures import is_good, proof_of


def complaint(document: dict[str, Any], key: str | None) -> str | None:
    """What is wrong with a signature; None where it holds and is by `key` (a public one; None: by anybody)."""
    signer = document["signingkey"]
    if key is not None and signer != key:
        return f"signed by {signer}, not by {key}"
    return None if is_good(proof_of(document)) else "the signature is not that of its content: it was altered"
