"""Lines to interactions, as a map says."""

import pytest

from streams.codec.interaction import decode
from streams.domain.interaction import Channel, Interaction, Stage
from streams.domain.outcome import Accepted, DeadLetter, FailureReason
from streams.load.hashes import line_namer, parts_namer
from streams.load.mapfile import MapError, parse_map
from streams.load.mapping import Mapped
from tests.unit.load.builders import NOW_MS, file_map, loaded, only


def interaction(content: bytes, fields: str = "", **given: str) -> Interaction:
    """What the one line becomes under the minimal map and these fields."""
    outcome = only(content, file_map(fields, **given))
    assert isinstance(outcome, Mapped), outcome
    return outcome.interaction


def refusal(content: bytes, fields: str = "", **given: str) -> tuple[FailureReason, str]:
    """Reason and detail of the one line's refusal."""
    outcome = only(content, file_map(fields, **given))
    assert isinstance(outcome, DeadLetter), outcome
    return outcome.reason, outcome.detail


def test_a_line_becomes_an_interaction() -> None:
    found = interaction(b"who,at,url\nv1,1431857103,http://example.org/\n", "  page: url")
    assert found == Interaction(
        event_id=line_namer("acme", "stem", "")(b"v1,1431857103,http://example.org/"),
        tenant="acme",
        visitor="v1",
        stage=Stage.VISIT,
        kind="page_view",
        occurred_at=1_431_857_103_000,
        received_at=NOW_MS,
        source="load:stem",
        page="http://example.org/",
    )


def test_what_is_sent_is_what_the_worker_reads() -> None:
    outcome = only(b"who,at\nv1,1431857103\n", file_map())
    assert isinstance(outcome, Mapped)
    assert outcome.key == b"acme/v1"
    assert decode(outcome.key, outcome.value) == Accepted(outcome.interaction)


def test_equal_lines_are_one_interaction_and_others_are_not() -> None:
    lines = loaded(b"who,at\nv1,1\nv1,1\nv1,2\n", file_map())
    ids = [line.outcome.interaction.event_id for line in lines if isinstance(line.outcome, Mapped)]
    assert ids[0] == ids[1]
    assert ids[1] != ids[2]


def test_an_id_of_the_file_is_kept() -> None:
    assert interaction(b"who,at,id\nv1,1,e7\n", "  event_id: id").event_id == "e7"


def test_line_ends_do_not_change_a_lines_id() -> None:
    unix, dos = interaction(b"who,at\nv1,1\n"), interaction(b"who,at\r\nv1,1\r\n")
    assert unix == dos


def test_a_visitor_may_be_several_columns() -> None:
    how = parse_map(
        b"""
        format: csv
        fields:
          visitor: {hash: [ip, agent]}
          occurred_at: {column: at, time: epoch_s}
          stage: {constant: visit}
          kind: {constant: page_view}
        """,
        "stem",
    )
    outcome = only(b"ip,agent,at\n203.0.113.9,curl,1\n", how, secret="s")
    assert isinstance(outcome, Mapped)
    assert outcome.interaction.visitor == parts_namer("acme", "s")(["203.0.113.9", "curl"])
    assert isinstance(only(b"ip,agent,at\n,curl,1\n", how), Mapped)
    assert isinstance(only(b"ip,agent,at\n,,1\n", how), DeadLetter)


def test_a_table_gives_a_value_its_meaning() -> None:
    fields = "  campaign: {column: c, values: {spring: s24, 7: s25}, default: other}"
    with pytest.raises(MapError, match=r"fields\.campaign\.values: expected"):
        file_map(fields)  # a number is no text: write "7"
    fields = fields.replace("7:", '"7":')
    assert interaction(b"who,at,c\nv1,1,spring\n", fields).campaign == "s24"
    assert interaction(b"who,at,c\nv1,1,7\n", fields).campaign == "s25"
    assert interaction(b"who,at,c\nv1,1,winter\n", fields).campaign == "other"
    assert interaction(b"who,at,c\nv1,1,\n", fields).campaign == "other"


def test_a_value_that_no_table_names_is_refused() -> None:
    fields = "  campaign: {column: c, values: {spring: s24, autumn: s25}}"
    expected = 'campaign: expected one of spring, autumn, found "winter"'
    assert refusal(b"who,at,c\nv1,1,winter\n", fields) == (FailureReason.BAD_FIELD, expected)


def test_a_template_is_filled_and_is_nothing_where_a_column_is_empty() -> None:
    fields = "  page: {template: 'https://example.org{path}?from={who}#top'}"
    found = interaction(b"who,at,path\nv1,1,/a\n", fields)
    assert found.page == "https://example.org/a?from=v1#top"
    assert interaction(b"who,at,path\nv1,1,\n", fields).page == ""


