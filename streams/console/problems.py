"""Problems: what went wrong, as JSON (RFC 9457)."""

from http import HTTPStatus

import msgspec
from starlette.responses import Response


def problem(status: HTTPStatus, detail: str, **headers: str) -> Response:
    """An answer that says what was expected and found."""
    body = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
    return Response(
        msgspec.json.encode(body), status, headers, media_type="application/problem+json"
    )
