from pathlib import Path

import numpy as np
import pytest

from dbn.data import catalogue, describe


def test_the_catalogue_says_what_is_here(tmp_path: Path) -> None:
    (tmp_path / "kmnist").mkdir()
    found = {entry.name: where for entry, where in catalogue(data_dir=tmp_path)}
    assert Path(str(found["mnist-5k"])).name == "mnist-5k"
    assert found["digits"] == "scikit-learn"
    assert found["kmnist"] is None


def test_the_figures_of_own_data(tmp_path: Path) -> None:
    images = np.array([[0, 51, 102, 0]] * 5 + [[0, 0, 0, 255]] * 2, dtype=np.uint8)
    np.savez(tmp_path / "a.npz", images=images, labels=[0] * 5 + [1] * 2)
    figures = describe(tmp_path / "a.npz")
    assert figures.found == str(tmp_path / "a.npz")
    assert figures.image_shape == (2, 2)
    assert figures.train_per_class == (4, 1)
    assert figures.test_per_class == (1, 1)
    assert figures.pixel_range == (0, 255)
    assert figures.mean_intensity == pytest.approx((4 * 0.15 + 0.25) / 5)


def test_the_figures_of_floating_point_data() -> None:
    figures = describe("digits")
    assert figures.dtype == "float32"
    assert figures.pixel_range == (0, 1)
    assert figures.mean_intensity == pytest.approx(0.3055, abs=5e-4)
    assert figures.found == "scikit-learn"
    assert sum(figures.train_per_class) == 1437
