"""Written: what the tables hold already of the records that a lane folds again for its state."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from clickhouse_driver.errors import Error as ClickHouseError

from streams.codec.rows import Place
from streams.settings import Settings
from streams.warehouse.client import connect
from streams.warehouse.errors import one_line
from streams.warehouse.queries import run_query

ASK_AGAIN_S: Final = 2.0
log = logging.getLogger(__name__)


class WrittenLetters:
    """Implements the lane's `Letters` by asking ClickHouse until it answers.

    A version of this program that reads more than the one before would put a record into the state
    that stands as a dead letter; its replay would then count as a duplicate.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def __call__(self, place: Place, begin: int, end: int) -> frozenset[int]:
        """Offsets of [begin, end) whose records are dead letters."""
        while True:
            try:
                return await asyncio.to_thread(self._ask, place, begin, end)
            except (ClickHouseError, OSError, EOFError) as error:
                log.warning("%s: letters not known yet: %s", place, one_line(error))
                await asyncio.sleep(ASK_AGAIN_S)

    def _ask(self, place: Place, begin: int, end: int) -> frozenset[int]:
        client = connect(self._settings)
        try:
            found = run_query(
                client,
                "letter_offsets",
                topic=place.topic,
                partition=place.partition,
                epoch=place.epoch,
                begin=begin,
                end=end,
            )
        finally:
            client.disconnect()
        return frozenset(int(str(offset)) for (offset,) in found.rows)
