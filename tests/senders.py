"""Senders: what a browser, a server or an attacker says to a running collector."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Mapping
from typing import Any, NamedTuple

from streams.settings import Settings

TIMEOUT_S = 30


class Reply(NamedTuple):
    """One HTTP answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def detail(self) -> str:
        """The problem's detail; the answer must be a problem."""
        found: dict[str, Any] = json.loads(self.body)
        assert self.headers["content-type"] == "application/problem+json"
        assert found["status"] == self.status
        return str(found["detail"])


def ask(
    settings: Settings,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    method: str | None = None,
) -> Reply:
    """One request to the collector; a body makes it a POST."""
    connection = http.client.HTTPConnection(
        settings.collector_host, settings.collector_port, timeout=TIMEOUT_S
    )
    try:
        connection.request(
            method or ("GET" if body is None else "POST"), path, body, dict(headers or {})
        )
        found = connection.getresponse()
        named = {name.lower(): value for name, value in found.getheaders()}
        return Reply(found.status, named, found.read())
    finally:
        connection.close()


def say(settings: Settings, raw: bytes, until_s: float = TIMEOUT_S) -> bytes:
    """Bytes as they are over a connection; what comes back until it closes or time is up."""
    address = (settings.collector_host, settings.collector_port)
    with socket.create_connection(address, timeout=until_s) as connection:
        connection.sendall(raw)
        answered = b""
        try:
            while chunk := connection.recv(65_536):
                answered += chunk
        except TimeoutError:
            pass
        return answered