def test_an_empty_column_is_nothing_or_the_default() -> None:
    assert interaction(b"who,at,c\nv1,1,\n", "  campaign: c").campaign == ""
    assert interaction(b"who,at,c\nv1,1,\n", "  campaign: {column: c, default: d}").campaign == "d"


def test_channel_and_properties_are_parts() -> None:
    fields = """
  channel.source: utm
  channel.medium: {constant: mail}
  properties.status: {column: status, type: integer}
  properties.share: {column: share, type: number}
  properties.new: {column: new, type: boolean}
  properties.note: note"""
    found = interaction(b"who,at,utm,status,share,new,note\nv1,1,news,404,0.5,0,\n", fields)
    assert found.channel == Channel(source="news", medium="mail")
    assert found.properties == {"status": 404, "share": 0.5, "new": False}


def test_parts_without_any_value_are_left_out() -> None:
    fields = "  channel.source: utm\n  properties.note: note"
    found = interaction(b"who,at,utm,note\nv1,1,,\n", fields)
    assert (found.channel, found.properties) == (Channel(), {})


def test_a_property_that_is_no_such_thing_is_refused() -> None:
    fields = "  properties.new: {column: new, type: boolean}"
    detail = 'properties.new: expected true or false, found "perhaps"'
    assert refusal(b"who,at,new\nv1,1,perhaps\n", fields) == (FailureReason.BAD_FIELD, detail)


def test_identifiers_and_signals_may_be_several() -> None:
    fields = "  identifiers: [{hash: [mail]}, {hash: [phone]}]\n  signals: bot"
    found = interaction(b"who,at,mail,phone,bot\nv1,1,a@example.org,,declared\n", fields)
    assert found.identifiers == (parts_namer("acme", "")(["a@example.org"]),)
    assert found.signals == ("declared",)


@pytest.mark.parametrize(
    ("written", "scale", "minor"),
    [("12.50", 100, 1_250), ("12", 100, 1_200), ("-3", 1, -3), ("7", 0, 7), ("1e2", 1, 100)],
)
def test_money_is_scaled_exactly(written: str, scale: int, minor: int) -> None:
    fields = f"  value_minor: {{column: v, scale: {scale}}}"
    assert interaction(f"who,at,v\nv1,1,{written}\n".encode(), fields).value_minor == minor


@pytest.mark.parametrize("written", ["12.505", "1,2", "free", "NaN", "Infinity", "1e999999999"])
def test_money_that_is_none_is_refused(written: str) -> None:
    fields = "  value_minor: {column: v, scale: 100}"
    reason, detail = refusal(f'who,at,v\nv1,1,"{written}"\n'.encode(), fields)
    assert reason is FailureReason.BAD_FIELD
    assert detail.startswith("value_minor: expected a number")
    assert detail.endswith(f'found "{written}"')


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"who,at\n,1\n", "visitor: expected a string of 1 to 64 characters, found nothing"),
        (b"who,at\nv1,\n", "occurred_at: expected an integer"),
        (b"who,at\nv1,today\n", 'occurred_at: expected seconds since 1970, found "today"'),
        (b"who,at\nv1,99999999999\n", "occurred_at: expected an integer"),
        (b"who,at\n" + b"v" * 65 + b",1\n", "visitor: expected a string of 1 to 64 characters"),
        (b"who,at\nv\0,1\n", "visitor: expected a string without NUL"),
    ],
)
def test_a_field_that_cannot_be_is_refused(content: bytes, detail: str) -> None:
    reason, found = refusal(content)
    assert reason is FailureReason.BAD_FIELD
    assert found.startswith(detail)


def test_a_refusal_keeps_the_line() -> None:
    outcome = only(b"who,at\nv1,today\r\n", file_map())
    assert isinstance(outcome, DeadLetter)
    assert outcome.original == b"v1,today"


def test_an_interaction_larger_than_a_record_may_be_is_refused() -> None:
    content = b"who,at,note\nv1,1," + b"x" * 70_000 + b"\n"
    reason, detail = refusal(content, "  properties.note: note")
    assert reason is FailureReason.TOO_LARGE
    assert detail.startswith("expected at most 65536 bytes, found ")


def test_a_column_that_the_file_has_not_is_an_error_of_the_map() -> None:
    expected = (
        r"fields\.page: expected a column of the file \(who, at\), found 'url', which is not in it;"
        r" a fixed text is written \{constant: url\}"
    )
    with pytest.raises(MapError, match=expected):
        loaded(b"who,at\nv1,1\n", file_map("  page: url"))


def test_a_column_that_is_there_twice_is_an_error_of_the_map() -> None:
    with pytest.raises(MapError, match="found 'who', which is twice"):
        loaded(b"who,at,who\nv1,1,v2\n", file_map())
