"""Check: whether the tables keep what exactly-once needs, before the first insert."""

from __future__ import annotations

import logging

from clickhouse_driver.errors import Error as ClickHouseError

from streams.settings import Settings
from streams.warehouse.client import connect
from streams.warehouse.epochs import refuse_other_epoch
from streams.warehouse.errors import one_line
from streams.warehouse.tables import without_window

log = logging.getLogger(__name__)


class TablesError(RuntimeError):
    """A table in which a repeated insert would count twice."""


def check_tables(settings: Settings) -> None:
    """Raise TablesError for tables without a window, EpochError for those of another epoch.

    A ClickHouse that is away comes later.
    """
    client = connect(settings)
    try:
        found = without_window(client)
        refuse_other_epoch(client, settings.epoch)
    except (ClickHouseError, OSError, EOFError) as error:
        log.warning("tables not checked, ClickHouse is away: %s", one_line(error))
        return
    finally:
        client.disconnect()
    if found:
        raise TablesError(
            f"expected non_replicated_deduplication_window on every table, found none on "
            f"{', '.join(found)}; a repeated insert would count twice. Run `stepthree migrate`, "
            "or ALTER TABLE ... MODIFY SETTING non_replicated_deduplication_window = 10000"
        )
