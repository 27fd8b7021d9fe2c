"""Assets: the page's own files, compressed once at the start."""

import gzip
import hashlib
import re
from html import escape
from pathlib import Path
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

FOLDER: Final = Path(__file__).with_name("static")
FOR_READERS: Final = re.compile(r"(?m)^//.*\n|^ +")  # lines of comment, and indentation
MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}


class Asset(NamedTuple):
    """A file as it is sent."""

    body: bytes
    zipped: bytes
    media_type: str
    etag: str


def load_assets(words: dict[str, str]) -> dict[str, Asset]:
    """Every file by its name; in pages, `{{word}}` becomes its text, escaped."""
    return {
        file.name: _asset(_filled(file, words), MEDIA_TYPES[file.suffix])
        for file in sorted(FOLDER.iterdir())
    }


def answer(request: Request, asset: Asset) -> Response:
    """The asset, compressed where the browser takes it; 304 where it has it already."""
    headers = {"etag": asset.etag, "cache-control": "no-cache", "vary": "accept-encoding"}
    if request.headers.get("if-none-match") == asset.etag:
        return Response(status_code=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(asset.body, headers=headers, media_type=asset.media_type)
    headers["content-encoding"] = "gzip"
    return Response(asset.zipped, headers=headers, media_type=asset.media_type)


def _filled(file: Path, words: dict[str, str]) -> bytes:
    text = file.read_text(encoding="utf-8")
    if file.suffix in {".css", ".js"}:
        return FOR_READERS.sub("", text).encode()
    for word, meaning in words.items():
        text = text.replace("{{" + word + "}}", escape(meaning))
    return text.encode()


def _asset(body: bytes, media_type: str) -> Asset:
    digest = hashlib.sha256(body).hexdigest()[:16]
    return Asset(body, gzip.compress(body, 9, mtime=0), media_type, f'"{digest}"')
