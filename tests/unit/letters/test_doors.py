"""Doors: each kind of letter is read again where it was refused, as of the time when it came."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.codec.interaction import decode, encode
from streams.codec.replay import LetterPlace, Replay, decode_replay
from streams.codec.sent import Written
from streams.collector.admission import SECRET_IN_ADDRESS
from streams.collector.keyring import Holder
from streams.domain.interaction import Interaction
from streams.domain.outcome import Accepted, DeadLetter
from streams.eventlog.reading import LogRecord
from streams.letters.doors import Doors, Letter, NoDoor
from streams.letters.replaying import BrokerFailed, Replaying
from streams.load.again import LinesAgain
from streams.load.mapfile import MapError, parse_map
from tests.builders import T0, interaction
from tests.fakes.eventlog import FakeLog

NOBODY = Doors(lambda key: None)
MAP = b"""
format: csv
columns: [who, when]
fields:
  visitor: who
  occurred_at: {column: when, time: epoch_s}
  stage: {constant: visit}
  kind: {constant: page_view}
"""


def letter(source: str, tenant: str = "acme", topic: str = "rejections") -> Letter:
    return Letter(LetterPlace(topic, 0, 17), tenant, T0, source, "bad_field")


def stored(value: bytes, told: bytes = b"", key: bytes | None = None) -> LogRecord:
    headers = (("told", told),) if told else ()
    return LogRecord("rejections", 0, 17, key, value, T0 + 9, headers)


def read(letter: Letter, record: LogRecord, doors: Doors = NOBODY) -> list[Interaction]:
    """The interactions, which all are accepted by the worker's own decoder."""
    found = doors.read(letter, record)
    assert isinstance(found, list), found
    outcomes = [decode(each.key, each.value) for each in found]
    return [each.interaction for each in outcomes if isinstance(each, Accepted)]


def test_a_pixel_is_what_its_address_and_the_request_beside_it_said() -> None:
    told = b'{"page":"https://x.example/?utm_source=mail","consent":"denied","visitor":"cookie"}'
    (found,) = read(letter("pixel"), stored(b"key=pk_1&k=comment", told))
    assert (found.tenant, found.visitor, found.received_at) == ("acme", "cookie", T0)
    assert (found.page, found.channel.source) == ("https://x.example/?utm_source=mail", "mail")
    assert (found.kind, found.source, found.consent) == ("comment", "pixel", "denied")


def test_what_nothing_names_has_the_same_id_each_time_it_is_read() -> None:
    once, again = (read(letter("pixel"), stored(b"key=pk_1")) for _ in range(2))
    assert once == again
    assert once[0].event_id != once[0].visitor


def test_a_request_that_the_log_got_twice_is_one_interaction() -> None:
    elsewhere = letter("pixel")._replace(place=LetterPlace("rejections", 0, 99))
    twice = stored(b"key=pk_1&v=v", b'{"request":"r1"}')
    assert read(letter("pixel"), twice) == read(elsewhere, twice)
    assert read(letter("pixel"), stored(b"v=v")) != read(elsewhere, stored(b"v=v"))


def test_a_pixel_of_an_unknown_key_is_that_of_the_tenant_who_holds_the_key_now() -> None:
    doors = Doors({"pk_1": Holder("zoo", True), "sk_1": Holder("zoo", False)}.get)
    (found,) = read(letter("pixel", tenant=""), stored(b"key=pk_1&v=v"), doors)
    assert found.tenant == "zoo"
    for query in (b"key=pk_2&v=v", b"key=sk_1&v=v", b"v=v"):
        assert isinstance(doors.read(letter("pixel", tenant=""), stored(query)), DeadLetter)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        (b"key=...&v=v", "unknown_key"),  # as the collector keeps it
        (b"key=%73k_gone&v=v", "unknown_key"),  # nobody holds it any more
        (b"key=%73k_1&v=v", "unknown_key"),
        (b"key=sk_1&v=v", "bad_field"),  # public when it came
    ],
)
def test_a_pixel_with_a_secret_key_in_its_address_is_refused_again(
    query: bytes, reason: str
) -> None:
    doors = Doors({"pk_1": Holder("acme", True), "sk_1": Holder("acme", False)}.get)
    found = doors.read(letter("pixel")._replace(reason=reason), stored(query))
    assert isinstance(found, DeadLetter)
    assert (found.reason, found.detail) == ("unknown_key", SECRET_IN_ADDRESS)


