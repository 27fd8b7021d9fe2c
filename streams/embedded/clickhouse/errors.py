"""Errors: what went wrong, in ClickHouse's own codes and words, so that clients tell them apart."""

import re
from enum import IntEnum

FROM_ENGINE = re.compile(r"Code: (\d+)\. (.*)", re.DOTALL)
VERSION_TAIL = re.compile(r"\s*\(version [\d.]+[^)]*\)\s*$")


class ErrorCode(IntEnum):
    """The codes that the endpoint gives itself; all others come from the engine."""

    NO_SUCH_COLUMN_IN_TABLE = 16
    CHECKSUM_DOESNT_MATCH = 40
    UNKNOWN_TYPE = 50
    SYNTAX_ERROR = 62
    UNKNOWN_COMPRESSION_METHOD = 89
    UNEXPECTED_PACKET_FROM_CLIENT = 101
    UNKNOWN_SETTING = 115
    ABORTED = 236
    AUTHENTICATION_FAILED = 516
    UNKNOWN_EXCEPTION = 1002


class EngineError(Exception):
    """A statement's failure, as a client is told it; the connection goes on."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class StreamLostError(EngineError):
    """What a client sent can not be read on: it is told why, and the connection ends."""


def refusal(code: ErrorCode, reason: str) -> EngineError:
    """The endpoint's own error, worded as the engine words its own."""
    return EngineError(code, _worded(code, reason))


def stream_lost(code: ErrorCode, reason: str) -> StreamLostError:
    return StreamLostError(code, _worded(code, reason))


def unknown_type(spec: str) -> EngineError:
    return refusal(
        ErrorCode.UNKNOWN_TYPE,
        f"The end of a column of type {spec} can not be found without decoding it.",
    )


def from_engine(error: Exception) -> EngineError:
    """ClickHouse's code and message out of whatever the engine's binding raised."""
    if isinstance(error, EngineError):
        return error
    if not (match := FROM_ENGINE.search(str(error))):
        return refusal(ErrorCode.UNKNOWN_EXCEPTION, f"{type(error).__name__}: {error}")
    return EngineError(int(match[1]), VERSION_TAIL.sub("", match[2]))


def _worded(code: ErrorCode, reason: str) -> str:
    return f"DB::Exception: {reason} ({code.name})"
