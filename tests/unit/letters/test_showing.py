"""Showing: nothing that is shown can give a terminal an order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.letters.showing import hex_dump, printable, readable


@given(st.binary(max_size=200))
def test_any_bytes_become_printable_lines(content: bytes) -> None:
    assert all(line.isprintable() for line in readable(content).split("\n"))


def test_text_is_shown_as_it_is_and_orders_as_escapes() -> None:
    assert readable("Grüße\n\x1b[31m\u202e\x07".encode()) == "Grüße\n\\x1b[31m\\u202e\\x07"
    assert printable("a\nb") == "a\\nb"


def test_what_is_no_text_is_a_hex_dump() -> None:
    assert readable(b"\xff\xfe{}") == f"00000000  {'ff fe 7b 7d':<48} ..{{}}"
    assert hex_dump(bytes(17)).count("\n") == 1
