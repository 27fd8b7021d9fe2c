"""Packets and requests: each revision of the protocol reads and writes the fields it knows."""

import pytest

from streams.embedded.clickhouse import packets
from streams.embedded.clickhouse.errors import EngineError, StreamLostError, from_engine
from streams.embedded.clickhouse.packets import Greeting, Profile, Progress
from streams.embedded.clickhouse.requests import Hello, Query, Setting, read_hello, read_query
from streams.embedded.clickhouse.wire import MemorySource, number_bytes, text_bytes

GREETING = Greeting((26, 9, 2), "Etc/UTC", b"8 bytes.")
OLD, NEW = 50000, 54468


def texts(*found: str) -> bytes:
    return b"".join(text_bytes(text) for text in found)


def test_an_old_client_is_greeted_by_name_and_version_only() -> None:
    assert packets.hello(OLD, GREETING) == (
        b"\0" + text_bytes("ClickHouse") + b"\x1a\x09" + number_bytes(NEW)
    )


def test_a_new_client_is_greeted_with_time_zone_patch_and_nonce() -> None:
    tail = texts("Etc/UTC", "embedded") + b"\2" + b"\0" + b"8 bytes."

    assert packets.hello(NEW, GREETING) == packets.hello(OLD, GREETING) + tail


def test_progress_grows_with_the_revision() -> None:
    done = Progress(1, 2, 3, 4, 5)

    assert packets.progress(OLD, done) == bytes([3, 1, 2, 1])
    assert packets.progress(54420, done) == bytes([3, 1, 2, 1, 3, 4])
    assert packets.progress(NEW, done) == bytes([3, 1, 2, 1, 2, 3, 4, 5])


def test_a_profile_tells_a_limit_only_if_there_was_one() -> None:
    assert packets.profile(Profile(1, 2, 3)) == bytes([6, 1, 2, 3, 0, 0, 0])
    assert packets.profile(Profile(1, 2, 3, 9)) == bytes([6, 1, 2, 3, 1, 9, 1])


def test_a_profile_counts_its_blocks() -> None:
    assert Profile().plus(10, 100).plus(5, 50) == Profile(15, 2, 150)


def test_an_exception_carries_the_code() -> None:
    packet = packets.exception(EngineError(60, "DB::Exception: no table"))

    assert (
        packet
        == b"\2" + b"\x3c\0\0\0" + texts("DB::Exception", "DB::Exception: no table", "") + b"\0"
    )


@pytest.mark.parametrize(
    ("raised", "code", "message"),
    [
        (
            "Query failed: Code: 60. DB::Exception: No. (UNKNOWN_TABLE) (version 26.9.2.1)",
            60,
            "DB::Exception: No. (UNKNOWN_TABLE)",
        ),
        ("odd", 1002, "DB::Exception: RuntimeError: odd (UNKNOWN_EXCEPTION)"),
    ],
)
def test_the_engine_errors_keep_their_code_and_lose_its_version(
    raised: str, code: int, message: str
) -> None:
    error = from_engine(RuntimeError(raised))

    assert (error.code, error.message) == (code, message)


def test_a_hello_tells_the_revision_both_sides_know() -> None:
    body = text_bytes("client") + b"\1\2" + number_bytes(99999) + texts("db", "me", "secret")

    assert read_hello(MemorySource(body)) == Hello(NEW, "db", "me", "secret")


def test_a_query_of_an_old_client_has_settings_as_numbers() -> None:
    settings = text_bytes("max_threads") + b"\4" + text_bytes("")
    source = MemorySource(text_bytes("id") + settings + b"\2\1" + text_bytes("SELECT 1"))

    assert read_query(source, OLD) == Query(
        "SELECT 1", {"max_threads": Setting("4", False)}, {}, compressed=True
    )
    assert source.ended()


def new_query(sql: bytes, *, interface: int = 1) -> bytes:
    first = texts("", "", "") + bytes(8)
    client = bytes([interface]) + texts("me", "host", "name") + b"\1\2\3"
    later = text_bytes("quota") + b"\0\0\0" + b"\0\0\0"
    settings = text_bytes("max_threads") + b"\1" + text_bytes("4") + text_bytes("")
    parameters = text_bytes("name") + b"\2" + text_bytes("'it\\'s'") + text_bytes("")
    info = text_bytes("id") + b"\1" + first + client + later
    return info + settings + text_bytes("") + b"\2\0" + sql + parameters


def test_a_query_of_a_new_client_has_flags_and_parameters() -> None:
    source = MemorySource(new_query(text_bytes("SELECT {name:String}")))

    assert read_query(source, NEW) == Query(
        "SELECT {name:String}",
        {"max_threads": Setting("4", True)},
        {"name": "it's"},
        compressed=False,
    )
    assert source.ended()


def test_a_client_that_is_not_tcp_is_refused() -> None:
    with pytest.raises(StreamLostError, match="found 2"):
        read_query(MemorySource(new_query(text_bytes("SELECT 1"), interface=2)), NEW)


def test_a_query_that_is_not_utf8_is_refused_as_a_syntax_error() -> None:
    with pytest.raises(StreamLostError) as refused:
        read_query(MemorySource(new_query(b"\1\xff")), NEW)

    assert refused.value.code == 62
