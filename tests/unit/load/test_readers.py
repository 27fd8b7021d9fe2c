"""The lines of each format."""

import pytest

from streams.domain.outcome import DeadLetter, FailureReason
from streams.load.mapfile import Format, MapError
from streams.load.mapping import Mapped
from streams.load.readers import open_reader, with_format
from tests.unit.load.builders import MINIMAL, Line, file_map, loaded, reader

CSV = file_map("  page: url")
NDJSON = file_map("  page: url", base=MINIMAL.replace("csv", "ndjson"))


def visitors(lines: list[Line]) -> list[str]:
    """Who was read, and `-` for a refused line."""
    return [
        line.outcome.interaction.visitor if isinstance(line.outcome, Mapped) else "-"
        for line in lines
    ]


def refusals(lines: list[Line]) -> list[tuple[int, FailureReason, str]]:
    """The refused lines: number, reason, detail."""
    return [
        (line.number, line.outcome.reason, line.outcome.detail)
        for line in lines
        if isinstance(line.outcome, DeadLetter)
    ]


def test_quoted_columns_hold_delimiters_quotes_and_line_ends() -> None:
    lines = loaded(b'who,at,url\n"a ""b"", c",1,"http://x/\n\ny"\r\nv2,2,\n', CSV)
    assert [line.number for line in lines] == [2, 5]
    assert lines[0].raw == b'"a ""b"", c",1,"http://x/\n\ny"'
    first = lines[0].outcome
    assert isinstance(first, Mapped)
    assert first.interaction.visitor == 'a "b", c'
    assert first.interaction.page == "http://x/\n\ny"


def test_a_quote_that_never_closes_costs_its_own_line() -> None:
    lines = loaded(b'who,at,url\nv1,1,"open\nv2,2,u\nv3,3,u\n', CSV)
    assert visitors(lines) == ["-", "v2", "v3"]
    assert [line.number for line in lines] == [2, 3, 4]
    ((number, reason, detail),) = refusals(lines)
    assert (number, reason) == (2, FailureReason.UNREADABLE_LINE)
    assert detail.startswith('expected quotes as in RFC 4180, found v1,1,"open: ')


def test_a_quote_that_closes_too_late_costs_its_own_line() -> None:
    filler = b"v2,2," + b"u" * 100_000 + b"\n"
    lines = loaded(b'who,at,url\nv1,1,"open\n' + filler * 12 + b'v3,3,"\n', CSV)
    assert [line.number for line in lines] == list(range(2, 16))
    assert lines[0].raw == b'v1,1,"open'
    assert isinstance(lines[0].outcome, DeadLetter)


def test_too_few_and_too_many_columns_are_refused() -> None:
    lines = loaded(b'who,at,url\nv1,1\nv2,2,u,x\n"v3",3\nv4,4,u\n', CSV)
    assert refusals(lines) == [
        (2, FailureReason.UNREADABLE_LINE, "expected 3 columns, found 2: v1,1"),
        (3, FailureReason.UNREADABLE_LINE, "expected 3 columns, found 4: v2,2,u,x"),
        (4, FailureReason.UNREADABLE_LINE, 'expected 3 columns, found 2: "v3",3'),
    ]
    assert visitors(lines) == ["-", "-", "-", "v4"]


@pytest.mark.parametrize("line", [b"v\xff,1,u", b'"v\xff",1,u', b'{"who":"v\xff","at":1}'])
def test_bytes_that_are_no_utf8_are_refused(line: bytes) -> None:
    is_json = line.startswith(b"{")
    lines = loaded(line if is_json else b"who,at,url\n" + line, NDJSON if is_json else CSV)
    ((_, reason, detail),) = refusals(lines)
    assert reason is FailureReason.BAD_ENCODING
    assert detail == "expected UTF-8, found byte 0xff (invalid start byte)"


def test_blank_lines_are_passed_over_and_counted_as_lines() -> None:
    assert [line.number for line in loaded(b"who,at,url\n\nv1,1,u\n\n\r\nv2,2,u\n\n", CSV)] == [
        3,
        6,
    ]


def test_blank_lines_may_stand_before_the_header() -> None:
    assert [line.number for line in loaded(b"\n\nwho,at,url\nv1,1,u\n", CSV)] == [4]


def test_columns_may_be_named_by_the_map() -> None:
    lines = loaded(b"v1,1,u\n", file_map("  page: url", top="columns: [who, at, url]"))
    assert visitors(lines) == ["v1"]
    assert lines[0].number == 1


def test_a_delimiter_may_be_another() -> None:
    assert visitors(loaded(b'who;at;url\n"v;1";1;u\n', file_map(top='delimiter: ";"'))) == ["v;1"]


