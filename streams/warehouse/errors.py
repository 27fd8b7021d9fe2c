"""Errors: what ClickHouse or the way to it said, in one line without its stack trace."""

from clickhouse_driver.errors import ServerException


def one_line(error: Exception) -> str:
    """ClickHouse's code and own words; for a failed connection, the first line of the reason."""
    if isinstance(error, ServerException):
        words = error.message.partition("Stack trace:")[0].removeprefix("DB::Exception: ")
        return f"error {error.code}: {' '.join(words.split())}"
    return str(error).partition("\n")[0] or type(error).__name__
