"""Snapshots: a folder and a bucket keep the newest file, whole."""

import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from botocore.exceptions import IncompleteReadError, ReadTimeoutError, ResponseStreamingError
from botocore.response import StreamingBody
from botocore.session import Session
from moto import mock_aws

from chalicelib.search.indexes import SavedIndexes, Snapshots
from chalicelib.storage import snapshots as snapshots_module
from chalicelib.storage.snapshots import BucketSnapshots, FolderSnapshots, snapshots_at
from tests.fakes import customer, customer_id
from tests.indexes import fuzzy, indexed

BUCKET = "snapshots"


@pytest.fixture
def bucket(
    environment: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[BucketSnapshots]:
    """A bucket whose objects are fetched into the test's own folder."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with mock_aws():
        Session().create_client("s3").create_bucket(Bucket=BUCKET)
        yield BucketSnapshots(BUCKET, "loc1")


@pytest.fixture
def folder(tmp_path: Path) -> FolderSnapshots:
    return FolderSnapshots(tmp_path / "some" / "folder")


@pytest.fixture(params=["folder", "bucket"])
def snapshots(request: pytest.FixtureRequest) -> Snapshots:
    made: Snapshots = request.getfixturevalue(request.param)
    return made


def writing(data: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(data)

    return write


def newest(snapshots: Snapshots) -> bytes | None:
    path = snapshots.newest()
    return None if path is None else path.read_bytes()


def test_nothing_is_there_at_first(snapshots: Snapshots) -> None:
    assert snapshots.newest() is None


def test_what_was_written_is_read(snapshots: Snapshots) -> None:
    large = bytes(range(256)) * 10_000
    snapshots.replace(writing(large))
    assert newest(snapshots) == large
    assert newest(snapshots) == large


def test_a_shorter_one_replaces_the_whole_of_a_longer(snapshots: Snapshots) -> None:
    snapshots.replace(writing(b"first, and longer"))
    assert newest(snapshots) == b"first, and longer"
    snapshots.replace(writing(b"second"))
    assert newest(snapshots) == b"second"


def test_a_writer_that_fails_leaves_the_old_one(snapshots: Snapshots) -> None:
    def half(path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        snapshots.replace(half)
    assert snapshots.newest() is None
    snapshots.replace(writing(b"old"))
    with pytest.raises(OSError, match="full"):
        snapshots.replace(half)
    assert newest(snapshots) == b"old"


def test_whoever_reads_the_old_one_keeps_it_whole(snapshots: Snapshots) -> None:
    snapshots.replace(writing(b"old"))
    path = snapshots.newest()
    assert path is not None
    with path.open("rb") as open_file:
        snapshots.replace(writing(b"another"))
        assert newest(snapshots) == b"another"
        assert open_file.read() == b"old"


def test_it_is_written_where_it_can_be_renamed(folder: FolderSnapshots) -> None:
    written = list[Path]()
    folder.replace(written.append)
    newest = folder.newest()
    # On another disk it could not.
    assert newest is not None
    assert written[0].parent == newest.parent


def test_a_file_of_customers_is_for_nobody_else_on_the_machine(folder: FolderSnapshots) -> None:
    SavedIndexes(folder).save(indexed(customer(1)), 7)
    newest = folder.newest()
    assert newest is not None
    assert newest.stat().st_mode & 0o077 == 0


def test_no_file_is_left_beside_it(folder: FolderSnapshots, tmp_path: Path) -> None:
    def fails(path: Path) -> None:
        raise OSError("the disk is full")

    folder.replace(writing(b"first"))
    folder.replace(writing(b"second"))
    with pytest.raises(OSError, match="full"):
        folder.replace(fails)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [folder.newest()]


def test_locations_share_a_bucket(bucket: BucketSnapshots) -> None:
    bucket.replace(writing(b"loc1"))
    other = BucketSnapshots(BUCKET, "loc2")
    assert other.newest() is None
    other.replace(writing(b"loc2"))
    assert (newest(bucket), newest(other)) == (b"loc1", b"loc2")


BROKEN = [
    ReadTimeoutError(endpoint_url="s3"),
    ResponseStreamingError(error="gone"),
    IncompleteReadError(actual_bytes=1, expected_bytes=2),
    OSError(28, "No space left on device"),
]


@pytest.mark.parametrize("error", BROKEN, ids=lambda error: type(error).__name__)
def test_one_that_breaks_off_while_it_is_fetched_is_not_there(
    bucket: BucketSnapshots, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    bucket.replace(writing(b"before"))
    assert newest(bucket) == b"before"
    monkeypatch.setattr(StreamingBody, "iter_chunks", breaking_off(error))
    assert bucket.newest() is None


def test_a_bucket_that_never_answers_is_not_waited_for(
    bucket: BucketSnapshots, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host, port = silent.getsockname()
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://{host}:{port}")
        monkeypatch.setattr(snapshots_module, "SILENT_SECONDS", 0.05)
        assert bucket.newest() is None


def breaking_off(error: Exception) -> Callable[..., Iterator[bytes]]:
    def chunks(*_: object) -> Iterator[bytes]:
        yield b"bef"
        raise error

    return chunks


def test_an_index_is_kept_and_loaded_again(snapshots: Snapshots) -> None:
    indexes = SavedIndexes(snapshots)
    assert indexes.load() is None
    indexes.save(indexed(customer(1)), 7)
    indexes.save(indexed(customer(1), customer(2)), 8)
    loaded = SavedIndexes(snapshots).load()
    assert loaded is not None
    index, moment = loaded
    assert (fuzzy(index, "Meyer"), moment) == ([customer_id(1), customer_id(2)], 8)


def test_a_file_that_is_no_index_is_as_none(snapshots: Snapshots) -> None:
    snapshots.replace(writing(b"half an ind"))
    assert SavedIndexes(snapshots).load() is None


def test_without_a_place_nothing_is_kept() -> None:
    assert snapshots_at("") is None
    indexes = SavedIndexes(snapshots_at(""))
    indexes.save(indexed(customer(1)), 7)
    assert indexes.load() is None


def test_a_place_is_a_folder(tmp_path: Path) -> None:
    place = snapshots_at(f"{tmp_path}/here")
    assert place is not None
    place.replace(writing(b"in a folder"))
    assert newest(FolderSnapshots(tmp_path / "here")) == b"in a folder"


@pytest.mark.parametrize(
    ("place", "prefix"),
    [("", ""), ("/a/b/", "a/b")],
)
def test_a_place_is_a_bucket_with_a_prefix(
    bucket: BucketSnapshots, place: str, prefix: str
) -> None:
    snapshots = snapshots_at(f"s3://{BUCKET}{place}")
    assert snapshots is not None
    snapshots.replace(writing(b"in a bucket"))
    assert newest(BucketSnapshots(BUCKET, prefix)) == b"in a bucket"
