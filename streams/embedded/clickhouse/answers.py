"""Answers: one statement run by the engine, its result told to the client packet by packet."""

import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache

from streams.embedded.clickhouse.blocks import FullTypes
from streams.embedded.clickhouse.channel import Channel
from streams.embedded.clickhouse.frames import known_method
from streams.embedded.clickhouse.inserts import insert_blocks, insert_staged
from streams.embedded.clickhouse.interrupts import Running
from streams.embedded.clickhouse.packets import Profile, Progress, ToClient
from streams.embedded.clickhouse.preferences import known
from streams.embedded.clickhouse.requests import Query
from streams.embedded.clickhouse.session import Chunk, Parameters, Session
from streams.embedded.clickhouse.statements import (
    LEAVES_TABLES_ALONE,
    brings_its_rows,
    first_word,
    insert_awaiting_blocks,
    insert_from_input,
    streams,
    trimmed,
    wants_totals,
    without_format,
)
from streams.embedded.clickhouse.totals import summarised

OFF = ("0", "false", "False")


@dataclass(frozen=True, slots=True)
class Answerer:
    """Runs the statements of one connection; `marker` is a comment that tells a query apart."""

    channel: Channel
    session: Session
    running: Running

    def answer(self, query: Query, marker: str) -> None:
        settings = known(query.settings, self.session.engine.known_settings)
        self.channel.method = known_method(settings.get("network_compression_method", ""))
        if insert := insert_awaiting_blocks(query.sql):
            insert_blocks(self.channel, self.session, insert, settings)
        else:
            self.session.preferences.apply(settings)
            if staged := insert_from_input(query.sql):
                insert_staged(self.channel, self.session, staged, query.parameters)
            else:
                self._run(query, settings, marker)
        self.channel.end()

    def _run(self, query: Query, settings: Mapping[str, str], marker: str) -> None:
        if zone := settings.get("session_timezone"):
            self.channel.timezone(zone)
        if brings_its_rows(query.sql):
            self._command(query.sql, query.parameters, marker)
            return
        bare, is_silent = without_format(query.sql)
        bare = trimmed(bare)
        if not streams(bare):
            self._command(f"{bare}\n{marker}", query.parameters, marker)
            return
        with self.running.watched(marker):
            if wants_totals(bare) or settings.get("extremes", "0") not in OFF:
                self._select_with_totals(bare, query.parameters)
            elif is_silent:
                self._select_nothing(f"{bare}\n{marker}", query.parameters)
            else:
                self._select(bare, query.parameters, marker)

    def _select(self, sql: str, params: Parameters, marker: str) -> None:
        full_types = cache(lambda: self.session.full_types(sql, params))
        sent, started_ns = Profile(), time.perf_counter_ns()
        with closing(self.session.chunks(f"{sql}\n{marker}", params)) as chunks:
            for chunk in chunks:
                sent = self._rows(chunk.native, sent, full_types)
                started_ns = self._told(chunk, started_ns)
                if self.running.cancelled:
                    return
        if not sent.blocks:
            self.channel.header(self.session.structure(sql, params))
        self._finished(sent, started_ns)

    def _select_nothing(self, sql: str, params: Parameters) -> None:
        """FORMAT Null: the query runs, and its rows go nowhere."""
        started_ns = time.perf_counter_ns()
        with closing(self.session.chunks(sql, params)) as chunks:
            for chunk in chunks:
                started_ns = self._told(chunk, started_ns)
                if self.running.cancelled:
                    return
        self._finished(Profile(), started_ns)

    def _select_with_totals(self, sql: str, params: Parameters) -> None:
        result = summarised(self.session, sql, params)
        types = [spec for _, spec in result.fields]
        self.channel.header(result.fields)
        sent = Profile()
        for shape, body in self.channel.framed(result.rows, lambda: types):
            sent = sent.plus(shape.rows, len(body))
            self.channel.block(body)
        self.channel.profile(
            Profile(sent.rows, sent.blocks, sent.size_bytes, result.rows_before_limit)
        )
        extra = ((ToClient.TOTALS, result.totals), (ToClient.EXTREMES, result.extremes))
        for kind, native in extra:
            for _, body in self.channel.framed(native, lambda: types):
                self.channel.block(body, kind)
        self.channel.progress(result.progress)

    def _command(self, sql: str, params: Parameters, marker: str) -> None:
        """All that neither streams nor waits for rows: DDL, SHOW, INSERT ... SELECT, SYSTEM."""
        word, started_ns = first_word(sql), time.perf_counter_ns()
        with self.running.watched(marker):
            try:
                result = self.session.query(sql, "Native", params)
            finally:
                if word not in LEAVES_TABLES_ALONE:
                    self.session.engine.layouts.forget()
        self._notice(word)
        if self._rows(result.bytes() or b"", Profile(), tuple).blocks:
            self.channel.profile(Profile(result.rows_read(), 1, result.bytes_read()))
        if result.storage_rows_read() or result.rows_written():
            self.channel.progress(
                Progress(
                    result.storage_rows_read(),
                    result.storage_bytes_read(),
                    result.rows_written(),
                    result.bytes_written(),
                    time.perf_counter_ns() - started_ns,
                )
            )

    def _notice(self, word: str) -> None:
        """What a statement changed in the session itself."""
        if word == "SET":
            self.session.preferences.set_by_hand = True
        elif word == "USE":
            self.session.notice_use()

    def _rows(self, native: bytes, sent: Profile, full_types: FullTypes) -> Profile:
        """Sends blocks, before the first one the columns; returns what has been sent by now."""
        for shape, body in self.channel.framed(native, full_types):
            if not sent.blocks:
                self.channel.header(shape.fields)
            sent = sent.plus(shape.rows, len(body))
            self.channel.block(body)
        return sent

    def _told(self, chunk: Chunk, started_ns: int) -> int:
        """Tells progress and lets all go that was gathered; returns since when none is told."""
        now_ns = time.perf_counter_ns()
        if chunk.read_rows:
            self.channel.progress(
                Progress(chunk.read_rows, chunk.read_bytes, elapsed_ns=now_ns - started_ns)
            )
            started_ns = now_ns
        self.channel.flush()
        return started_ns

    def _finished(self, sent: Profile, started_ns: int) -> None:
        self.channel.profile(sent)
        self.channel.progress(Progress(elapsed_ns=time.perf_counter_ns() - started_ns))
