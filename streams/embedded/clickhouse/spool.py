"""Spool: the rows of one INSERT, in memory but for the engine a file.

The engine reads an INSERT's rows from a file and tells its failure. Its binding could also take
them piece by piece, but then answers success to an insert that a constraint, a view or a full disk
refused; and rows in the text of a statement would end at the first empty line among their bytes.
"""

import os
import tempfile
from typing import IO

BUFFER_BYTES = 1 << 20


class Spool:
    """One file for one insert after another; it vanishes with its process, however that ends."""

    def __init__(self) -> None:
        self._file: IO[bytes]
        if hasattr(os, "memfd_create"):
            descriptor = os.memfd_create("insert")
            self._file = os.fdopen(descriptor, "wb", BUFFER_BYTES)
            self.path = f"/proc/self/fd/{descriptor}"
        else:
            self._file = tempfile.NamedTemporaryFile(buffering=BUFFER_BYTES)  # noqa: SIM115  # lives until close()
            self.path = self._file.name
        self.size_bytes = 0

    def write(self, part: bytes) -> None:
        self._file.write(part)
        self.size_bytes += len(part)

    def flush(self) -> None:
        self._file.flush()

    def clear(self) -> None:
        """Gives the memory back."""
        if self.size_bytes:
            self._file.seek(0)
            self._file.truncate()
            self.size_bytes = 0

    def close(self) -> None:
        self._file.close()
