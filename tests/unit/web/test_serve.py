"""The socket that the service listens on."""

import socket

import pytest

from streams.web.serve import ServeError, listen


def test_a_body_does_not_wait_for_its_head_to_be_acknowledged() -> None:
    with (
        listen("127.0.0.1:0") as listening,
        socket.create_connection(listening.getsockname()),
        listening.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_an_address_in_use_is_told() -> None:
    with listen("127.0.0.1:0") as listening, pytest.raises(ServeError, match="ELIGIBILITY_WEB__ADDRESS"):
        listen(f"127.0.0.1:{listening.getsockname()[1]}")
