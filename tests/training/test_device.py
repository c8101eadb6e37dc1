import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from toys import Watched, backprop, bars, bits, greedy, header, leaves, machine, pretrained, updown

from dbn import ops
from dbn.data.streamed import stream
from dbn.errors import DbnError
from dbn.generative.cd_config import CDConfig
from dbn.models import load_model
from dbn.ops.numpy import Rng
from dbn.training import checkpoint
from dbn.training.device import chosen, moved
from dbn.training.loop import InterruptedRunError, Run, train
from dbn.training.runs import Output, train_to_file
from dbn.training.state import arrays, pack, restore


@pytest.fixture
def no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    def on(device: str) -> object:
        if device == "cpu":
            return ops.numpy
        raise ModuleNotFoundError("No module named 'torch'")

    monkeypatch.setattr(ops, "on", on)


@pytest.mark.usefixtures("no_torch")
def test_without_pytorch_auto_is_the_cpu_and_a_gpu_is_refused() -> None:
    assert chosen("auto") == chosen("cpu") == "cpu"
    with pytest.raises(DbnError, match=r"the device cuda needs PyTorch; install it with dbn\[torch\]"):
        chosen("cuda")


def test_a_device_that_nobody_knows_is_refused() -> None:
    with pytest.raises(DbnError, match="no device 'gpu'; known are cpu, cuda, auto"):
        greedy(device="gpu")


def test_what_is_on_the_cpu_already_is_not_copied() -> None:
    rbm, data = machine(("bernoulli", 3)), bars()
    assert moved((rbm, data), "cpu")[0] is rbm
    assert moved(data, "cpu") is data
    state = updown().init()
    assert moved(state, "cpu") is state


def test_without_a_gpu_auto_is_the_cpu_and_a_gpu_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert chosen("auto") == "cpu"
    with pytest.raises(DbnError, match="the device cuda needs a GPU that PyTorch can use, or compute on the cpu"):
        chosen("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert chosen("auto") == chosen("cuda") == "cuda"


def test_there_and_back_numbers_are_the_same_and_data_stay_bytes() -> None:
    torch = pytest.importorskip("torch")
    state, data = updown().init(), bars()
    there, images = moved(state, "torch"), moved(data, "torch").images
    assert images.dtype == torch.uint8
    assert all(isinstance(array, torch.Tensor) for array in arrays(there))
    back = moved(there, "cpu")
    back.rng, back.pixels = state.rng, state.pixels
    assert bits(back) == bits(state)
    assert isinstance(back.chains, np.ndarray)


def test_a_net_on_another_engine_is_the_same_tree() -> None:
    pytest.importorskip("torch")
    net = pretrained(labels=2)
    there = moved(net, "torch")
    assert leaves(pack(there.tree())) == leaves(net.tree())
    v = bars().images[:3].astype(np.float32)
    np.testing.assert_allclose(pack(there.reconstruct(moved(v, "torch"))), net.reconstruct(v), rtol=1e-5)


def test_streams_that_moved_are_always_the_same_and_differ_from_each_other() -> None:
    pytest.importorskip("torch")
    a, again, b = (moved(Rng(0, name), "torch").uniform((5,)).tolist() for name in "aab")
    assert a == again != b
    assert moved(moved(Rng(0, "a"), "torch"), "torch").uniform((5,)).tolist() == a


@pytest.mark.parametrize("make", [greedy, updown, backprop])
def test_both_engines_begin_with_the_same_weights_and_learn_about_as_much(make: Callable[..., Any]) -> None:
    pytest.importorskip("torch")
    here, there = (make(bars(400), device=device) for device in ("cpu", "torch"))
    ours, theirs = here.init(), there.init()
    for a, b in zip(here.parameters(ours), there.parameters(theirs), strict=True):
        np.testing.assert_allclose(b.numpy(), a, rtol=1e-6, atol=1e-7)
    rows = [train(learner, Run(state)).history for learner, state in ((here, ours), (there, theirs))]
    for a, b in zip(*rows, strict=True):
        assert a.keys() == b.keys()
    name = "loss" if make is backprop else "reconstruction_error"
    assert rows[1][-1][name] == pytest.approx(rows[0][-1][name], rel=0.2)


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (greedy, {"labels": True, "averaging": 0.9}),
        (greedy, {"layer": {"persistent": "1", "centering": 0.1, "fast_rate": "0.1"}}),
        (greedy, {"layer": {"persistent": "1", "temperatures": 3}}),
        (greedy, {"hidden": (6,), "layers": (CDConfig(epochs=2, discriminative="1"),), "labels": True}),
        (updown, {"persistent": True, "clamped": 0.5, "restart": "0.2>0"}),
        (backprop, {"dropout": 0.5, "weight_decay": 0.1}),
    ],
    ids=str,
)
def test_no_step_waits_for_the_device(make: Callable[..., Any], options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    waits = {"_local_scalar_dense", "nonzero", "is_nonzero", "equal", "item", "lift_fresh"}  # the last: from NumPy

    class Waits(torch.utils._python_dispatch.TorchDispatchMode):
        count = 0

        def __torch_dispatch__(self, func: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
            self.count += func.overloadpacket.__name__ in waits
            return func(*args, **kwargs or {})

    found = []
    for n in (50, 50, 200):  # in the first run constants are made, and kept
        learner = make(bars(n), device="torch", **options)
        state = learner.init()
        with Waits() as seen:
            train(learner, Run(state))
        found.append(seen.count)
    assert found[1] == found[2] > 0


@pytest.mark.parametrize(("first", "then"), [("cpu", "torch"), ("torch", "cpu")])
@pytest.mark.parametrize("make", [greedy, updown, backprop])
def test_a_run_goes_on_on_another_engine_from_the_same_weights(
    first: str, then: str, make: Callable[..., Any], tmp_path: Path
) -> None:
    pytest.importorskip("torch")
    path = tmp_path / "run.h5"
    learner = Watched(make(device=first), lambda step: step == 4 and signal.raise_signal(signal.SIGINT))
    with pytest.raises(InterruptedRunError):
        train_to_file(learner, header(make()), Output(path))
    stored = checkpoint.load(path, with_training=True).training
    fresh = make(device=then).init()
    restore(fresh, stored["state"])
    weights = [leaves(tree) for tree in (pack(fresh), pack(learner.state), stored["state"])]
    for found in weights:
        assert only_arrays(found) == only_arrays(weights[0])
    done = train_to_file(make(device=then), header(make()), Output(path, resume=True))
    assert len(done.history) == make().epochs
    assert all(isinstance(array, np.ndarray) for array in arrays(load_model(path)))


def only_arrays(tree: dict[str, object]) -> dict[str, object]:
    return {name: leaf for name, leaf in tree.items() if isinstance(leaf, tuple)}


def test_streamed_images_stay_on_the_cpu(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    with h5py.File(tmp_path / "images.h5", "w") as file:
        file.create_dataset("images", data=np.zeros((60, 3, 3), np.uint8), chunks=(10, 3, 3))
    images = stream(tmp_path / "images.h5", ("images",))["images"]
    assert moved(images, "cpu") is images
    with pytest.raises(DbnError, match="choose that device"):
        moved(images, "torch")
