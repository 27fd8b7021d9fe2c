"""Again: a line that was refused, read once more by a map."""

from __future__ import annotations

from streams.codec.sent import Written
from streams.domain.outcome import DeadLetter
from streams.load.delimited import too_long
from streams.load.files import MAX_LINE_BYTES
from streams.load.mapfile import FileMap, MapError
from streams.load.mapping import Mapped, Mapper
from streams.load.readers import open_reader


class LinesAgain:
    """Reads lines of one map's files, without the files. Raises MapError.

    Of a file whose first line names the columns, the map has to name them.
    """

    def __init__(self, file_map: FileMap, secret: str) -> None:
        if file_map.format is None:
            raise MapError("format: expected it in the map, as no file's name says it")
        reader = open_reader(file_map, iter(()))
        if reader is None:
            raise MapError("columns: expected the file's columns in the map, found none")
        self.source = file_map.source
        self._map, self._secret = file_map, secret
        self._columns = reader.columns
        self._mappers: dict[str, Mapper] = {}

    def read(self, tenant: str, line: bytes, received_at: int) -> Written | DeadLetter:
        """The interaction of this line, received in ms; or why it still is none."""
        if len(line) >= MAX_LINE_BYTES:
            return too_long(line)  # only its start was kept
        reader = open_reader(self._map, iter(line.split(b"\n")))
        assert reader is not None
        _, _, row = next(reader.lines)
        read = (
            row if isinstance(row, DeadLetter) else self._mapper(tenant).map(line, row, received_at)
        )
        return Written(read.key, read.value) if isinstance(read, Mapped) else read

    def _mapper(self, tenant: str) -> Mapper:
        if tenant not in self._mappers:
            self._mappers[tenant] = Mapper(self._map, tenant, self._columns, self._secret)
        return self._mappers[tenant]
