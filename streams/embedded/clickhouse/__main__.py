"""Command: serves one data folder until SIGTERM or SIGINT; ends with 2 if it can not start."""

import argparse
import logging
import signal
import sys
from pathlib import Path
from threading import Event, Thread

from streams.embedded.clickhouse.connection import Account
from streams.embedded.clickhouse.engine import DataFolderError
from streams.embedded.clickhouse.server import AddressError, Server

CAN_NOT_START = 2


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=options.log, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        server = Server(
            options.path.absolute(),
            (options.host, options.port),
            Account(options.user, options.password),
        )
    except (AddressError, DataFolderError) as error:
        print(error, file=sys.stderr)
        return CAN_NOT_START
    Thread(target=server.serve, name="accept", daemon=True).start()
    host, port = server.address
    print(f"listening on {host}:{port}", flush=True)
    stop.wait()
    server.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m streams.embedded.clickhouse")
    parser.add_argument("--path", type=Path, required=True, help="folder of the data")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9000, help="0 takes a free one")
    parser.add_argument("--user", default="default")
    parser.add_argument("--password", default="")
    parser.add_argument("--log", default="WARNING", metavar="LEVEL")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
