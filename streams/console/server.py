"""Server: the console in this process until SIGTERM or SIGINT; open pages end first."""

import asyncio
import signal
import socket
import threading

from granian.constants import Interfaces
from granian.server.embed import Server

from streams.console.app import create_app
from streams.console.balance import watch_balance
from streams.console.hub import Hub
from streams.console.reader import Reader
from streams.settings import Settings

STOP_S = 3.0


class PortError(OSError):
    """Somebody else listens there, or the address is not this machine's."""


def run(settings: Settings) -> None:
    """Serve until told to stop; PortError when the address cannot be had."""
    _claim(settings.console_host, settings.console_port)
    asyncio.run(_serve(settings))


def _claim(host: str, port: int) -> None:
    """Find out that an address is taken: the server itself would share it without a word."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortError(f"expected a free address, found {host}:{port}: {error}") from error


async def _serve(settings: Settings) -> None:
    reader = Reader(settings)
    hub = Hub(reader)
    server = Server(
        create_app(settings, reader, hub),
        address=settings.console_host,
        port=settings.console_port,
        interface=Interfaces.ASGINL,
        log_enabled=False,
    )
    told = asyncio.Event()
    stopped = threading.Event()
    watch_balance(settings, stopped)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    serving = asyncio.create_task(server.serve())
    ended = asyncio.create_task(told.wait())
    await asyncio.wait((serving, ended), return_when=asyncio.FIRST_COMPLETED)
    stopped.set()
    hub.close()
    reader.close()
    server.stop()
    await asyncio.wait((serving,), timeout=STOP_S)
