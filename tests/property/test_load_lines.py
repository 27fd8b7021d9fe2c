"""Laws of the files that `load` reads."""

from __future__ import annotations

import csv
import io
import re

from hypothesis import example, given
from hypothesis import strategies as st

from streams.domain.outcome import DeadLetter
from streams.load.combined import Hit, parse_hit
from streams.load.files import MAX_LINE_BYTES, lines_of
from streams.load.mapfile import FileMap, parse_map
from streams.load.mapping import Mapped, Mapper
from streams.load.readers import open_reader

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
LINE_TEXT = st.text(st.characters(exclude_characters="\0\n\r", exclude_categories=["Cs"]))
WORD = st.from_regex(r"[A-Za-z0-9./?=&%~-]{1,20}", fullmatch=True)
ADDRESS = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).map(str)
QUOTED = TEXT.filter(lambda text: text != "-")


def escaped(text: str, keep_unicode: bool) -> str:
    """As Apache writes it in quotes: backslash before quote and backslash, others by hex."""
    if not text:
        return "-"
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    letters = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\v": "\\v", "\b": "\\b"}
    return "".join(
        letters.get(letter) or (letter if keep_unicode or " " <= letter <= "~" else hexed(letter))
        for letter in text
    )


def hexed(letter: str) -> str:
    """Its UTF-8 bytes as `\\xhh`."""
    return "".join(f"\\x{byte:02x}" for byte in letter.encode())


@st.composite
def hits(draw: st.DrawFn) -> Hit:
    """What a server could have seen."""
    method, path, protocol = draw(WORD), draw(WORD), draw(st.sampled_from(["HTTP/1.0", "HTTP/2.0"]))
    return Hit(
        ip=draw(ADDRESS),
        ident="",
        user=draw(st.one_of(st.just(""), WORD.filter(lambda word: word != "-"))),
        time="17/May/2015:10:05:03 +0000",
        request=f"{method} {path} {protocol}",
        method=method,
        path=path,
        protocol=protocol,
        status=str(draw(st.integers(100, 599))),
        size=draw(st.one_of(st.just(""), st.integers(0, 10**12).map(str))),
        referrer=draw(QUOTED),
        user_agent=draw(QUOTED),
        extra=draw(st.sampled_from(["", '"-"', "0.003 upstream"])),
    )


def written(hit: Hit, keep_unicode: bool) -> str:
    """The line of the log."""
    referrer, agent = (escaped(text, keep_unicode) for text in (hit.referrer, hit.user_agent))
    extra = f" {hit.extra}" if hit.extra else ""
    return (
        f"{hit.ip} - {hit.user or '-'} [{hit.time}]"
        f' "{hit.request}" {hit.status} {hit.size or "-"} "{referrer}" "{agent}"{extra}'
    )


@given(hits(), st.booleans())
def test_a_line_written_from_fields_parses_back_to_them(hit: Hit, keep_unicode: bool) -> None:
    assert parse_hit(written(hit, keep_unicode)) == hit


@given(
    st.one_of(st.text(), hits().map(lambda hit: written(hit, True)), st.from_regex(r'[ \[\]"\\-]*'))
)
def test_no_text_makes_the_parser_raise(line: str) -> None:
    found = parse_hit(line)
    assert found is None or (found.ip and len(found) == len(Hit._fields))


@given(hits(), st.data())
def test_a_cut_line_is_none_or_lacks_only_what_follows_the_user_agent(
    hit: Hit, data: st.DataObject
) -> None:
    line = written(hit._replace(extra=""), False)
    assert parse_hit(line[: data.draw(st.integers(0, len(line) - 1))]) is None


CSV = parse_map(
    b"""
    format: csv
    columns: [who, at, page]
    fields:
      visitor: who
      occurred_at: {column: at, time: epoch_ms}
      stage: {constant: visit}
      kind: {constant: page_view}
      page: page
    """,
    "law",
)
NDJSON = parse_map(
    b"""
    format: ndjson
    fields:
      visitor: {hash: [a, b.c]}
      occurred_at: {column: at, time: rfc3339}
      stage: {column: stage, values: {v: visit, t: talk}}
      kind: {constant: page_view}
      properties.a: a
    """,
    "law",
)
COMBINED = parse_map(
    b"""
    format: combined
    fields:
      visitor: {hash: [ip, user_agent]}
      occurred_at: {column: time, time: clf}
      stage: {constant: visit}
      kind: {constant: page_view}
      page: {template: "http://example.org{path}"}
    """,
    "law",
)


def outcomes(how: FileMap, content: bytes) -> list[tuple[bytes, Mapped | DeadLetter]]:
    """Each line and what it became."""
    found = open_reader(how, lines_of(io.BytesIO(content)))  # type: ignore[arg-type]
    if found is None:
        return []
    mapper = Mapper(how, "acme", found.columns)
    return [
        (line, row if isinstance(row, DeadLetter) else mapper.map(line, row, 1_795_000_000_000))
        for _, line, row in found.lines
    ]


@given(st.sampled_from([CSV, NDJSON, COMBINED]), st.binary())
@example(CSV, b'"\n"\n"')
@example(CSV, b"\xef\xbb\xbf")
@example(NDJSON, b'{"a":"\\ud800","at":1}')
@example(NDJSON, b'{"a":1e400}\n{"a":NaN}\n{"a":123456789012345678901234567890,"at":"2015"}')
def test_no_bytes_make_a_load_raise_and_none_are_lost(how: FileMap, content: bytes) -> None:
    kept = b"\n".join(line for line, _ in outcomes(how, content))
    assert re.sub(rb"[\r\n]+", b"\n", kept).strip(b"\r\n") == re.sub(
        rb"[\r\n]+", b"\n", content.removeprefix(b"\xef\xbb\xbf")
    ).strip(b"\r\n")


@given(st.lists(st.tuples(TEXT, st.integers(1, 10**12), TEXT), min_size=1, max_size=5))
def test_rows_written_as_csv_are_read_back(rows: list[tuple[str, int, str]]) -> None:
    rows = [
        (f"v{who}"[:64].replace("\r", ""), at, page[:2_000].replace("\r", ""))
        for who, at, page in rows
    ]
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    read = [
        (found.interaction.visitor, found.interaction.occurred_at, found.interaction.page)
        for _, found in outcomes(CSV, stream.getvalue().encode())
        if isinstance(found, Mapped)
    ]
    assert read == rows


@given(st.lists(LINE_TEXT.map(str.encode), max_size=20), st.integers(1, 40))
def test_lines_do_not_depend_on_where_a_read_ends(lines: list[bytes], step: int) -> None:
    content = b"".join(line + b"\n" for line in lines)

    class Dripping(io.BytesIO):
        def read1(self, _size: int | None = -1, /) -> bytes:
            return self.read(step)

    first = [line.removeprefix(b"\xef\xbb\xbf") for line in lines[:1]]
    assert list(lines_of(Dripping(content))) == first + lines[1:]
    assert all(len(line) <= MAX_LINE_BYTES for line in lines)
