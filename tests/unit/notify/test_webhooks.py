"""Signatures of webhooks, by the test vector of the Standard Webhooks specification's own libraries."""

import pytest

from streams.notify.webhooks import headers, secret_key


def test_the_vector_of_the_specification_comes_out() -> None:
    key = secret_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    found = headers(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b'{"test": 2432232314}')
    assert found == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@pytest.mark.parametrize("wrong", ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_c2hvcnQ=", "whsec_no base 64!"])
def test_a_secret_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="whsec_ and 24 to 64 bytes"):
        secret_key(wrong)
