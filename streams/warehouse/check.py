"""Check: whether the tables keep what exactly-once needs, before the first insert."""

from __future__ import annotations

import logging
from typing import Final

from clickhouse_driver.errors import Error as ClickHouseError

from streams.settings import Settings
from streams.warehouse.client import connect
from streams.warehouse.epochs import refuse_other_epoch
from streams.warehouse.errors import one_line
from streams.warehouse.tables import without_window

ANSWER_S: Final = 5.0
log = logging.getLogger(__name__)


class TablesError(RuntimeError):
    """A table in which a repeated insert would count twice."""


def check_tables(settings: Settings) -> None:
    """Raise TablesError for tables without a window, EpochError for those of another epoch.

    A ClickHouse that is away comes later: `epoch_is_known` asks it before the first insert.
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


def epoch_is_known(settings: Settings) -> bool:
    """Whether ClickHouse answers, and its tables are of this epoch; EpochError: they are not."""
    client = connect(settings, ANSWER_S)
    try:
        refuse_other_epoch(client, settings.epoch)
    except (ClickHouseError, OSError, EOFError) as error:
        log.warning("epoch not known, ClickHouse is away: %s", one_line(error))
        return False
    finally:
        client.disconnect()
    return True
