"""Keys: visitors, events, campaigns and origins as xxHash64 of their names, as in ClickHouse.

An engineer writes `WHERE visitor_key = xxHash64('acme/v123')`.
"""

from xxhash import xxh64_digest, xxh64_intdigest

name_key = xxh64_intdigest
"""UInt64 of a name or a record key."""

event_key = xxh64_digest
"""The same 64 bits of an event id as 8 bytes, for the ring of ids."""
