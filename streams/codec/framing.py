"""What may be wrapped around a record's key and value: Confluent's schema framing, CloudEvents' binary mode."""

from typing import Any, Final

import orjson

from schemas.errors import Code, ContractError, describe, printable
from streams.codec.records import Headers

CE_PREFIX: Final = "ce_"
STRUCTURED: Final = b"application/cloudevents"

_MAGIC: Final = 0
_FRAME_BYTES: Final = 5  # the magic byte and a 4 byte schema id


def strip_frame(payload: bytes) -> bytes:
    """The payload without Confluent's magic byte 0 and schema id.

    Neither JSON nor a key starts with byte 0. Where the schema id travels in a header (`__value_schema_id`,
    `__key_schema_id`) the payload has no frame and stays as it is.
    """
    return payload[_FRAME_BYTES:] if len(payload) >= _FRAME_BYTES and payload[0] == _MAGIC else payload


def account_in(key: bytes | None) -> bytes:
    """The account that a source record's key names, with the frame or without; empty without a key."""
    return strip_frame(key or b"")


def read_document(value: bytes, headers: Headers) -> Any:
    """The CloudEvent of a record as parsed JSON, structured or put together from `ce_` headers.

    Raises ContractError (invalid_json, invalid_event). The document itself is not checked.
    """
    parsed = _parse_json(strip_frame(value))
    return _from_headers(parsed, headers) if headers and _is_binary(headers) else parsed


def _parse_json(payload: bytes) -> Any:
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        came = f"{describe(payload)}, {printable(error.msg, 50)} at {error.pos}"
        raise ContractError(Code.INVALID_JSON, "value", came, "JSON in UTF-8", '{"specversion":"1.0",...}') from None


def _is_binary(headers: Headers) -> bool:
    """Binary mode has `ce_` headers and no content type of CloudEvents, as the Kafka protocol binding says."""
    marked = False
    for name, content in headers:
        if name.lower() == "content-type" and (content or b"").lstrip().lower().startswith(STRUCTURED):
            return False
        marked = marked or name.startswith(CE_PREFIX)
    return marked


def _from_headers(data: Any, headers: Headers) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for name, content in headers:
        attribute = _attribute(name)
        if attribute is None or content is None:
            continue
        if attribute in document:
            raise ContractError(Code.INVALID_EVENT, attribute, f"the header {name} twice", "each attribute once")
        try:
            document[attribute] = content.decode()
        except UnicodeDecodeError:
            came = describe(content)
            raise ContractError(Code.INVALID_EVENT, attribute, came, f"UTF-8 in the header {name}") from None
    document["data"] = data
    return document


def _attribute(header: str) -> str | None:
    """The envelope's attribute that a header carries, if it carries one; `data` is the value."""
    if header.lower() == "content-type":
        return "datacontenttype"
    if not header.startswith(CE_PREFIX) or header == CE_PREFIX + "data":
        return None
    return header.removeprefix(CE_PREFIX)
