import errno
import hashlib
import json
import os
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays, floating_dtypes, integer_dtypes
from toys import bars, leaves, pretrained

import dbn
from dbn.discriminative.network import Network
from dbn.errors import DbnError
from dbn.generative.naive_bayes import fit
from dbn.models import load_model, save_model
from dbn.ops.numpy import Rng
from dbn.training import checkpoint
from dbn.training.checkpoint import SEAL, USER_BLOCK, Checkpoint

Edit = Callable[[h5py.File], object]


def example() -> Checkpoint:
    rng = np.random.default_rng(0)
    layer = {"W": rng.normal(size=(6, 5)).astype(np.float32), "b": rng.normal(size=6), "units": "bernoulli:6"}
    return Checkpoint(
        kind="dbn",
        model={"layers": {"0": layer}, "rows": 2, "columns": 3},
        config={"learning_rate": "0.1>0", "hidden": [5], "labels": False, "decay": 2e-4, "of": None},
        dataset={"name": "Bärs 🎉", "sha256": "ab" * 32},
        seed=7,
        history=[{"epoch": 1.0, "loss": 0.1 + 0.2}, {"epoch": 2.0, "loss": 1e-300, "gap": -3.5}],
        training={
            "run": {"epoch": 2, "batch": 1, "sums": {"loss": 0.1}, "best": {}},
            "state": {"rng": Rng(7, "cd").state, "velocity": {"0": rng.normal(size=(6, 5))}, "none": np.zeros((0, 3))},
        },
        finished=False,
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "net.h5"
    checkpoint.save(path, example())
    return path


def content(found: Checkpoint) -> dict[str, Any]:
    """Everything in a checkpoint, bit for bit."""
    return leaves({name: value for name, value in vars(found).items() if name not in {"created", "package_version"}})


def test_round_trip(path: Path) -> None:
    found = checkpoint.load(path, with_training=True)
    assert content(found) == content(example())
    assert found.package_version == dbn.__version__
    assert found.created.endswith("+00:00")
    assert content(checkpoint.load(path, kind="dbn")) == content(replace(example(), training=None))


def test_a_path_may_be_a_text(path: Path) -> None:
    checkpoint.save(str(path), replace(example(), seed=8))
    assert checkpoint.load(str(path)).seed == 8


everything = arrays(
    floating_dtypes(sizes=(32, 64), endianness="=") | integer_dtypes(endianness="="),
    st.lists(st.integers(0, 3), min_size=1, max_size=3).map(tuple),
)
names = st.text("abcW0_", min_size=1, max_size=4)
trees = st.recursive(
    everything | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False) | st.booleans() | st.just("bernoulli:3 ü"),
    lambda inner: st.dictionaries(names, inner, max_size=4),
)


