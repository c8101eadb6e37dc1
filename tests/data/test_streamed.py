"""Images that stay in their file are those that a whole reading gives; what cannot be streamed is refused."""

import os
import pickle
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from dbn.data import load
from dbn.data.dataset import Dataset, Split
from dbn.data.describe import describe
from dbn.data.own import load_streamed
from dbn.data.streamed import Streamed, stream
from dbn.errors import DbnError

IMAGES = np.random.default_rng(0).integers(0, 256, (100, 4, 4), dtype=np.uint8)
LABELS = (np.arange(100) % 3).astype(np.uint8)
FLAT = IMAGES.reshape(100, 16)


def save(path: Path, chunks: Any = None, compression: str | None = None, **arrays: np.ndarray) -> Path:
    """Write images and labels, or others in their places."""
    with h5py.File(path, "w") as file:
        for name, array in {"images": IMAGES, "labels": LABELS, **arrays}.items():
            chunked = {"chunks": chunks, "compression": compression} if name == "images" else {}
            file.create_dataset(name, data=array, **chunked)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "letters.h5"


@pytest.mark.parametrize("chunks", [None, (1, 4, 4), (6, 3, 2), (7, 4, 4)])
@pytest.mark.parametrize("buffer_bytes", [480, 1000, 10**6])
def test_any_rows_are_those_of_the_file(path: Path, chunks: Any, buffer_bytes: int) -> None:
    images = stream(save(path, chunks, chunks and "gzip"), ("images",), buffer_bytes)["images"]
    rng = np.random.default_rng(1)
    for _ in range(50):
        rows = rng.integers(0, 100, rng.integers(0, 60))
        found = images[rows]
        assert found.dtype == np.uint8
        np.testing.assert_array_equal(found, FLAT[rows])
        found[:] = 0  # is nobody else's
    part = images[20:70][5:]
    assert part.shape == (45, 16)
    np.testing.assert_array_equal(np.asarray(part[10:20]), FLAT[35:45])
    np.testing.assert_array_equal(part[np.array([44, 0])], FLAT[[69, 25]])
    with pytest.raises(IndexError, match="rows from 0 to 45 of 45 images"):
        part[np.array([0, 45])]
    with pytest.raises(DbnError, match="take a slice without a step"):
        part[::-1]


def test_blocks_are_whole_chunks_and_cover_every_row_once(path: Path) -> None:
    images = stream(save(path, (6, 4, 4)), ("images",), 1000)["images"]
    assert (images.blocks.edges.tolist(), images.blocks.held) == ([*range(0, 100, 12), 100], 5)
    assert images[20:49].blocks.edges.tolist() == [0, 4, 16, 28, 29]
    assert images[13:14].blocks.edges.tolist() == [0, 1]
    everything = stream(path, ("images",))["images"].blocks
    assert (everything.edges.tolist(), everything.held) == ([0, 100], 1)


def test_each_block_is_read_once_while_its_rows_are_taken_together(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images, read = stream(save(path, (5, 4, 4)), ("images",), 640)["images"], []
    original = h5py.Dataset.read_direct
    monkeypatch.setattr(h5py.Dataset, "read_direct", lambda *a: (read.append(a[2].start), original(*a)))
    rng = np.random.default_rng(0)
    rows = np.concatenate([begin + rng.permutation(40) for begin in (40, 0)])
    for at in range(0, 80, 8):
        np.testing.assert_array_equal(images[rows[at : at + 8]], FLAT[rows[at : at + 8]])
    assert sorted(read) == list(range(0, 80, 10))


def test_another_process_opens_the_file_anew(path: Path) -> None:
    part = pickle.loads(pickle.dumps(stream(save(path), ("images",), 640)["images"][20:70]))  # noqa: S301
    assert part.blocks.held == 4
    np.testing.assert_array_equal(np.asarray(part), FLAT[20:70])


def test_a_streamed_set_is_the_file_in_its_order(path: Path) -> None:
    own = load(f"stream:{save(path)}")
    assert isinstance(own.train.images, Streamed)
    assert (own.name, own.image_shape, own.n_classes, len(own.train), len(own.test)) == ("letters", (4, 4), 3, 84, 16)
    cut = LABELS.astype(np.int64)
    expected = Dataset.of("a", Split(FLAT[:84], cut[:84]), Split(FLAT[84:], cut[84:]), (4, 4), 3)
    assert own.sha256 == expected.sha256
    held = own.hold_out(10)
    assert isinstance(held.train.images, Streamed)
    np.testing.assert_array_equal(np.asarray(held.test.images), FLAT[74:84])
    assert held.test.labels.tolist() == cut[74:84].tolist()
    assert held.sha256 == expected.hold_out(10).sha256


def test_given_test_images_are_used(path: Path) -> None:
    own = load(f"stream:{save(path, images=FLAT, test_images=FLAT[::-1], test_labels=LABELS[::-1])}")
    np.testing.assert_array_equal(np.asarray(own.train.images), FLAT)
    np.testing.assert_array_equal(np.asarray(own.test.images), FLAT[::-1])
    assert own.test.labels.tolist() == LABELS[::-1].tolist()


def test_figures_of_a_streamed_set(path: Path) -> None:
    told = describe(f"stream:{save(path)}")
    assert told.pixel_range == (FLAT.min(), FLAT.max())
    assert told.mean_intensity == pytest.approx(FLAT[:84].mean() / 255)
    assert (told.train_per_class, told.found) == ((28, 28, 28), str(path))


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"images": IMAGES / 255}, "images holds float64, and only bytes are streamed; store uint8"),
        ({"images": IMAGES[:, 0, 0]}, r"images has the shape \(100,\); store grey images"),
        ({"images": IMAGES[:0]}, r"images has the shape \(0, 4, 4\)"),
        ({"images": IMAGES % 2}, "pixels are bytes up to 1"),
        ({"labels": LABELS[1:]}, "100 images with labels of the shape .99,.; give one label an image"),
        ({"labels": LABELS + 1}, "the labels are 1, 2, 3, and classes are numbered 0, 1, 2"),
        ({"labels": np.sort(LABELS)}, "the last sixth of the images has not all 3 classes; shuffle images and labels"),
        ({"test_images": IMAGES}, "has only one of test_images and test_labels"),
        (
            {"test_images": IMAGES[:, :2], "test_labels": LABELS},
            "training images are 4 x 4 pixels, and test images 2 x 4; store images of one size",
        ),
    ],
)
def test_what_cannot_be_streamed_is_refused(path: Path, arrays: dict[str, np.ndarray], sentence: str) -> None:
    with pytest.raises(DbnError, match=sentence):
        load(f"stream:{save(path, **arrays)}")


