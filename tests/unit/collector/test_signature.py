"""Standard Webhooks signatures: the vectors of a trusted, an old and a forged delivery."""

import pytest

from streams.collector.webhooks.signature import Signed, mistrusted, sign

BODY = b'{"type":"donation"}'
NOW_S = 1_764_000_000
NOW_MS = NOW_S * 1000
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + "b3RoZXItc2VjcmV0LW90aGVyLXNlY3JldA=="


def signed(secret: str = SECRET, at_s: int = NOW_S, more: str = "") -> Signed:
    return Signed("msg_1", str(at_s), f"{more} {sign(secret, 'msg_1', at_s, BODY)}".strip())


def test_the_published_example_is_signed_the_same() -> None:
    """The example of the Standard Webhooks libraries."""
    body = b'{"test": 2432232314}'

    assert sign(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body) == (
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_a_valid_delivery_is_trusted() -> None:
    assert mistrusted(signed(), BODY, (SECRET,), NOW_MS) is None


def test_a_delivery_signed_with_the_previous_secret_is_trusted() -> None:
    assert mistrusted(signed(OTHER), BODY, (SECRET, OTHER), NOW_MS) is None


def test_one_good_signature_among_several_is_enough() -> None:
    assert mistrusted(signed(more="v1a,zzz v1,AAAA garbage v1,"), BODY, (SECRET,), NOW_MS) is None


def test_of_very_many_signatures_only_the_first_are_looked_at() -> None:
    flood = "v1,AAAA " * 20

    assert "webhook-signature" in str(
        mistrusted(signed(more=flood.strip()), BODY, (SECRET,), NOW_MS)
    )


@pytest.mark.parametrize("age_s", [-300, 300])
def test_five_minutes_either_way_are_tolerated(age_s: int) -> None:
    assert mistrusted(signed(at_s=NOW_S - age_s), BODY, (SECRET,), NOW_MS) is None


@pytest.mark.parametrize("age_s", [-301, 301, 10_000_000])
def test_an_old_or_future_delivery_is_not_trusted(age_s: int) -> None:
    cause = mistrusted(signed(at_s=NOW_S - age_s), BODY, (SECRET,), NOW_MS)

    assert cause == f"webhook-timestamp: expected within 300 s of now, found {age_s} s ago"


@pytest.mark.parametrize("body", [BODY + b" ", b"", BODY.replace(b"donation", b"Donation")])
def test_a_tampered_body_is_not_trusted(body: bytes) -> None:
    assert "webhook-signature" in str(mistrusted(signed(), body, (SECRET,), NOW_MS))


@pytest.mark.parametrize(
    "forged",
    [
        signed(OTHER),
        signed()._replace(id="msg_2"),
        signed()._replace(timestamp=str(NOW_S + 1)),
        signed()._replace(signature=signed().signature.replace("v1,", "v2,")),
        signed()._replace(signature="v1,"),
        signed()._replace(signature="é"),
    ],
)
def test_a_forged_delivery_is_not_trusted(forged: Signed) -> None:
    assert mistrusted(forged, BODY, (SECRET,), NOW_MS) == (
        "webhook-signature: expected one made with this tenant's secret, found none"
    )


def test_a_tenant_without_a_secret_trusts_nobody() -> None:
    assert "webhook-signature" in str(mistrusted(signed(), BODY, (), NOW_MS))


@pytest.mark.parametrize("name", ["id", "timestamp", "signature"])
def test_a_missing_header_is_named(name: str) -> None:
    missing = signed()._replace(**{name: ""})

    cause = mistrusted(missing, BODY, (SECRET,), NOW_MS)

    assert cause == f"expected the header webhook-{name}, found none"


@pytest.mark.parametrize("timestamp", ["nan", "-1", "1e9", "1764000000.5", "²", "x" * 1000])
def test_a_timestamp_is_seconds(timestamp: str) -> None:
    cause = mistrusted(signed()._replace(timestamp=timestamp), BODY, (SECRET,), NOW_MS)

    assert str(cause).startswith("webhook-timestamp: expected seconds since 1970, found '")
