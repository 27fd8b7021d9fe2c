"""The oracle in SQL: sessions and funnel over the events table alone, by the plainest query."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from clickhouse_driver import Client

from streams.demo.comparison import visitor_key
from streams.demo.reference import Expected

SESSIONS = """
WITH marked AS
(
    SELECT tenant, own, visitor_key, derived_at,
           row_number() OVER visits = 1
               OR derived_at - lagInFrame(derived_at) OVER visits > gap_ms / 1000 AS starts
    FROM
    (
        SELECT tenant, if(campaign IN {own:Array(String)}, campaign, '') AS own, visitor_key,
               toDecimal64(derived_at, 3) AS derived_at, toDecimal64({gap_ms:Int64}, 3) AS gap_ms
        FROM events
        WHERE in_session AND (own != '') = {of_its_own:UInt8}
    )
    WINDOW visits AS (PARTITION BY tenant, own, visitor_key ORDER BY derived_at
                      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
SELECT tenant, own, visitor_key, toInt64(min(derived_at) * 1000), toInt64(max(derived_at) * 1000),
       count()
FROM
(
    SELECT *, sum(starts) OVER (PARTITION BY tenant, own, visitor_key ORDER BY derived_at
                                RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS number
    FROM marked
)
GROUP BY tenant, own, visitor_key, number
"""
FUNNEL = """
WITH {talk_ms:Int64} AS talk_ms, {act_ms:Int64} AS act_ms
SELECT countIf(notEmpty(visits)),
       countIf(arrayExists(v -> arrayExists(t -> t >= v AND t - v <= talk_ms, talks), visits)),
       countIf(arrayExists(v -> arrayExists(t -> t >= v AND t - v <= talk_ms
           AND arrayExists(a -> a >= t AND a - t <= act_ms, acts), talks), visits))
FROM
(
    SELECT groupArrayIf(toUnixTimestamp64Milli(derived_at), stage = 'visit') AS visits,
           groupArrayIf(toUnixTimestamp64Milli(derived_at), stage = 'talk') AS talks,
           groupArrayIf(toUnixTimestamp64Milli(derived_at), stage = 'act') AS acts
    FROM events
    WHERE tenant = {tenant:String} AND campaign = {campaign:String} AND stage != 'send'
    GROUP BY visitor_key
)
"""
DAY_MS = 86_400_000


def sql_differences(
    expected: Expected, client: Client, definitions: Sequence[dict[str, Any]] = ()
) -> list[str]:
    """Where SQL over the events disagrees with the reference; empty: nowhere.

    `definitions`: one version per campaign, campaign names not shared by tenants.
    """
    return _sessions(expected, client, definitions) + _funnels(expected, client, definitions)


def _sessions(
    expected: Expected, client: Client, definitions: Sequence[dict[str, Any]]
) -> list[str]:
    own = {
        it["campaign"]: it.get("gap_minutes", 30) * 60_000
        for it in definitions
        if it.get("sessions") == "per-campaign"
    }
    asked = {"own": list(own), "gap_ms": 30 * 60_000, "of_its_own": 0}
    found = Counter(client.execute(SESSIONS, asked))
    for campaign, gap_ms in own.items():
        asked = {"own": [campaign], "gap_ms": gap_ms, "of_its_own": 1}
        found.update(client.execute(SESSIONS, asked))
    wanted = Counter(
        (it.tenant, it.campaign, visitor_key(it.tenant, it.visitor), *it[3:])
        for it in expected.sessions
    )
    different = (wanted - found) + (found - wanted)
    return [f"sessions by SQL: {wanted[row]} expected, {found[row]} of {row}" for row in different]


def _funnels(
    expected: Expected, client: Client, definitions: Sequence[dict[str, Any]]
) -> list[str]:
    windows = {it["campaign"]: it.get("windows", {}) for it in definitions}
    differences = []
    for funnel in expected.funnels:
        own = windows.get(funnel.campaign, {})
        asked = {
            "tenant": funnel.tenant,
            "campaign": funnel.campaign,
            "talk_ms": own.get("talk_days", 30) * DAY_MS,
            "act_ms": own.get("act_days", 365) * DAY_MS,
        }
        (found,) = client.execute(FUNNEL, asked)
        if found != funnel[2:]:
            differences.append(f"funnel by SQL: expected {funnel}, found {found}")
    return differences
