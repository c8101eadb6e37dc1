import gzip
import hashlib
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dbn.data.idx import check_idx, read_idx, write_idx
from dbn.errors import DbnError

LABELS = b"\0\0\x08\x01" + struct.pack(">I", 3) + bytes([5, 0, 4])
PACKED = gzip.compress(LABELS, mtime=0)


def header(*shape: int) -> bytes:
    return struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape)


@given(
    array=arrays.arrays(np.uint8, arrays.array_shapes(max_dims=4, max_side=6)),
    name=st.sampled_from(["a", "a.gz"]),
)
def test_what_is_written_is_read(array: np.ndarray, name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("idx") / name
    write_idx(path, array)
    np.testing.assert_array_equal(read_idx(path, ndim=array.ndim), array)


def test_the_format_is_that_of_mnist(tmp_path: Path) -> None:
    path = tmp_path / "labels"
    write_idx(path, np.array([5, 0, 4], dtype=np.uint8))
    assert path.read_bytes() == LABELS


def test_an_array_larger_than_a_block_is_read_whole(tmp_path: Path) -> None:
    array = np.random.default_rng(0).integers(0, 256, (3, 1000, 700), dtype=np.uint8)
    write_idx(tmp_path / "a", array)
    np.testing.assert_array_equal(read_idx(tmp_path / "a"), array)


def test_the_same_array_gives_the_same_packed_bytes(tmp_path: Path) -> None:
    array = np.arange(6, dtype=np.uint8).reshape(1, 2, 3)
    write_idx(tmp_path / "one.gz", array)
    write_idx(tmp_path / "two.gz", array)
    packed = (tmp_path / "one.gz").read_bytes()
    assert packed == (tmp_path / "two.gz").read_bytes()
    assert packed[4:8] == b"\0\0\0\0"  # the time


def test_the_order_in_memory_does_not_matter(tmp_path: Path) -> None:
    array = np.arange(6, dtype=np.uint8).reshape(2, 3).T
    write_idx(tmp_path / "a", array)
    np.testing.assert_array_equal(read_idx(tmp_path / "a"), array)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is not an IDX file: it begins with nothing"),
        (b"PNG\r\n\x1a\n", "is not an IDX file: it begins with 50 4e 47 0d"),
        (b"\0\0\x08\x00", "is not an IDX file"),
        (b"\0\0\x0d\x01\0\0\0\x01\0\0\0\0", "holds numbers of type 0x0d"),
        (b"\0\0\x08\x03\0\0", "ends within its header"),
        (header(0), r"its header says the shape \(0,\)"),
        (LABELS[:-1], "is truncated: its header says 3 bytes of data and 2 are there"),
        (LABELS + b"x", "goes on after the 3 bytes"),
        (gzip.compress(LABELS[:-1], mtime=0), "is truncated"),
        (gzip.compress(LABELS + b"x", mtime=0), "goes on after"),
        (PACKED[:-6], "is a damaged gzip file"),
        (PACKED + b"tail", "is a damaged gzip file"),
        (PACKED[:10] + b"\xff" * 8, "is a damaged gzip file"),
        (PACKED[:-8] + bytes(8), "is a damaged gzip file"),
    ],
)
def test_a_bad_file_is_named_with_the_problem(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "bad-labels"
    path.write_bytes(content)
    with pytest.raises(DbnError, match=sentence) as caught:
        read_idx(path)
    assert str(path) in str(caught.value)


def test_swapped_files_are_told(tmp_path: Path) -> None:
    write_idx(tmp_path / "images", np.zeros((2, 3, 3), np.uint8))
    write_idx(tmp_path / "labels", np.zeros(2, np.uint8))
    with pytest.raises(DbnError, match=r"images holds images, where labels were expected; .* swapped"):
        read_idx(tmp_path / "images", ndim=1)
    with pytest.raises(DbnError, match="labels holds labels, where images were expected"):
        read_idx(tmp_path / "labels", ndim=3)


def test_a_folder_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(DbnError, match="cannot be read"):
        read_idx(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(header(2**32 - 1, 2**32 - 1, 2**32 - 1) + b"few", id="header says 10^28 bytes"),
        pytest.param(gzip.compress(header(2**31, 28, 28) + b"few"), id="packed header says 10^12 bytes"),
        pytest.param(gzip.compress(header(3) + bytes(50 << 20)), id="3 bytes unpack to 50 MiB"),
    ],
)
def test_a_false_size_takes_no_memory(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(content)
    tracemalloc.start()
    try:
        with pytest.raises(DbnError, match=r"truncated|goes on after"):
            read_idx(path)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_the_sum_is_of_the_content_or_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "labels.gz"
    path.write_bytes(PACKED)
    content, packed = (hashlib.sha256(one).hexdigest() for one in (LABELS, path.read_bytes()))
    assert check_idx(path, sha256={content}) == (3,)
    assert check_idx(path, sha256={packed}) == (3,)
    with pytest.raises(DbnError, match="is not the published file: its SHA-256 is another; delete it"):
        check_idx(path, sha256={"0" * 64})


@pytest.mark.parametrize("array", [np.zeros((2, 2)), np.zeros((0, 2), np.uint8), np.array(3, np.uint8)])
def test_only_bytes_are_written(tmp_path: Path, array: np.ndarray) -> None:
    with pytest.raises(DbnError):
        write_idx(tmp_path / "a", array)
    assert not list(tmp_path.iterdir())
