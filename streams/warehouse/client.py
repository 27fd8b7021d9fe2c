"""Client: one connection to ClickHouse for reading; parameters are bound by the server."""

from clickhouse_driver import Client

from streams.settings import Settings

CONNECT_S = 5
ANSWER_S = 60
QUERY_S = 30


def connect(settings: Settings, answer_s: float = ANSWER_S) -> Client:
    """A client whose parameters `{name:Type}` the server binds; connects with its first query.

    Not for two threads at once. A query that takes longer than `QUERY_S` ends with code 159, a
    server silent for `answer_s` with an error of the connection.
    """
    return Client(
        host=settings.clickhouse_host,
        port=settings.clickhouse_port,
        user=settings.clickhouse_user,
        password=settings.clickhouse_password,
        database=settings.clickhouse_database,
        compression=settings.clickhouse_compression,
        client_name="stepthree",
        connect_timeout=CONNECT_S,
        send_receive_timeout=answer_s,
        settings={"server_side_params": True, "max_execution_time": QUERY_S},
    )
