"""Checkpoints in an S3-compatible bucket: sent, found, compared and pruned as in a folder."""

from __future__ import annotations

import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import obstore
import pytest
from obstore.store import ObjectStore

from streams.worker.archive import open_archive
from tests.processes import wait_until
from tests.unit.worker.partition import Worker, known, offsets, state_at

pytestmark = pytest.mark.integration
PARTS_BYTES = 12 << 20  # of three parts


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    """A bucket on a server of its own."""
    if find_spec("moto") is None:
        pytest.skip("needs an S3-compatible server: pip install 'moto[server]' (300 MB)")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    for name, value in {
        "AWS_ENDPOINT_URL": address,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }.items():
        monkeypatch.setenv(name, value)
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        wait_until(lambda: answers(port), 30)
        urllib.request.urlopen(urllib.request.Request(f"{address}/state", method="PUT"))
        yield open_archive("s3://state/some/prefix")
        server.terminate()


def answers(port: int) -> bool:
    """Does something listen there?"""
    with closing(socket.socket()) as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def test_another_worker_goes_on_from_a_checkpoint_in_a_bucket(
    tmp_path: Path, bucket: ObjectStore
) -> None:
    Worker(tmp_path / "a", bucket).run(*range(5, 60, 5))
    store = Worker(tmp_path / "b", bucket).open(committed=55)
    assert (store.offset, known(store)) == (45, state_at(45))
    store.close()
    assert offsets(bucket) == [25, 35, 45]


def test_a_large_file_comes_back_as_it_was(tmp_path: Path, bucket: ObjectStore) -> None:
    content = bytes(range(256)) * (PARTS_BYTES // 256)
    (tmp_path / "large").write_bytes(content)
    obstore.put(bucket, "large", tmp_path / "large")
    assert bytes(obstore.get(bucket, "large").bytes()) == content