def test_a_pixel_whose_public_key_was_withdrawn_since_is_still_its_tenants() -> None:
    (found,) = read(letter("pixel"), stored(b"key=pk_gone&v=v"))
    assert found.tenant == "acme"


@pytest.mark.parametrize("source", ["web", "server"])
def test_a_body_is_all_of_its_items_or_none(source: str) -> None:
    good = b'{"visitor":"v","kind":"comment"}'
    found = read(letter(source), stored(b"[%b,%b]" % (good, good)))
    assert [each.source for each in found] == [source, source]
    assert len({each.event_id for each in found}) == 2
    assert isinstance(NOBODY.read(letter(source), stored(b"[%b,7]" % good)), DeadLetter)
    assert isinstance(NOBODY.read(letter(source), stored(b"")), DeadLetter)


def test_a_webhook_has_the_id_of_its_delivery() -> None:
    body = b'{"type":"donation","data":{"visitor":"v","value_minor":500,"currency":"EUR"}}'
    (found,) = read(letter("webhook"), stored(body, b'{"delivery":"msg_1"}'))
    assert (found.event_id, found.source, found.value_minor) == ("msg_1", "webhook", 500)


def test_a_record_of_the_log_is_read_as_the_worker_reads_it() -> None:
    value = encode(interaction("e1"))
    logged = letter("log", topic="interactions")
    assert NOBODY.read(logged, stored(value, key=b"acme/v")) == [Written(b"acme/v", value)]
    assert isinstance(NOBODY.read(logged, stored(value, key=b"acme/w")), DeadLetter)
    assert isinstance(NOBODY.read(logged, stored(b"{")), DeadLetter)


def test_a_line_is_read_by_the_map_that_is_given() -> None:
    doors = NOBODY._replace(lines=LinesAgain(parse_map(MAP, "readers"), ""))
    (found,) = read(letter("load:readers"), stored(b"u7,1790000000"), doors)
    assert (found.visitor, found.occurred_at, found.received_at) == ("u7", 1_790_000_000_000, T0)
    assert isinstance(doors.read(letter("load:readers"), stored(b"u7")), DeadLetter)
    assert isinstance(doors.read(letter("load:readers"), stored(b"u" * 900_000)), DeadLetter)
    assert isinstance(doors.read(letter("load:others"), stored(b"u7,1790000000")), NoDoor)


def test_a_map_whose_lines_need_their_file_is_refused() -> None:
    for lacking in (b"columns: [who, when]\n", b"format: csv\n"):
        with pytest.raises(MapError, match="expected"):
            LinesAgain(parse_map(MAP.replace(lacking, b""), "readers"), "")


def test_what_is_published_says_which_letter_it_was_and_how_that_was_counted(
    tmp_path: Path,
) -> None:
    log, found = FakeLog(room=1), letter("web", tenant="zoo")
    body = b'[{"visitor":"v","kind":"comment"},{"visitor":"w","kind":"comment"}]'
    done = Replaying(NOBODY, log).replay([found], [stored(body)])
    assert (done.letters, done.interactions, done.whole) == (1, 2, True)
    marks = [decode_replay(record.headers) for record in log.records]
    assert marks == [Replay(found.place, item, 2, "zoo", T0) for item in (0, 1)]


def test_letters_that_are_no_interaction_or_no_longer_in_the_log_stay() -> None:
    gone = letter("web")._replace(place=LetterPlace("rejections", 0, 3))
    log = FakeLog()
    done = Replaying(NOBODY, log).replay([gone, letter("web")], [stored(b"7")])
    assert (done.letters, done.failed.total(), done.gone, log.records) == (0, 1, 1, [])
    assert not done.whole


@pytest.mark.parametrize("log", [FakeLog(fails_from=1), FakeLog(dies_after=0)])
def test_a_log_that_does_not_take_a_record_ends_the_replay(log: FakeLog) -> None:
    with pytest.raises(BrokerFailed):
        Replaying(NOBODY, log).replay([letter("pixel")], [stored(b"v=v")])
