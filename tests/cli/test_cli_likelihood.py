"""`dbn likelihood`: what it prints, in text and in JSON, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dbn.data import load, to_visible
from dbn.generative.likelihood import partition
from dbn.models import load_dbn
from dbn.training import checkpoint
from dbn.training.state import digest

Call = Callable[..., str]
QUICK = ("--betas", 40, "--chains", 20)


@pytest.fixture(scope="module")
def rbm(tiny: Path, tmp_path_factory: pytest.TempPathFactory, call: Call) -> Path:
    path = tmp_path_factory.mktemp("rbm") / "rbm.h5"
    training = ("--hidden", 6, "--no-labels", "--epochs", 3, "--batch-size", 10, "--intensity", "threshold")
    call("pretrain", "--dataset", tiny, *training, "--output", path)
    return path


def test_a_machine_that_can_be_listed_is_told_from_every_side(rbm: Path, tiny: Path, call: Call) -> None:
    said = call("likelihood", rbm, "--dataset", tiny, *QUICK).splitlines()
    exact = partition.log_z(load_dbn(rbm).top)
    assert said[0] == f"{rbm}: a 16-6 net, on 39 test images of tiny"
    assert said[1] == "  pixels: threshold (trained on threshold ones)"
    assert said[2] == "  annealing: 20 chains x 41 temperatures (40), seed 0"
    assert said[3].startswith(f"  log Z, exact: {exact:.2f} (exact; ")
    names = [line.strip().split(":")[0] for line in said[3:]]
    assert names == [
        *("log Z, exact", "log Z, AIS", "log Z, reverse AIS"),
        *("log p(x), exact", "log p(x), AIS", "log p(x), reverse AIS", "log p(x), CSL"),
        *("pseudo-log-likelihood, exact", "gap between reverse AIS and AIS"),
    ]
    assert "(too high in the mean; " in said[7]
    assert ", ±3σ of log Z: " in said[7]


def test_json_says_the_same(rbm: Path, tiny: Path, call: Call) -> None:
    options = (*QUICK, "--images", 10, "--intensity", "sampled", "--seed", 3, "--json")
    told = json.loads(call("likelihood", rbm, "--dataset", tiny, *options))
    assert {name: told[name] for name in ("images", "chains", "temperatures", "betas", "seed")} == {
        "images": 10,
        "chains": 20,
        "temperatures": 41,
        "betas": "40",
        "seed": 3,
    }
    assert (told["binarization"], told["trained_on"], told["dataset"]) == ("sampled", "threshold", "tiny")
    log_z = {row["method"]: row for row in told["rows"] if row["quantity"] == "log Z"}
    assert log_z["exact"]["nats"] == pytest.approx(partition.log_z(load_dbn(rbm).top), rel=1e-12)
    assert log_z["AIS"]["interval"][0] < log_z["AIS"]["nats"] < log_z["AIS"]["interval"][1]
    assert told["warning"] is None
    assert told["gap"] == log_z["reverse AIS"]["nats"] - log_z["AIS"]["nats"]
    assert all(row["seconds"] > 0 for row in told["rows"])


def test_json_has_null_for_an_infinite_end(rbm: Path, tiny: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dbn.generative.likelihood.annealing._log_mean", lambda _: (0.0, -float("inf"), 1.0, 50.0))
    told = json.loads(call("likelihood", rbm, "--dataset", tiny, *QUICK, "--json"))
    intervals = {(row["quantity"], row["method"]): row["interval"] for row in told["rows"]}
    assert intervals["log Z", "AIS"][0] is None
    assert intervals["log Z", "reverse AIS"][1] is None
    assert intervals["log p(x)", "AIS"][1] is None


def test_a_deep_net_with_labels_has_a_bound_and_its_pixels_are_sampled(trained: Path, call: Call) -> None:
    said = call("likelihood", trained / "dbn.h5", *QUICK)
    assert "  pixels: sampled (trained on real ones)\n" in said
    assert "  bound on log p(x), AIS: " in said
    assert "(too high a bound in the mean; " in said
    assert "pseudo" not in said


def test_a_net_can_be_judged_by_the_images_that_were_held_out(tiny: Path, call: Call, rbm: Path) -> None:
    told = json.loads(call("likelihood", rbm, "--dataset", tiny, *QUICK, "--split", "validation", "--json"))
    found, data = checkpoint.load(rbm), load(str(tiny))
    v = to_visible(data.train.images[-33:], "threshold", None)
    assert (told["split"], told["images"], found.dataset["validation"]) == ("validation", 33, 33)
    (exact,) = (row["nats"] for row in told["rows"] if (row["quantity"], row["method"]) == ("log p(x)", "exact"))
    top = load_dbn(rbm).top
    assert exact == pytest.approx(partition.log_p(top, v, partition.log_z(top)).mean(), rel=1e-9)


def test_the_images_of_the_posterior_chain_are_told(tiny: Path, call: Call, tmp_path: Path) -> None:
    said = call("likelihood", stack(tiny, call, tmp_path), *QUICK, "--images", 7)
    (line,) = (line for line in said.splitlines() if "log p(x), posterior chain and AIS" in line)
    assert ", the chain's part from the first 7 images (" in line


def test_a_wide_gap_is_noted(rbm: Path, tiny: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dbn.generative.likelihood.report.WIDE", -1.0)
    said = call("likelihood", rbm, "--dataset", tiny, *QUICK)
    assert said.startswith("note: AIS and reverse AIS differ by ")
    note, told = call("likelihood", rbm, "--dataset", tiny, *QUICK, "--json").splitlines()
    assert json.loads(told)["warning"] == note.removeprefix("note: ")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("--intensity real", "real pixels are no states of binary units and have no probability; choose the intensity"),
        ("--betas cold", "no temperatures 'cold'; give salakhutdinov, a number of even steps from 1 to"),
        ("--betas 0", "no temperatures '0'; give salakhutdinov"),
        (f"--betas {5000 * '9'}", f"no temperatures '{39 * '9'}; give salakhutdinov"),
        ("--betas 0,0.7,0.6,1", "inverse temperatures must rise from 0 to 1"),
        ("--chains 1", "Invalid value for '--chains': 1 is not in the range 2<=x<=1000000000."),
        ("--images 40", "tiny has 39 test images, not 40; choose fewer --images"),
        ("--images 0", "Invalid value for '--images': 0 is not in the range x>=1."),
        ("--dataset mnist-5k", "the model takes 16 pixels, these images have 784; use its own data set"),
    ],
)
def test_bad_options(rbm: Path, refused: Call, options: str, sentence: str) -> None:
    assert refused("likelihood", rbm, *options.split()).startswith(sentence)


def test_bad_files(trained: Path, tmp_path: Path, refused: Call) -> None:
    assert refused("likelihood", tmp_path / "none.h5").startswith("there is no checkpoint ")
    assert "network" in refused("likelihood", trained / "network.h5")


def test_it_can_be_watched_while_a_net_learns(tiny: Path, call: Call, tmp_path: Path) -> None:
    net, log = tmp_path / "net.h5", tmp_path / "net.jsonl"
    training = ("--hidden", 6, "--no-labels", "--epochs", 3, "--batch-size", 10, "--intensity", "threshold")
    said = call("pretrain", "--dataset", tiny, *training, "--ais-every", 2, "--output", net, "--log", log)
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    ais, reverse = "validation_nats_ais", "validation_nats_reverse_ais"
    assert [ais in row for row in rows] == [False, True, True]
    by_ais, by_reverse = (f"{rows[2][column]:.2f}" for column in (ais, reverse))
    (told,) = said.splitlines()[1:]
    assert told.endswith(f"the bound on it: {by_ais} nats by AIS, {by_reverse} by reverse AIS")
    assert rows[2][ais] == pytest.approx(rows[2][reverse], abs=0.1)
    plain = tmp_path / "plain.h5"
    call("pretrain", "--dataset", tiny, *training, "--output", plain)
    assert digest(load_dbn(plain)) == digest(load_dbn(net))
    said = call("updown", stack(tiny, call, tmp_path), "--epochs", 2, "--ais-every", 2, "--output", tmp_path / "ud.h5")
    assert "the bound on it: " in said.splitlines()[-1]
    call("plot", net, "--dataset", tiny, "--output", tmp_path / "figures")
    assert (tmp_path / "figures" / "learning-curves.png").is_file()


def stack(tiny: Path, call: Call, tmp_path: Path) -> Path:
    net = tmp_path / "stack.h5"
    options = ("--averaging", 0.9, "--sample-hidden", "--tied", "--batch-size", 10)
    call("pretrain", "--dataset", tiny, "--hidden", "6,16", "--no-labels", "--epochs", 1, *options, "--output", net)
    config = checkpoint.load(net).config
    assert (config["averaging"], config["sample_hidden"], config["tied"]) == (0.9, True, True)
    return net


def test_without_images_to_watch_it_is_refused(tiny: Path, refused: Callable[..., str], tmp_path: Path) -> None:
    options = ("--epochs", 1, "--validation", 0, "--ais-every", 1, "--output", tmp_path / "net.h5")
    assert "hold some out" in refused("pretrain", "--dataset", tiny, *options)
