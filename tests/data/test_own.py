import io
import tracemalloc
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from dbn.data import load
from dbn.data.class_order import split_by_class
from dbn.data.idx import write_idx
from dbn.errors import DbnError

IMAGES = np.random.default_rng(0).integers(0, 256, (24, 4, 4), dtype=np.uint8)
LABELS = (np.arange(24) // 8).astype(np.uint8)  # sorted by class, as own data often are


def save_npz(path: Path, **arrays: np.ndarray) -> Path:
    np.savez_compressed(path, **arrays)
    return path


def save_hdf5(path: Path, **arrays: np.ndarray) -> Path:
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[name] = array
    return path


def member(shape: tuple[int, ...], dtype: str, content: bytes) -> bytes:
    """Make a .npy file whose header may lie about its content."""
    stream = io.BytesIO()
    header = {"descr": np.dtype(dtype).str, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, header)
    return stream.getvalue() + content


def zipped(path: Path, compression: int = zipfile.ZIP_DEFLATED, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return path


def test_the_formats_give_the_same_set(tmp_path: Path) -> None:
    write_idx(tmp_path / "letters-images-idx3-ubyte.gz", IMAGES)
    write_idx(tmp_path / "letters-labels-idx1-ubyte", LABELS)
    sets = [
        load(save_npz(tmp_path / "letters.npz", images=IMAGES, labels=LABELS)),
        load(str(save_hdf5(tmp_path / "letters.h5", images=IMAGES.reshape(24, 16), labels=LABELS))),
        load(save_hdf5(tmp_path / "letters.hdf5", images=IMAGES, labels=LABELS.astype(float))),
        load(save_hdf5(tmp_path / "letters.H5", images=IMAGES[..., None], labels=LABELS)),
        load(save_npz(tmp_path / "letters.npz", x_train=IMAGES, y_train=LABELS)),
        load(tmp_path / "letters-images-idx3-ubyte.gz"),
    ]
    assert len({one.sha256 for one in sets}) == 1
    assert [one.name for one in sets] == [*["letters"] * 5, "letters-images-idx3-ubyte"]
    assert {one.image_shape for one in sets} == {(4, 4)}
    assert {one.n_classes for one in sets} == {3}


def test_the_last_sixth_of_each_class_is_tested(tmp_path: Path) -> None:
    own = load(save_npz(tmp_path / "letters.npz", images=IMAGES, labels=LABELS))
    np.testing.assert_array_equal(own.test.images, IMAGES[[7, 15, 23]].reshape(3, 16))
    assert own.test.labels.tolist() == [0, 1, 2]
    assert own.train.labels.tolist() == [0, 1, 2] * 7
    np.testing.assert_array_equal(own.train.images[:4], IMAGES[[0, 8, 16, 1]].reshape(4, 16))


def test_given_test_images_are_used_and_training_images_dealt_out(tmp_path: Path) -> None:
    dealt, _ = split_by_class(LABELS.astype(np.int64), np.zeros(LABELS.max() + 1, np.int64))
    arrays = {"images": IMAGES, "labels": LABELS, "test_images": IMAGES[::-1], "test_labels": LABELS[::-1]}
    write_idx(tmp_path / "train-images-idx3-ubyte", IMAGES)
    write_idx(tmp_path / "train-labels-idx1-ubyte", LABELS)
    write_idx(tmp_path / "t10k-images-idx3-ubyte.gz", IMAGES[::-1])
    write_idx(tmp_path / "t10k-labels-idx1-ubyte.gz", LABELS[::-1])
    for own in (
        load(tmp_path),
        load(save_npz(tmp_path / "a.npz", **arrays)),
        load(save_hdf5(tmp_path / "a.h5", **arrays)),
    ):
        np.testing.assert_array_equal(own.train.images, IMAGES.reshape(24, 16)[dealt])
        np.testing.assert_array_equal(own.train.labels, LABELS[dealt])
        np.testing.assert_array_equal(own.test.images, IMAGES[::-1].reshape(24, 16))
        assert own.test.labels.tolist() == LABELS[::-1].tolist()


@pytest.mark.parametrize(("save", "name"), [(save_npz, "some.npz"), (save_hdf5, "some.h5")])
def test_a_class_that_is_tested_alone_is_refused(save, name: str, tmp_path: Path) -> None:
    some = LABELS != 1
    path = save(tmp_path / name, images=IMAGES[some], labels=LABELS[some], test_images=IMAGES, test_labels=LABELS)
    with pytest.raises(DbnError, match=r"class 1 has test images alone; add some to learn from, or leave it out"):
        load(path)


def test_the_arrays_of_keras_are_known(tmp_path: Path) -> None:
    keras = {"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES[::8], "y_test": LABELS[::8]}
    ours = dict(zip(("images", "labels", "test_images", "test_labels"), keras.values(), strict=True))
    assert load(save_npz(tmp_path / "a.npz", **keras)).sha256 == load(save_npz(tmp_path / "b.npz", **ours)).sha256


def test_a_sorted_training_set_still_gives_a_validation_split_of_all_classes(tmp_path: Path) -> None:
    labels = np.repeat(np.arange(3), 8)
    images = np.zeros((24, 4, 4), np.uint8)
    arrays = {"images": images, "labels": labels, "test_images": images, "test_labels": labels}
    held_out = load(save_npz(tmp_path / "sorted.npz", **arrays)).hold_out(6).test
    assert np.bincount(held_out.labels).tolist() == [2, 2, 2]


def test_floating_point_stays_so(tmp_path: Path) -> None:
    own = load(save_npz(tmp_path / "a.npz", images=IMAGES / 255, labels=LABELS))
    assert own.train.images.dtype == np.float32
    np.testing.assert_array_equal(own.train.images[0], (IMAGES[0].ravel() / 255).astype(np.float32))
    wide = load(save_npz(tmp_path / "b.npz", images=np.full((6, 5), 0.5), labels=np.zeros(6)))
    assert wide.image_shape == (1, 5)


@pytest.mark.parametrize("save", [save_npz, save_hdf5])
@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"images": IMAGES}, "has no array labels"),
        ({"pictures": IMAGES}, "has no array images and no labels"),
        ({"images": IMAGES, "labels": LABELS, "test_images": IMAGES}, "only one of test_images and test_labels"),
        ({"images": IMAGES, "labels": LABELS + 1}, "the labels are 1, 2, 3, and classes are numbered 0"),
        ({"images": IMAGES, "labels": LABELS * 2}, "without gaps; renumber them"),
        ({"images": IMAGES, "labels": LABELS[1:]}, "24 images with labels of the shape"),
        ({"images": IMAGES * 1.0, "labels": LABELS}, "divide by the value of white"),
        ({"images": IMAGES[::8], "labels": LABELS[::8]}, "no class has two images"),
        ({"images": np.array(3.0), "labels": np.array(0)}, "images have the shape"),
    ],
)
def test_bad_arrays_are_refused(tmp_path: Path, save, arrays: dict, sentence: str) -> None:
    path = save(tmp_path / ("a.npz" if save is save_npz else "a.h5"), **arrays)
    with pytest.raises(DbnError, match=sentence) as caught:
        load(path)
    assert str(path) in str(caught.value)


