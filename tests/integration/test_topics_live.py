"""Topics on the real broker: made as declared, and never altered."""

from collections.abc import Iterator

import msgspec
import pytest
from kafka import KafkaAdminClient

from streams.embedded import kafka
from streams.embedded.ports import LOOPBACK, choose_ports
from streams.embedded.processes import Supervisor
from streams.eventlog.admin import BrokerError, administer
from streams.eventlog.topics import TopicError, apply_topics, live_topics
from streams.settings import Settings
from streams.topics import CAMPAIGNS, declared_topics
from tests.processes import wait_until

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def settings(broker_jars: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A broker for these tests alone: they delete topics."""
    ports = choose_ports(kafka.ANY_PORTS)
    address = f"{LOOPBACK}:{ports['kafka']}"
    own = Settings(home=tmp_path_factory.mktemp("broker"), kafka_bootstrap=address)
    with Supervisor() as supervisor:
        broker = kafka.broker(own, ports["kafka"], ports["controller"])
        supervisor.wait_until_ready(supervisor.start(broker))
        apply_topics(own)
        yield own


@pytest.fixture
def admin(settings: Settings) -> Iterator[KafkaAdminClient]:
    with administer(settings) as client:
        yield client


@pytest.fixture
def without_campaigns(admin: KafkaAdminClient, settings: Settings) -> Iterator[None]:
    """The topic `campaigns` is missing; as declared again afterwards."""
    delete(admin, CAMPAIGNS)
    yield
    if live_topics(admin).get(CAMPAIGNS):
        delete(admin, CAMPAIGNS)
    apply_topics(settings)


def delete(admin: KafkaAdminClient, topic: str) -> None:
    admin.delete_topics([topic])
    wait_until(lambda: topic not in admin.list_topics())


def test_the_live_topics_are_as_declared(admin: KafkaAdminClient, settings: Settings) -> None:
    assert apply_topics(settings) == []
    partitions = {name: topic.partitions for name, topic in live_topics(admin).items()}
    assert partitions == {topic.name: topic.partitions for topic in declared_topics()}


@pytest.mark.usefixtures("without_campaigns")
def test_a_missing_topic_is_created_with_its_configuration(
    admin: KafkaAdminClient, settings: Settings
) -> None:
    assert apply_topics(settings) == ["created topic campaigns, 1 partitions"]
    assert live_topics(admin)[CAMPAIGNS].config["retention.ms"] == "-1"


@pytest.mark.usefixtures("without_campaigns")
def test_a_topic_with_other_partitions_is_refused_and_left_alone(
    admin: KafkaAdminClient, settings: Settings
) -> None:
    admin.create_topics({CAMPAIGNS: {"num_partitions": 3, "replication_factor": 1}})
    admin.wait_for_topics([CAMPAIGNS])
    with pytest.raises(TopicError, match="campaigns: expected 1 partitions, found 3"):
        apply_topics(settings)
    assert live_topics(admin)[CAMPAIGNS].partitions == 3


@pytest.mark.usefixtures("without_campaigns")
def test_a_topic_with_another_configuration_is_told_and_left_alone(
    admin: KafkaAdminClient, settings: Settings
) -> None:
    admin.create_topics(
        {CAMPAIGNS: {"num_partitions": 1, "configs": {"cleanup.policy": "compact"}}},
        wait_for_metadata=True,
    )
    told = apply_topics(settings)
    assert "topic campaigns: cleanup.policy is compact, declared delete" in told
    assert live_topics(admin)[CAMPAIGNS].config["cleanup.policy"] == "compact"


def test_a_broker_that_does_not_answer_is_told_with_its_address(settings: Settings) -> None:
    nowhere = msgspec.structs.replace(settings, kafka_bootstrap="127.0.0.1:1")
    with pytest.raises(BrokerError, match=r"no Kafka broker answers at 127\.0\.0\.1:1"):
        apply_topics(nowhere)