def test_a_tab_separated_quote_is_a_quote() -> None:
    how = file_map(base=MINIMAL.replace("csv", "tsv"))
    assert visitors(loaded(b'who\tat\n"v" 1\t1\n"v2\t2\n', how)) == ['"v" 1', '"v2']


def test_json_values_become_texts_where_texts_are_expected() -> None:
    how = file_map("  properties.n: n", base=MINIMAL.replace("csv", "ndjson"))
    (line,) = loaded(b'{"who": 7, "at": 1.5, "n": 3, "more": [1]}\n', how)
    assert isinstance(line.outcome, Mapped)
    assert line.outcome.interaction.visitor == "7"
    assert line.outcome.interaction.occurred_at == 1_500
    assert line.outcome.interaction.properties == {"n": 3}


def test_a_dotted_column_is_inside_an_object() -> None:
    how = file_map("  page: event.page.url", base=MINIMAL.replace("csv", "ndjson"))
    lines = loaded(b'{"who":"a","at":1,"event":{"page":{"url":"u"}}}\n{"who":"b","at":1}\n', how)
    pages = [line.outcome.interaction.page for line in lines if isinstance(line.outcome, Mapped)]
    assert pages == ["u", ""]


@pytest.mark.parametrize(
    ("line", "reason", "detail"),
    [
        (b"[1]", FailureReason.BAD_JSON, "expected a JSON object on the line, found [1]"),
        (b"{", FailureReason.BAD_JSON, "expected a JSON object, found {"),
        (b"[" * 100_000, FailureReason.BAD_JSON, "expected a flat JSON object"),
        (b'{"who":["a"],"at":1}', FailureReason.BAD_FIELD, "who: expected a text, a number"),
        (b'{"at":1}', FailureReason.BAD_FIELD, "visitor: expected a string of 1 to 64 characters"),
        (b'{"who":true,"at":"x"}', FailureReason.BAD_FIELD, "occurred_at: expected seconds"),
    ],
)
def test_json_that_is_no_line_of_such_a_file_is_refused(
    line: bytes, reason: FailureReason, detail: str
) -> None:
    ((_, found, said),) = refusals(loaded(line, NDJSON))
    assert found is reason
    assert said.startswith(detail)


@pytest.mark.parametrize("how", [CSV, NDJSON, file_map(base=MINIMAL.replace("csv", "tsv"))])
def test_a_line_too_long_is_cut_and_refused_and_the_next_is_read(how: object) -> None:
    long = b"x" * 2_000_000
    good = {Format.CSV: b"v2,2,u", Format.NDJSON: b'{"who":"v2","at":2}', Format.TSV: b"v2\t2\tu"}
    head = {Format.CSV: b"who,at,url\n", Format.NDJSON: b"", Format.TSV: b"who\tat\turl\n"}
    lines = loaded(head[how.format] + long + b"\n" + good[how.format], how)  # type: ignore[attr-defined, arg-type]
    assert visitors(lines) == ["-", "v2"]
    assert isinstance(lines[0].outcome, DeadLetter)
    assert lines[0].outcome.reason is FailureReason.TOO_LARGE
    assert lines[0].outcome.original == b"x" * 900_000


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.csv", Format.CSV),
        ("A.CSV.gz", Format.CSV),
        ("a.tsv.zst", Format.TSV),
        ("a.jsonl", Format.NDJSON),
        ("a.ndjson.gz", Format.NDJSON),
        ("access.log", Format.COMBINED),
        ("access.log.2.gz", Format.COMBINED),
    ],
)
def test_a_files_name_tells_its_format(name: str, expected: Format) -> None:
    unsaid = file_map(base=MINIMAL.replace("format: csv", ""))
    assert with_format(unsaid, name).format is expected
    assert with_format(CSV, name).format is Format.CSV


@pytest.mark.parametrize("name", ["data", "data.txt", "data.gz", "7", ".gz"])
def test_a_name_that_tells_no_format_is_an_error_of_the_map(name: str) -> None:
    unsaid = file_map(base=MINIMAL.replace("format: csv", ""))
    with pytest.raises(MapError, match="format: expected one of csv, tsv, ndjson, combined"):
        with_format(unsaid, name)


def test_a_file_without_any_line_has_no_reader() -> None:
    assert open_reader(CSV, iter(())) is None


def test_a_header_that_cannot_be_read_is_an_error_of_the_map() -> None:
    with pytest.raises(MapError, match="the file's first line, its header: expected UTF-8"):
        reader(b"\xff\xfew\x00h\x00o\x00\n", CSV)