def test_other_files_than_whole_hdf5_are_refused(path: Path) -> None:
    with pytest.raises(DbnError, match=r"there is no file .*letters\.h5; check the path"):
        load(f"stream:{path}")
    with pytest.raises(DbnError, match="there is no file mnist; check the path"):
        load("stream:mnist")
    whole = save(path).read_bytes()
    path.write_bytes(whole[:-200])
    with pytest.raises(DbnError, match=r"is not an HDF5 file or is damaged \(.*truncated"):
        load(f"stream:{path}")
    other = path.rename(path.with_suffix(".npz"))
    with pytest.raises(DbnError, match="is no HDF5 file, of which alone images are streamed"):
        load(f"stream:{other}")
    with h5py.File(path, "w") as file:
        file["labels"] = LABELS
        file["images"] = h5py.SoftLink("/labels")
    with pytest.raises(DbnError, match="images is a link, and links are not followed"):
        load(f"stream:{path}")


def test_chunks_that_are_too_large_are_refused(path: Path) -> None:
    with pytest.raises(DbnError, match=r"stored in chunks of 0\.0004 MB, and of streamed images 0\.001 MB are held"):
        load_streamed(save(path, (25, 4, 4)), buffer_bytes=1000)


def test_all_images_at_once_are_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = load_streamed(save(path), buffer_bytes=640)
    monkeypatch.setattr("dbn.data.streamed.MOST_BYTES", 83 * 16)
    np.testing.assert_array_equal(np.asarray(own.train.images[1:]), FLAT[1:84])
    with pytest.raises(DbnError, match="84 images are wanted in memory at once, and streamed ones are for learning"):
        np.asarray(own.train.images)


def test_a_file_that_breaks_while_it_is_read_is_told(path: Path) -> None:
    images = load_streamed(save(path, (10, 4, 4), "gzip", images=IMAGES // 128 * 255), buffer_bytes=640).train.images
    with path.open("r+b") as file:
        file.write(b"\xff" * path.stat().st_size)
    with pytest.raises(DbnError, match=r"letters\.h5, images cannot be read any more .*; write the file again"):
        np.asarray(images)


@pytest.mark.parametrize("change", [lambda file: file.truncate(1000), lambda file: file.write(b"\x89HDF")])
def test_a_file_that_changes_while_it_is_read_is_told(path: Path, change: Any) -> None:
    """HDF5 itself would read zeros beyond the new end."""
    os.utime(save(path), ns=(0, 0))
    images = load_streamed(path, buffer_bytes=640).train.images
    assert images[np.arange(10)].any()
    with path.open("r+b") as file:
        change(file)
    with pytest.raises(DbnError, match=r"images changed while it was read; leave the file alone and begin again"):
        images[np.arange(20, 30)]


def test_a_file_of_more_than_half_the_memory_is_to_be_streamed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(path)
    pages = {"SC_PAGE_SIZE": 1, "SC_PHYS_PAGES": 2 * (FLAT.nbytes + LABELS.nbytes)}
    monkeypatch.setattr("os.sysconf", pages.__getitem__)
    assert len(load(path).train) == 85
    pages["SC_PHYS_PAGES"] -= 1
    with pytest.raises(DbnError, match=r"1\.7e-06 GB of arrays, more than half .* give it as stream:.*letters\.h5"):
        load(path)
    assert len(load(f"stream:{path}").train) == 84


def test_rows_may_be_chosen_by_truth_values(path: Path) -> None:
    images = np.arange(40, dtype=np.uint8).reshape(10, 4)
    save(path, images=images)
    streamed = stream(path, ("images",))["images"]
    wanted = np.arange(10) % 3 == 0
    np.testing.assert_array_equal(streamed[wanted], images[wanted])
    np.testing.assert_array_equal(streamed[1:][wanted[1:]], images[1:][wanted[1:]])
    np.testing.assert_array_equal(streamed[[3, 1]], images[[3, 1]])  # type: ignore[call-overload]
    for rows in (wanted[:9], np.array([0.5]), 3):
        with pytest.raises(DbnError, match="rows of streamed images are a slice, numbers"):
            streamed[rows]  # type: ignore[call-overload]
