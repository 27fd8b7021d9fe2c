"""Combined log: the line Apache and nginx write for a request, taken apart, its escapes undone.

    host ident user [time] "method path protocol" status size "referrer" "user agent" [more]

A dash is how the servers write nothing. What stands after the user agent (nginx's usual
`"$http_x_forwarded_for"`) is the column `extra`.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_QUOTED = r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"'
_LINE: Final = re.compile(
    rf"(\S++) (\S++) (.*?) \[([^\]]{{1,64}})\] {_QUOTED} (\d{{3}}|-) (\d++|-) "
    rf"{_QUOTED} {_QUOTED}(?: (.*))?"
)
_REQUEST: Final = re.compile(r"(\S++) (.*) (HTTP/[\d.]++)")
_ESCAPE: Final = re.compile(rb"\\(x[0-9a-fA-F]{2}|.)", re.DOTALL)
_LETTERS: Final = {
    b"b": b"\b", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v", b"f": b"\f",
    b'"': b'"', b"\\": b"\\",
}  # fmt: skip


class Hit(NamedTuple):
    """The columns of one line, in this order; empty where the server wrote a dash."""

    ip: str
    ident: str
    user: str
    time: str
    request: str
    method: str
    path: str
    protocol: str
    status: str
    size: str
    referrer: str
    user_agent: str
    extra: str


def parse_hit(line: str) -> Hit | None:
    """The line's columns; None for a line that is not of the combined format.

    A request that is no HTTP request (a probe's bytes) leaves method, path and protocol empty.
    """
    found = _LINE.fullmatch(line)
    if found is None:
        return None
    ip, ident, user, time, request, status, size, referrer, agent, extra = found.groups("")
    request = _text(request)
    parts = _REQUEST.fullmatch(request)
    method, path, protocol = parts.groups() if parts else ("", "", "")
    return Hit(
        ip, _text(ident), _text(user), time, request, method, path, protocol,
        _text(status), _text(size), _text(referrer), _text(agent), extra,
    )  # fmt: skip


def _text(written: str) -> str:
    if "\\" in written:
        return _unescaped(written)
    return "" if written == "-" else written


def _unescaped(written: str) -> str:
    """Escapes undone; as written where that would give no text (other charsets, NUL)."""
    plain = _ESCAPE.sub(_byte, written.encode())
    try:
        text = plain.decode()
    except UnicodeDecodeError:
        return written
    return written if "\0" in text else text


def _byte(escape: re.Match[bytes]) -> bytes:
    code = escape[1]
    if len(code) == 3:
        return bytes((int(code[1:], 16),))
    return _LETTERS.get(code, escape[0])
