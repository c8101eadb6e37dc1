import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dbn.data import load
from dbn.data.idx import read_idx, write_idx
from dbn.data.places import EMBEDDED, find_file, find_set, home, places
from dbn.data.registry import QUADRUPLE, SETS, known
from dbn.errors import DbnError

IMAGE_SHAPES = {"train-images-idx3-ubyte": (1, 28, 28), "t10k-images-idx3-ubyte": (1, 28, 28)}


def put_blank_set(folder: Path, suffix: str = ".gz") -> Path:
    folder.mkdir(parents=True)
    for name in QUADRUPLE:
        write_idx(folder / f"{name}{suffix}", np.zeros(IMAGE_SHAPES.get(name, (1,)), np.uint8))
    return folder


def test_places_are_searched_in_the_documented_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pooch

    checkout = tmp_path / "checkout"
    monkeypatch.setattr("dbn.data.places.PACKAGE", checkout / "dbn")
    (checkout / "data").mkdir(parents=True)
    (checkout / "data" / "README.md").touch()
    (checkout / "pyproject.toml").touch()
    monkeypatch.setenv("DBN_DATA", str(tmp_path / "variable"))
    order = [tmp_path / "argument", tmp_path / "variable", checkout / "data", pooch.os_cache("dbn")]
    assert places(tmp_path / "argument") == order
    for place in reversed(order):
        put_blank_set(place / "kmnist")
        assert find_set(known("kmnist"), tmp_path / "argument") == place / "kmnist"


def test_an_installed_package_is_searched_but_never_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pooch

    monkeypatch.setattr("dbn.data.places.PACKAGE", tmp_path / "site-packages" / "dbn")
    (tmp_path / "site-packages" / "data").mkdir(parents=True)
    (tmp_path / "site-packages" / "data" / "README.md").touch()  # another package's
    assert places(None) == [EMBEDDED, pooch.os_cache("dbn")]
    assert home(None) == pooch.os_cache("dbn")
    assert home(tmp_path) == tmp_path


def test_without_a_home_the_embedded_digits_are_found_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_home(name: str) -> Path:
        raise RuntimeError("could not determine the home directory")

    monkeypatch.setattr("pooch.os_cache", no_home)
    assert find_set(known("mnist-5k"), None) is not None
    monkeypatch.setattr("dbn.data.places.PACKAGE", tmp_path / "site-packages" / "dbn")
    assert places(None) == [EMBEDDED]
    with pytest.raises(DbnError, match="no home folder to keep data sets in; name a folder with --data-dir"):
        home(None)
    monkeypatch.setenv("DBN_DATA", "~nobody-of-that-name/data")
    with pytest.raises(DbnError, match="no such home folder; name a folder that is there"):
        places(None)


def test_a_folder_that_is_not_ours_to_see_holds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Any, **options: Any) -> Any:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("os.stat", refused)
    assert find_file(tmp_path, "train-images-idx3-ubyte") is None


def test_a_folder_with_some_of_the_files_is_passed_over(tmp_path: Path) -> None:
    partial = put_blank_set(tmp_path / "one" / "kmnist")
    (partial / "t10k-labels-idx1-ubyte.gz").unlink()
    assert find_set(known("kmnist"), tmp_path / "one") is None
    put_blank_set(tmp_path / "two" / "kmnist", suffix="")
    assert find_set(known("kmnist"), tmp_path / "two") == tmp_path / "two" / "kmnist"


def test_a_set_that_is_not_here_is_told_with_the_command(tmp_path: Path) -> None:
    with pytest.raises(DbnError, match="kmnist is not on this machine; run `dbn data fetch kmnist`, or") as caught:
        load("kmnist", data_dir=tmp_path)
    assert str(tmp_path / "kmnist") in str(caught.value)


def test_a_found_set_is_checked_against_its_sum(tmp_path: Path) -> None:
    put_blank_set(tmp_path / "mnist")
    with pytest.raises(DbnError, match=r"train-images-idx3-ubyte\.gz is not the published file"):
        load("mnist", data_dir=tmp_path)


def test_wrong_names_and_paths_are_told(tmp_path: Path) -> None:
    with pytest.raises(DbnError, match=r"no data set 'fashion'; did you mean fashion-mnist\? Known are"):
        load("fashion")
    with pytest.raises(DbnError, match="no data set 'cifar10'; known are mnist-5k, mnist, fashion-mnist, kmnist"):
        load("cifar10")
    for path in (tmp_path / "letters.npz", str(tmp_path / "letters"), "letters.npz", Path("letters")):
        with pytest.raises(DbnError, match=r"there is no file .*letters"):
            load(path)


def test_the_embedded_digits_are_balanced_and_known() -> None:
    digits = load("mnist-5k")
    assert digits.name == "mnist-5k"
    assert digits.image_shape == (28, 28)
    assert digits.n_classes == 10
    assert np.bincount(digits.train.labels).tolist() == [400] * 10
    assert np.bincount(digits.test.labels).tolist() == [100] * 10
    assert digits.train.labels.tolist() == list(range(10)) * 400
    assert digits.test.labels.tolist() == list(range(10)) * 100
    assert np.bincount(digits.hold_out(500).test.labels).tolist() == [50] * 10
    assert digits.sha256 == "93b5b029008fc2e4dac24a29c4712818344119deebc0248427b61b025f97d939"


def test_the_embedded_digits_are_the_first_500_of_each_in_mnist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # here the machine's own places do matter
    folder = find_set(SETS["mnist"], None)
    if folder is None:
        pytest.skip("mnist is not on this machine")
    mnist, digits = load("mnist"), load("mnist-5k")
    rows = np.stack([np.flatnonzero(mnist.train.labels == k)[:500] for k in range(10)], axis=1)
    np.testing.assert_array_equal(digits.train.images, mnist.train.images[rows[:400].ravel()])
    np.testing.assert_array_equal(digits.test.images, mnist.train.images[rows[400:].ravel()])
    tested = {image.tobytes() for image in mnist.test.images}
    assert not any(image.tobytes() in tested for image in digits.train.images)
    assert not any(image.tobytes() in tested for image in digits.test.images)


def test_scikit_learn_s_digits_are_split_by_class() -> None:
    from sklearn.datasets import load_digits

    digits, source = load("digits"), load_digits()
    assert (len(digits.train), len(digits.test)) == (1437, 360)
    assert np.bincount(digits.test.labels).tolist() == [36] * 10
    assert digits.train.images.dtype == np.float32
    last_zero = np.flatnonzero(source.target == 0)[-1]
    np.testing.assert_array_equal(digits.test.images[350], source.data[last_zero] / 16)
    assert digits.train.images.max() == 1


@pytest.mark.parametrize("entry", SETS.values(), ids=SETS)
def test_the_registry_is_whole(entry) -> None:
    for file in entry.files:
        assert file.sums
        assert all(len(bytes.fromhex(one)) == hashlib.sha256().digest_size for one in file.sums)
    assert tuple(file.name for file in entry.files) in ((), QUADRUPLE)
    if entry.mirrors:
        assert len(entry.mirrors) >= 2
        assert all(mirror.endswith("/") for mirror in entry.mirrors)
        assert all(file.packed for file in entry.files)


def test_files_given_by_their_folder_equal_the_named_set() -> None:
    folder = find_set(known("mnist-5k"), None)
    assert folder is not None
    assert load(folder).sha256 == load("mnist-5k").sha256
    assert read_idx(folder / "t10k-labels-idx1-ubyte.gz")[:3].tolist() == [0, 1, 2]
