"""Origin: where a visitor came from: the utm source, else the referring site, else direct."""

from __future__ import annotations

from typing import Final

from streams.domain.interaction import Channel

DIRECT: Final = "direct"


def origin_of(channel: Channel, referrer: str, page: str) -> str:
    """The origin's name; the own site as referrer is no origin."""
    if channel.source:
        return channel.source
    if not referrer:
        return DIRECT
    site = site_of(referrer)
    return site if site and site != site_of(page) else DIRECT


def site_of(address: str) -> str:
    """The bare host of an address in lower case: no user, port, `www.`; empty: there is none."""
    _, mark, rest = address.partition("://")
    if not mark:
        return ""
    for end in "/?#":
        rest = rest.partition(end)[0]
    host = rest.rpartition("@")[2].lower()
    host = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    return host.removeprefix("www.")
