import numpy as np
import pytest

from dbn.data.intensity import to_visible
from dbn.errors import DbnError
from dbn.ops.numpy import Rng

BYTES = np.array([[0, 51, 127, 128, 255]], dtype=np.uint8)


def test_real_is_the_pixel_as_a_part_of_white() -> None:
    v = to_visible(BYTES, "real", None)
    assert v.dtype == np.float32
    np.testing.assert_array_equal(v, np.array([[0, 51, 127, 128, 255]], np.float32) / np.float32(255))
    assert v[0, 4] == 1


def test_floats_are_kept_and_the_caller_s_array_is_not_shared() -> None:
    images = np.array([[0.0, 0.3, 1.0]], dtype=np.float32)
    v = to_visible(images, "real", None)
    np.testing.assert_array_equal(v, images)
    assert not np.shares_memory(v, images)


def test_threshold_is_at_one_half() -> None:
    assert to_visible(BYTES, "threshold", None).tolist() == [[0, 0, 0, 1, 1]]
    assert to_visible(np.array([[0.5, 0.51]], np.float32), "threshold", None).tolist() == [[0, 1]]


def test_sampled_is_on_as_often_as_the_pixel_is_bright_and_new_each_time() -> None:
    rng = Rng(0, "pixels")
    images = np.repeat(BYTES, 20_000, axis=0)
    first, second = (to_visible(images, "sampled", rng) for _ in range(2))
    assert set(np.unique(first)) == {0, 1}
    p = BYTES[0] / 255
    np.testing.assert_allclose(first.mean(axis=0), p, atol=5 * 0.5 / np.sqrt(20_000))
    assert not first[:, 0].any()
    assert first[:, 4].all()
    agree = p[2] ** 2 + (1 - p[2]) ** 2  # what two independent draws have in common
    assert np.mean(first[:, 2] == second[:, 2]) == pytest.approx(agree, abs=0.02)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(DbnError, match="no intensity 'binary'; known are real, sampled, threshold"):
        to_visible(BYTES, "binary", None)  # type: ignore[arg-type]
    with pytest.raises(DbnError, match="pass an rng"):
        to_visible(BYTES, "sampled", None)
