import dataclasses
import gzip
import hashlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from dbn.data import fetch, load
from dbn.data.idx import write_idx
from dbn.data.registry import QUADRUPLE, SETS, File
from dbn.errors import DbnError

NOBODY = "http://127.0.0.1:9/"  # the discard port: nothing listens there


class Mirror(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, notes what was asked for, and breaks off in the files named in `broken`."""

    asked: list[str]
    broken: set[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        assert self.headers["Accept-Encoding"] == "identity"
        if self.path in self.broken:
            self.send_response(200)
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            self.wfile.write(b"\x1f\x8b half")
        else:
            super().do_GET()

    def log_message(self, *args: object) -> None:
        pass


@dataclasses.dataclass
class Served:
    folder: Path
    url: str
    asked: list[str]
    broken: set[str]


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Served]:
    folder = tmp_path / "mirror"
    for sub in ("good", "wrong"):
        (folder / sub).mkdir(parents=True)
        for seed, name in enumerate(QUADRUPLE):
            rng = np.random.default_rng(seed)
            array = rng.integers(2, 250, (2, 28, 28)) if "idx3" in name else rng.integers(0, 10, 2)
            write_idx(folder / sub / f"{name}.gz", (array + (sub == "wrong")).astype(np.uint8))
    asked: list[str] = []
    broken: set[str] = set()

    class Handler(Mirror):
        def __init__(self, *args: object) -> None:
            self.asked, self.broken = asked, broken
            super().__init__(*args, directory=str(folder))  # type: ignore[arg-type]

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield Served(folder, f"http://127.0.0.1:{server.server_port}/", asked, broken)
        server.shutdown()
        thread.join()


@pytest.fixture
def register(mirror: Served, monkeypatch: pytest.MonkeyPatch):
    """Register the mirror's good files as mnist, to be fetched from the given mirrors."""

    def with_mirrors(*mirrors: str) -> None:
        files = []
        for name in QUADRUPLE:
            packed = (mirror.folder / "good" / f"{name}.gz").read_bytes()
            files.append(File(name, hashlib.sha256(packed).hexdigest(), None))
        entry = dataclasses.replace(SETS["mnist"], files=tuple(files), mirrors=mirrors)
        monkeypatch.setitem(SETS, "mnist", entry)

    return with_mirrors


def test_a_fetched_set_is_the_mirror_s_and_is_fetched_once(mirror, register, tmp_path: Path) -> None:
    register(f"{mirror.url}good/")
    folder = fetch("mnist", data_dir=tmp_path / "sets")
    assert folder == tmp_path / "sets" / "mnist"
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{name}.gz" for name in QUADRUPLE)
    for path in folder.iterdir():
        assert path.read_bytes() == (mirror.folder / "good" / path.name).read_bytes()
    assert load("mnist", data_dir=tmp_path / "sets").train.images.shape == (2, 784)
    assert len(mirror.asked) == 4
    fetch("mnist", data_dir=tmp_path / "sets")
    assert len(mirror.asked) == 4


def test_the_next_mirror_is_tried_after_each_kind_of_failure(mirror, register, tmp_path: Path) -> None:
    register(NOBODY, f"{mirror.url}absent/", f"{mirror.url}wrong/", f"{mirror.url}good/")
    folder = fetch("mnist", data_dir=tmp_path)
    assert load("mnist", data_dir=tmp_path).name == "mnist"
    assert [path for path in mirror.asked if "train-images" in path] == [
        f"/{sub}/train-images-idx3-ubyte.gz" for sub in ("absent", "wrong", "good")
    ]
    assert len(list(folder.iterdir())) == 4


def test_no_network_is_told_with_the_mirrors_and_the_remedies(register, tmp_path: Path) -> None:
    register(NOBODY, "http://127.0.0.1:9/second/")
    with pytest.raises(DbnError) as caught:
        fetch("mnist", data_dir=tmp_path)
    message = str(caught.value)
    assert "from http://127.0.0.1:9/ (no connection" in message
    assert "or http://127.0.0.1:9/second/ (no connection" in message
    assert f"put the file into {tmp_path / 'mnist'} by hand" in message
    assert "--dataset mnist-5k" in message
    assert not list((tmp_path / "mnist").iterdir())


def test_a_wrong_checksum_leaves_no_file(mirror, register, tmp_path: Path) -> None:
    register(f"{mirror.url}wrong/")
    with pytest.raises(DbnError, match="not the published file: its checksum is wrong"):
        fetch("mnist", data_dir=tmp_path)
    assert not list((tmp_path / "mnist").iterdir())


def test_a_connection_that_breaks_off_leaves_no_file(mirror, register, tmp_path: Path) -> None:
    mirror.broken.add("/good/train-labels-idx1-ubyte.gz")
    register(f"{mirror.url}good/")
    with pytest.raises(DbnError, match="broke off"):
        fetch("mnist", data_dir=tmp_path)
    assert [path.name for path in (tmp_path / "mnist").iterdir()] == ["train-images-idx3-ubyte.gz"]
    mirror.broken.clear()
    fetch("mnist", data_dir=tmp_path)
    assert sum("train-images" in path for path in mirror.asked) == 1


def test_an_interrupted_download_leaves_nothing(
    mirror, register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted:
        def __init__(self, **options: object) -> None: ...

        def __call__(self, url: str, file, pooch: None) -> None:
            file.write(b"half")
            raise KeyboardInterrupt

    monkeypatch.setattr("pooch.HTTPDownloader", Interrupted)
    register(f"{mirror.url}good/")
    with pytest.raises(KeyboardInterrupt):
        fetch("mnist", data_dir=tmp_path)
    assert not list((tmp_path / "mnist").iterdir())


def test_a_damaged_file_is_fetched_anew_and_kept_if_that_fails(mirror, register, tmp_path: Path) -> None:
    register(f"{mirror.url}good/")
    damaged = fetch("mnist", data_dir=tmp_path) / "t10k-labels-idx1-ubyte.gz"
    damaged.write_bytes(gzip.compress(b"junk"))
    register(NOBODY)
    with pytest.raises(DbnError, match="could not be fetched"):
        fetch("mnist", data_dir=tmp_path)
    assert gzip.decompress(damaged.read_bytes()) == b"junk"
    register(f"{mirror.url}good/")
    fetch("mnist", data_dir=tmp_path)
    assert damaged.read_bytes() == (mirror.folder / "good" / damaged.name).read_bytes()
    assert len(mirror.asked) == 5


def test_sets_that_come_along_are_not_fetched() -> None:
    with pytest.raises(DbnError, match="mnist-5k is not fetched: it comes with dbn"):
        fetch("mnist-5k")
    with pytest.raises(DbnError, match="no data set 'cifar'"):
        fetch("cifar")


def test_a_folder_that_cannot_be_made_is_told(register, tmp_path: Path) -> None:
    register(NOBODY)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DbnError, match=r"cannot be made .*; choose another folder"):
        fetch("mnist", data_dir=tmp_path / "file")