@settings(max_examples=40)
@given(st.dictionaries(names, trees, max_size=4))
def test_any_tree_of_arrays_numbers_and_texts_comes_back(
    tmp_path_factory: pytest.TempPathFactory, tree: dict[str, Any]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.h5"
    checkpoint.save(path, replace(example(), model=tree))
    found = checkpoint.load(path).model
    assert leaves(found) == leaves(tree)


def test_arrays_of_many_chunks_come_back(path: Path) -> None:
    for shape in ((700, 500), (3, 300_000), (300_000,)):
        array = np.random.default_rng(0).normal(size=shape)
        checkpoint.save(path, replace(example(), model={"W": array, "T": np.asfortranarray(array)[::2]}))
        found = checkpoint.load(path).model
        np.testing.assert_array_equal(found["W"], array)
        np.testing.assert_array_equal(found["T"], array[::2])


def test_folders_are_made_and_no_other_file_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "net.h5"
    checkpoint.save(path, example())
    checkpoint.save(path, example())
    assert [entry.name for entry in path.parent.iterdir()] == ["net.h5"]


def full_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(DbnError, match="No space left on device; free some space"):
        checkpoint.save(path, replace(example(), seed=8))
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["net.h5"]


def test_an_interrupt_while_writing_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    before = path.read_bytes()
    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        checkpoint.save(path, replace(example(), seed=8))
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["net.h5"]


def test_a_place_that_cannot_be_written_is_an_error_with_a_remedy(path: Path) -> None:
    for place in (path / "net.h5", path / "below" / "net.h5"):
        with pytest.raises(DbnError, match=r"cannot write .*choose another"):
            checkpoint.save(place, example())
    with pytest.raises(DbnError, match=r"is a folder; give the name of a file"):
        checkpoint.save(path.parent, example())


def damaged(path: Path, raw: bytes) -> Checkpoint | None:
    """What is read from damaged bytes: None if they are refused with a sentence. Any other error is a bug."""
    path.write_bytes(raw)
    try:
        return checkpoint.load(path, with_training=True)
    except DbnError:
        return None


def test_a_truncated_file_is_refused(path: Path) -> None:
    raw = path.read_bytes()
    for size in (*range(0, 600, 13), 511, 512, 513, *range(600, len(raw), 241), len(raw) - 1):
        assert damaged(path, raw[:size]) is None


def test_a_flipped_bit_is_refused(path: Path) -> None:
    raw, rng = path.read_bytes(), np.random.default_rng(0)
    for at in (*range(0, 100, 3), *rng.choice(len(raw), 500)):
        flipped = bytearray(raw)
        flipped[at] ^= 1 << rng.integers(8)
        assert damaged(path, bytes(flipped)) is None


def test_bytes_that_were_overwritten_or_added_are_refused(path: Path) -> None:
    raw, rng = path.read_bytes(), np.random.default_rng(1)
    for _ in range(40):
        at, n = rng.integers(len(raw) - 600), rng.integers(1, 600)
        for junk in (bytes(n), rng.bytes(n), raw[:n]):
            mixed = raw[:at] + junk + raw[at + n :]
            assert damaged(path, mixed) is None or mixed == raw
            assert damaged(path, raw[:at] + junk + raw[at:]) is None


@pytest.mark.parametrize(
    "raw", [b"", b"layers: 3\n", b"\x89HDF\r\n\x1a\n", b"\x89HDF" + bytes(2000), SEAL + bytes(900)]
)
def test_a_file_of_another_kind_is_refused(raw: bytes, path: Path) -> None:
    assert damaged(path, raw) is None


def test_the_error_names_the_file_and_a_remedy(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DbnError, match=r"net\.h5 is damaged.*restore it from a copy or train it anew"):
        checkpoint.load(path)


def test_a_missing_file_and_a_folder_are_refused(path: Path) -> None:
    for place in (path.parent / "other.h5", path.parent):
        with pytest.raises(DbnError, match="there is no checkpoint"):
            checkpoint.load(place)


def test_hdf5_of_another_program_is_refused(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["x"] = np.zeros(3)
    with pytest.raises(DbnError, match="not a checkpoint of dbn"):
        checkpoint.load(path)


def edited(path: Path, edit: Edit) -> Path:
    """Change a file with HDF5's own means and seal it again, as someone who means harm would."""
    image = path.with_suffix(".image")
    image.write_bytes(path.read_bytes()[USER_BLOCK:])
    with h5py.File(image, "r+") as file:
        edit(file)
    raw = image.read_bytes()
    seal = SEAL + hashlib.sha256(raw).hexdigest().encode() + b"\n"
    path.write_bytes(seal.ljust(USER_BLOCK, b"\0") + raw)
    return path


def test_a_sealed_file_that_was_not_changed_is_read(path: Path) -> None:
    edited(path, lambda file: None)
    assert content(checkpoint.load(path, with_training=True)) == content(example())


def test_a_file_without_its_seal_is_refused(path: Path) -> None:
    path.write_bytes(path.read_bytes()[USER_BLOCK:])
    with pytest.raises(DbnError, match="changed since dbn wrote it"):
        checkpoint.load(path)


def test_a_newer_version_is_refused_with_a_sentence(path: Path) -> None:
    edited(path, lambda file: file.attrs.update(version=checkpoint.VERSION + 1))
    with pytest.raises(DbnError, match=r"checkpoint version 5, newer than the 4 .*upgrade dbn"):
        checkpoint.load(path)


def test_another_kind_of_model_is_refused(path: Path) -> None:
    with pytest.raises(DbnError, match="holds a dbn, not a network"):
        checkpoint.load(path, kind="network")


HUGE = 1 << 34


def replace_weights(**options: Any) -> Edit:
    def edit(file: h5py.File) -> None:
        del file["model/layers/0/W"]
        file["model/layers/0"].create_dataset("W", **options)

    return edit


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((6, 5), "f4")
    layout[:] = h5py.VirtualSource("secret.h5", "W", (6, 5))
    file["model"].create_virtual_dataset("W", layout)


def cycle(file: h5py.File) -> None:
    file["model/layers/0/again"] = file["model"]


def many_names(file: h5py.File) -> None:
    for i in range(500):
        file[f"model/layers/0/W{i}"] = file["model/layers/0/W"]


def link(to: h5py.SoftLink | h5py.ExternalLink, at: str = "model/linked") -> Edit:
    def edit(file: h5py.File) -> None:
        if at in file:
            del file[at]
        file[at] = to

    return edit


HOSTILE: dict[str, Edit] = {
    "soft link": link(h5py.SoftLink("/history")),
    "dangling soft link": link(h5py.SoftLink("/nowhere")),
    "soft link to itself": link(h5py.SoftLink("/model/linked")),
    "external link": link(h5py.ExternalLink("secret.h5", "/W")),
    "model elsewhere": link(h5py.ExternalLink("secret.h5", "/"), "model"),
    "history elsewhere": link(h5py.SoftLink("/model"), "history"),
    "training elsewhere": link(h5py.ExternalLink("secret.h5", "/"), "training"),
    "cycle": cycle,
    "one array under many names": many_names,
    "virtual array": virtual,
    "external array": replace_weights(shape=(6, 5), dtype="f4", external=[("secret.bin", 0, 120)]),
    "never written": replace_weights(shape=(HUGE,), dtype="f8"),
    "chunks never written": replace_weights(shape=(HUGE,), dtype="f8", chunks=(1 << 20,), fletcher32=True),
    "fill value": replace_weights(shape=(HUGE,), dtype="f8", chunks=(1 << 20,), fillvalue=1.0),
    "compressed": replace_weights(data=np.zeros((2000, 500)), compression="gzip"),
    "compressed by shuffling": replace_weights(data=np.zeros((20, 5)), shuffle=True),
    "unlimited": replace_weights(shape=(HUGE, 1), maxshape=(None, None), dtype="f8"),
    "objects": replace_weights(data=["a", "b"], dtype=h5py.string_dtype()),
    "ragged": replace_weights(shape=(3,), dtype=h5py.vlen_dtype(np.float64)),
    "fixed strings": replace_weights(data=np.array([b"abc"])),
    "references": replace_weights(shape=(3,), dtype=h5py.ref_dtype),
    "compound": replace_weights(data=np.zeros(3, [("re", "f4"), ("im", "f4")])),
    "complex": replace_weights(data=np.zeros(3, complex)),
    "null": replace_weights(data=h5py.Empty("f4")),
    "type instead of array": lambda file: file.__setitem__("model/W", np.dtype("f8")),
    "no model": lambda file: file.__delitem__("model"),
    "no history": lambda file: file.__delitem__("history"),
    "array instead of model": lambda file: (file.__delitem__("model"), file.__setitem__("model", np.zeros(3))),
    "group instead of metric": lambda file: file.create_group("history/loss2"),
    "number instead of metric": lambda file: file["history"].attrs.update(loss2=1.0),
    "history of unequal columns": lambda file: file.__setitem__("history/loss2", np.zeros(5)),
    **{
        f"no {name}": lambda file, name=name: file.attrs.__delitem__(name)
        for name in ("version", "kind", "config", "seed")
    },
    "config no JSON": lambda file: file.attrs.update(config="{"),
    "history of tables": lambda file: (file.__delitem__("history"), file.__setitem__("history/loss", np.zeros((2, 2)))),
    "config JSON of a number": lambda file: file.attrs.update(config="5"),
    "config a number": lambda file: file.attrs.update(config=5),
    "config empty": lambda file: file.attrs.update(config=h5py.Empty("f4")),
    "seed no number": lambda file: file.attrs.update(seed="seven"),
    "version no number": lambda file: file.attrs.update(version="new"),
    "version many numbers": lambda file: file.attrs.update(version=[1, 1]),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_dbn_would_not_write_is_refused_before_memory_is_taken(name: str, path: Path) -> None:
    with h5py.File(path.parent / "secret.h5", "w") as file:
        file["W"] = np.full((6, 5), 3.0)
        file.attrs["secret"] = 1
    (path.parent / "secret.bin").write_bytes(bytes(120))
    edited(path, HOSTILE[name])
    tracemalloc.start()
    try:
        with pytest.raises(DbnError):
            checkpoint.load(path, with_training=True)
        assert tracemalloc.get_traced_memory()[1] < 4e6
    finally:
        tracemalloc.stop()


def test_links_are_named(path: Path) -> None:
    edited(path, HOSTILE["external link"])
    with pytest.raises(DbnError, match="has a link at /model/linked; dbn follows none"):
        checkpoint.load(path)


def test_one_array_under_two_names_is_named(path: Path) -> None:
    edited(path, lambda file: file.__setitem__("model/layers/0/W2", file["model/layers/0/b"]))
    with pytest.raises(DbnError, match=r"/model/layers/0/(b|W2) .* under two names"):
        checkpoint.load(path)


def test_without_its_training_state_a_file_s_training_state_is_not_looked_at(path: Path) -> None:
    edited(path, HOSTILE["training elsewhere"])
    assert content(checkpoint.load(path)) == content(replace(example(), training=None))


@pytest.mark.parametrize("held_out", [None, "x", [1], 2.5, -5])
def test_images_cannot_be_held_out_like_that(path: Path, held_out: Any) -> None:
    described = json.dumps({"name": "bars", "sha256": "", "validation": held_out})
    edited(path, lambda file: file.attrs.update(dataset=described))
    with pytest.raises(DbnError, match="is damaged or not a checkpoint"):
        checkpoint.load(path)


def test_a_file_that_may_not_be_read_is_not_called_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(self: Path, *arguments: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "net.h5").touch()
    monkeypatch.setattr(Path, "open", forbidden)
    with pytest.raises(DbnError, match=r"net\.h5 may not be read; ask its owner for permission, or take a copy"):
        checkpoint.load(tmp_path / "net.h5")


def test_every_kind_of_model_is_saved_and_read_back(tmp_path: Path) -> None:
    data = bars(20)
    models = (pretrained(2), Network.random((9, 4, 2), Rng(0, "net")), fit("bernoulli", data, 2, 0.1))
    for model in models:
        save_model(str(tmp_path / "model.h5"), model, seed=7)
        again = load_model(tmp_path / "model.h5")
        assert type(again) is type(model)
        assert leaves(again.tree()) == leaves(model.tree())
        assert checkpoint.load(tmp_path / "model.h5").seed == 7
    with pytest.raises(
        DbnError, match="a file holds one of dbn, network, naive-bayes, and RBM is none; put a machine into a DBN"
    ):
        save_model(tmp_path / "model.h5", pretrained().top)  # type: ignore[arg-type]
