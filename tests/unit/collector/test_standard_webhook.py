"""Standard webhooks: a trusted delivery is one interaction, however often it comes."""

import asyncio
import json
from typing import Any, NamedTuple

import pytest

from streams.codec.interaction import decode
from streams.collector.answers import Answer
from streams.collector.keyring import KeyRing
from streams.collector.keys import rotate_webhook_secret
from streams.collector.webhooks.signature import sign
from streams.collector.webhooks.standard import standard_webhook
from streams.domain.interaction import Interaction
from streams.domain.outcome import Accepted
from tests.builders import T0, interaction
from tests.fakes.http import Exchange, PolledLog, Request, parts
from tests.fakes.write_keys import WriteKeys

DONATION = {
    "type": "donation",
    "timestamp": "2025-11-24T15:59:00Z",
    "data": {"visitor": "v", "campaign": "c", "value_minor": 2500, "currency": "EUR"},
}


class Delivered(NamedTuple):
    """What one delivery got, and what it left in the log."""

    answer: Answer
    log: PolledLog

    @property
    def detail(self) -> str:
        return str(json.loads(self.answer.body)["detail"])

    @property
    def interaction(self) -> Interaction:
        (record,) = self.log.records
        outcome = decode(record.key, record.value)
        assert isinstance(outcome, Accepted)
        return outcome.interaction


class Sender:
    """A service with the tenant's webhook secret."""

    def __init__(self, keys: WriteKeys) -> None:
        self.secret = rotate_webhook_secret(keys.file, "acme")
        self.keys = keys

    def deliver(
        self,
        body: Any = DONATION,
        id: str = "msg_1",
        query: str = "tenant=acme",
        log: PolledLog | None = None,
        **headers: str,
    ) -> Delivered:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        used = log or PolledLog()
        signed = {
            "webhook-id": id,
            "webhook-timestamp": str(T0 // 1000),
            "webhook-signature": sign(self.secret, id, T0 // 1000, raw),
        }
        named = {name.replace("_", "-"): value for name, value in headers.items()}

        async def act() -> Answer:
            request = Request("/", query, "POST", headers=signed | named)
            ring = KeyRing(self.keys.file, lambda: 0.0)
            return await standard_webhook(parts(ring, used), request, Exchange(raw))

        return Delivered(asyncio.run(act()), used)


@pytest.fixture
def sender(write_keys: WriteKeys) -> Sender:
    return Sender(write_keys)


def test_a_trusted_delivery_is_an_interaction(sender: Sender) -> None:
    done = sender.deliver()

    assert done.answer.status == 200
    assert done.interaction == interaction(
        "msg_1",
        "act",
        source="webhook",
        occurred_at=T0 - 60_000,
        received_at=T0,
        value_minor=2500,
        currency="EUR",
    )


def test_a_delivery_made_again_has_the_same_event_id(sender: Sender) -> None:
    log = PolledLog()
    sender.deliver(log=log)
    sender.deliver(log=log)

    first, second = (decode(record.key, record.value) for record in log.records)
    assert first == second


def test_a_long_delivery_id_becomes_a_hash(sender: Sender) -> None:
    assert len(sender.deliver(id="m" * 200).interaction.event_id) == 32


def test_data_says_more_than_the_envelope(sender: Sender) -> None:
    data = {"visitor": "v", "kind": "pledge", "stage": "act", "source": "crm", "occurred_at": T0}
    found = sender.deliver({**DONATION, "data": {**data, "tenant": "evil"}}).interaction

    assert (found.tenant, found.kind, found.source, found.occurred_at) == (
        "acme",
        "pledge",
        "crm",
        T0,
    )


def test_the_tenant_may_be_told_by_a_write_key(sender: Sender) -> None:
    assert sender.deliver(query=f"key={sender.keys.public}").answer.status == 200
    assert sender.deliver(query="", x_write_key=sender.keys.public).answer.status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"webhook_signature": "v1,AAAA"},
        {"webhook_signature": ""},
        {"webhook_id": ""},
        {"webhook_id": "msg_2"},
        {"webhook_timestamp": "1"},
    ],
)
def test_a_delivery_that_is_not_trusted_is_401_and_leaves_nothing(
    sender: Sender, headers: dict[str, str]
) -> None:
    done = sender.deliver(**headers)

    assert (done.answer.status, done.log.records) == (401, [])
    assert done.detail.startswith(("webhook-", "expected the header webhook-"))


@pytest.mark.parametrize("query", ["tenant=other", "tenant=nobody", "", "key=pk_nobodys"])
def test_a_signature_counts_for_its_own_tenant_alone(sender: Sender, query: str) -> None:
    rotate_webhook_secret(sender.keys.file, "other")

    done = sender.deliver(query=query)

    assert (done.answer.status, done.log.records) == (401, [])


def test_after_a_rotation_both_secrets_count_and_after_two_only_the_last_ones(
    sender: Sender,
) -> None:
    rotate_webhook_secret(sender.keys.file, "acme")
    assert sender.deliver().answer.status == 200

    rotate_webhook_secret(sender.keys.file, "acme")
    assert sender.deliver().answer.status == 401


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"nope", "expected a JSON object, found nope"),
        (b"[]", "expected an object with type, timestamp and data, found []"),
        ({"data": {}}, "type: expected a string, found null"),
        ({"type": "donation", "data": 7}, "data: expected an object, found 7"),
        ({"type": "donation", "data": {}}, "visitor: expected a string of 1 to 64 characters"),
        ({"type": "x.y", "data": {"visitor": "v"}}, "stage: expected one of visit, talk, act"),
        ({**DONATION, "timestamp": "noon"}, "occurred_at: expected milliseconds since 1970"),
        ({**DONATION, "x": "\0"}, "x: expected a string without NUL, found \\u0000"),
    ],
)
def test_a_trusted_delivery_that_is_no_interaction_is_400_and_a_rejection(
    sender: Sender, body: Any, detail: str
) -> None:
    done = sender.deliver(body)
    (record,) = done.log.records

    assert done.answer.status == 400
    assert done.detail.startswith(detail)
    assert record.topic == "rejections"
    assert record.value == (body if isinstance(body, bytes) else json.dumps(body).encode())
    assert dict(record.headers)["tenant"] == b"acme"


def test_without_the_brokers_acknowledgement_it_is_503(sender: Sender) -> None:
    assert sender.deliver(log=PolledLog(fails_from=1)).answer.status == 503
    assert sender.deliver(log=PolledLog(room=0)).answer.status == 503
