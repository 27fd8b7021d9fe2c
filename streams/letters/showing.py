"""Showing: bytes that anybody may have sent, as text that a terminal can be given."""

from __future__ import annotations

from typing import Final

WIDTH: Final = 16


def readable(content: bytes) -> str:
    """UTF-8 as it is, line by line, control characters escaped; anything else as a hex dump."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return hex_dump(content)
    return printable(text, keep="\n")


def printable(text: str, keep: str = "") -> str:
    """What a terminal could obey is written as an escape: control characters, bidi marks."""
    return "".join(
        each if each.isprintable() or each in keep else ascii(each)[1:-1] for each in text
    )


def hex_dump(content: bytes) -> str:
    """Offset, bytes and ASCII, 16 to a line."""
    starts = range(0, len(content), WIDTH)
    return "\n".join(_line(start, content[start : start + WIDTH]) for start in starts)


def _line(start: int, piece: bytes) -> str:
    text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in piece)
    return f"{start:08x}  {piece.hex(' '):<{3 * WIDTH}} {text}"
