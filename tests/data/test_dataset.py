import numpy as np
import pytest

from dbn.data.dataset import Dataset, Split, check_split
from dbn.errors import DbnError


def counted(n: int) -> Split:
    """Give image i the pixels 2i and 2i + 1, and the label i mod 2."""
    return Split(np.arange(2 * n, dtype=np.uint8).reshape(n, 2), np.arange(n) % 2)


def test_rows_are_taken_from_images_and_labels_alike() -> None:
    rows = counted(5)[np.array([3, 0])]
    np.testing.assert_array_equal(rows.images, [[6, 7], [0, 1]])
    assert rows.labels.tolist() == [1, 0]
    assert len(counted(5)[1:4]) == 3


def test_the_last_training_images_are_held_out() -> None:
    whole = Dataset.of("counted", counted(10), counted(3), (1, 2), 2)
    held = whole.hold_out(4)
    np.testing.assert_array_equal(held.train.images, counted(10).images[:6])
    np.testing.assert_array_equal(held.test.images, counted(10).images[6:])
    assert held.test.labels.tolist() == [0, 1, 0, 1]
    assert held.sha256 != whole.sha256
    assert held.sha256 == whole.hold_out(4).sha256


@pytest.mark.parametrize("n", [-1, 0, 10, 11])
def test_a_hold_out_that_leaves_nothing_is_refused(n: int) -> None:
    with pytest.raises(DbnError, match=r"cannot be held out; choose 1 to 9"):
        Dataset.of("counted", counted(10), counted(3), (1, 2), 2).hold_out(n)


def test_the_digest_is_of_pixels_labels_and_shapes() -> None:
    base = Dataset.of("a", counted(4), counted(2), (1, 2), 2)
    pixel, label = counted(4), counted(4)
    pixel.images[3, 1] += 1
    label.labels[3] = 0
    others = [
        Dataset.of("a", pixel, counted(2), (1, 2), 2),
        Dataset.of("a", label, counted(2), (1, 2), 2),
        Dataset.of("a", counted(2), counted(4), (1, 2), 2),
        Dataset.of("a", counted(4), counted(2), (2, 1), 2),
        Dataset.of("a", counted(4), counted(2)[::-1], (1, 2), 2),
    ]
    assert len({base.sha256, *(other.sha256 for other in others)}) == 6
    fortran = Split(np.asfortranarray(counted(4).images), counted(4).labels)
    assert Dataset.of("another name", fortran, counted(2), (1, 2), 2).sha256 == base.sha256


def test_splits_that_do_not_fit_are_refused() -> None:
    floats = Split(np.zeros((2, 2), np.float32), np.zeros(2, np.int64))
    with pytest.raises(DbnError, match="training images are uint8 and test images float32"):
        Dataset.of("a", counted(4), floats, (1, 2), 2)
    wide = Split(np.zeros((2, 3), np.uint8), np.zeros(2, np.int64))
    with pytest.raises(DbnError, match="test images have 3 pixels, not 1 x 2"):
        Dataset.of("a", counted(4), wide, (1, 2), 2)


def test_a_good_split_keeps_its_values() -> None:
    pixels = np.array([[[0, 128], [255, 7]]], dtype=np.uint8)
    split = check_split(pixels, np.array([2.0]), 3, where="here")
    assert split.images.dtype == np.uint8
    assert split.images.tolist() == [[0, 128, 255, 7]]
    assert split.labels.dtype == np.int64
    assert split.labels.tolist() == [2]
    real = check_split(np.array([[0.0, 0.25, 1.0]]), np.array([0]), 1, where="here")
    assert real.images.dtype == np.float32
    assert real.images.tolist() == [[0.0, 0.25, 1.0]]


@pytest.mark.parametrize(
    ("images", "labels", "sentence"),
    [
        ([[0.0, 255.0]], [0], "pixels reach 255, .*; divide by the value of white"),
        ([[0.0, 1020.0]], [0], "divide by 1020"),
        ([[-1.0, 1.0]], [0], "go down to -1; rescale"),
        ([[0.0, np.nan]], [0], "NaN"),
        ([[0.0, np.inf]], [0], "some pixels are infinite; repair or leave out"),
        ([[0, 255]], [0], "pixels are int64; store them as uint8"),
        ([[True, False]], [0], "pixels are bool"),
        (np.array([[0, 1]], np.uint8), [0], "bytes up to 1, .*; multiply them by 255"),
        (np.array([[3, 16]], np.uint8), [0], "bytes up to 16, .*; multiply them by 15"),
        ([0.0, 1.0], [0, 1], r"images have the shape \(2,\)"),
        (np.zeros((1, 2, 2, 3)), [0], "grey"),
        (np.zeros((0, 4)), [], r"images have the shape \(0, 4\)"),
        ([[0.5]], [0, 1], r"1 images with labels of the shape \(2,\); give one label an image"),
        ([[0.5]], [[0, 1]], r"labels of the shape \(1, 2\)"),
        ([[0.5]], [0.5], "not all whole numbers"),
        ([[0.5]], [np.nan], "not all whole numbers"),
        ([[0.5]], ["a"], "not all whole numbers"),
        ([[0.5]], [True], "not all whole numbers"),
        ([[0.5]], [-1], "a label is -1, and 3 classes have the labels 0 to 2"),
        ([[0.5], [0.5]], [0, 3], "a label is 3"),
    ],
)
def test_bad_data_are_refused_with_a_remedy(images: object, labels: object, sentence: str) -> None:
    with pytest.raises(DbnError, match=sentence) as caught:
        check_split(np.asarray(images), np.asarray(labels), 3, where="scan.npz")
    assert str(caught.value).startswith("scan.npz: ")
    assert ";" in str(caught.value)