def test_pickles_are_never_opened(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple:
            return (pytest.fail, ("a pickle was opened",))

    np.savez(tmp_path / "a.npz", images=np.array([Trap()], dtype=object), labels=LABELS)
    with pytest.raises(DbnError, match=r"images\.npy holds Python objects, which are never loaded"):
        load(tmp_path / "a.npz")


def test_false_sizes_in_a_npz_take_no_memory(tmp_path: Path) -> None:
    labels = member((1,), "u1", b"\0")
    huge = zipped(tmp_path / "huge.npz", images=member((10**9, 10**6), "f8", b"few"), labels=labels)
    bomb = zipped(tmp_path / "bomb.npz", images=member((2, 2), "u1", bytes(50 << 20)), labels=labels)
    tracemalloc.start()
    try:
        with pytest.raises(DbnError, match="says 8000000000000000 bytes of data and 3 are there"):
            load(huge)
        with pytest.raises(DbnError, match="says 4 bytes of data and more are there"):
            load(bomb)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_damaged_and_strange_npz_are_refused(tmp_path: Path) -> None:
    good = save_npz(tmp_path / "good.npz", images=IMAGES, labels=LABELS).read_bytes()
    path = tmp_path / "a.npz"
    for content in (b"", b"not a zip", good[:100], good[:-30], good[:200] + b"\xff" * 40 + good[240:]):
        path.write_bytes(content)
        with pytest.raises(DbnError, match=r"is not a \.npz file or is damaged"):
            load(path)
    with pytest.raises(DbnError, match="packed in an unusual way"):
        load(zipped(path, zipfile.ZIP_LZMA, images=member((1, 1), "u1", b"x")))
    with pytest.raises(DbnError, match=r"is not a \.npz file or is damaged"):
        load(zipped(path, images=b"\x93NUMPY\x01\x00\x08\x00((((((\n"))


def test_no_damage_to_a_file_escapes_as_another_error(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    write_idx(tmp_path / "images-idx3.gz", IMAGES)
    write_idx(tmp_path / "labels-idx1", LABELS)
    paths = [
        tmp_path / "images-idx3.gz",
        save_npz(tmp_path / "a.npz", images=IMAGES, labels=LABELS),
        save_hdf5(tmp_path / "a.h5", images=IMAGES, labels=LABELS),
    ]
    for path in paths:
        good = path.read_bytes()
        for _ in range(150):
            bad = bytearray(good)
            for at in rng.integers(0, len(bad), 3):
                bad[at] = rng.integers(256)
            path.write_bytes(bad)
            for given in (path, f"stream:{path}"):
                try:
                    load(given).sha256  # noqa: B018 -- reads every image
                except DbnError as error:
                    assert str(path) in str(error)  # noqa: PT017


def test_nothing_outside_an_hdf5_file_is_followed(tmp_path: Path) -> None:
    outside = save_hdf5(tmp_path / "outside.h5", images=IMAGES, labels=LABELS)
    (tmp_path / "raw").write_bytes(IMAGES.tobytes())
    layout = h5py.VirtualLayout(shape=(24, 16), dtype="u1")
    layout[:] = h5py.VirtualSource(save_hdf5(tmp_path / "flat.h5", flat=IMAGES.reshape(24, 16)), "flat", (24, 16))

    def soft(file: h5py.File) -> None:
        file["real"] = IMAGES
        file["images"] = h5py.SoftLink("/real")

    def external_link(file: h5py.File) -> None:
        file["images"] = h5py.ExternalLink(outside, "/images")

    def external_storage(file: h5py.File) -> None:
        file.create_dataset("images", (24, 16), "u1", external=[(str(tmp_path / "raw"), 0, 384)])

    def virtual(file: h5py.File) -> None:
        file.create_virtual_dataset("images", layout)

    def group(file: h5py.File) -> None:
        file.create_group("images")

    def text(file: h5py.File) -> None:
        file["images"] = ["one", "two"]

    def contiguous(file: h5py.File) -> None:
        file.create_dataset("images", (10**9, 10**6), "f8")

    def chunked(file: h5py.File) -> None:
        file.create_dataset("images", (10**9, 10**6), "f8", chunks=(1, 10**6), compression="gzip")

    for store, sentence in (
        (soft, "images is a link"),
        (external_link, "images is a link"),
        (external_storage, "images is kept in other files"),
        (virtual, "images is kept in other files"),
        (group, "images is a group"),
        (text, "images holds object, not numbers"),
        (contiguous, "not all were written"),
        (chunked, "not all were written"),
    ):
        path = tmp_path / f"{store.__name__}.h5"
        with h5py.File(path, "w") as file:
            file["labels"] = LABELS
            store(file)
        with pytest.raises(DbnError, match=sentence):
            load(path)


def test_a_compressed_hdf5_file_is_read(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("images", data=IMAGES, chunks=(5, 4, 3), compression="gzip", shuffle=True)
        file.create_dataset("labels", data=LABELS, chunks=(7,), fletcher32=True)
    plain = load(save_npz(tmp_path / "a.npz", images=IMAGES, labels=LABELS))
    assert load(tmp_path / "a.h5").sha256 == plain.sha256


def test_damaged_hdf5_is_refused(tmp_path: Path) -> None:
    path = save_hdf5(tmp_path / "a.h5", images=IMAGES, labels=LABELS)
    for content in (b"", b"not HDF5", path.read_bytes()[:600]):
        path.write_bytes(content)
        with pytest.raises(DbnError, match="is not an HDF5 file or is damaged"):
            load(path)


def test_incomplete_folders_and_pairs_are_told(tmp_path: Path) -> None:
    write_idx(tmp_path / "train-images-idx3-ubyte", IMAGES)
    with pytest.raises(DbnError, match="has no train-labels-idx1-ubyte and no t10k-images"):
        load(tmp_path)
    with pytest.raises(DbnError, match=r"put them into train-labels-idx1-ubyte or train-labels-idx1-ubyte\.gz"):
        load(tmp_path / "train-images-idx3-ubyte")
    (tmp_path / "notes.txt").touch()
    with pytest.raises(DbnError, match=r"notes\.txt is of no known kind"):
        load(tmp_path / "notes.txt")


def test_test_images_of_another_shape_are_refused(tmp_path: Path) -> None:
    flat = IMAGES.reshape(len(IMAGES), -1)
    np.savez(tmp_path / "two.npz", images=IMAGES, labels=LABELS, test_images=flat[:, None], test_labels=LABELS)
    with pytest.raises(DbnError, match=f"and test images 1 x {flat.shape[1]}; store images of one size"):
        load(str(tmp_path / "two.npz"))
