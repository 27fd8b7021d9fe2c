"""Server-sent events: how a message stands on the wire."""

CONTENT_TYPE = "text/event-stream"
PULSE = b":\n\n"  # a comment: keeps proxies from closing a quiet stream


def frame(event: str, data: bytes) -> bytes:
    """One message; every line of the data is a line of its own."""
    lines = b"".join(b"data: " + line + b"\n" for line in data.splitlines() or [b""])
    return b"event: " + event.encode() + b"\n" + lines + b"\n"


def retry(after_ms: int) -> bytes:
    """How long a browser waits before it comes again."""
    return b"retry: %d\n\n" % after_ms
