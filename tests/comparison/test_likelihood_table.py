"""The table of log-likelihoods, of tiny models that can be enumerated."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from enumeration import Exact
from toys import bars

from dbn.comparison import likelihood_report
from dbn.comparison.likelihood_report import write_table
from dbn.comparison.likelihood_rows import Judged, Published
from dbn.comparison.likelihood_table import Model, Study, run
from dbn.comparison.results import environment
from dbn.data import Dataset
from dbn.data.intensity import to_visible
from dbn.errors import DbnError
from dbn.generative import watching
from dbn.generative.cd_config import CDConfig
from dbn.generative.greedy_config import GreedyConfig
from dbn.generative.likelihood import measure
from dbn.generative.likelihood.report import LikelihoodConfig
from dbn.models import load_dbn
from dbn.ops.numpy import Rng

LAYER = CDConfig(epochs=4)
RBM = GreedyConfig(hidden=(6,), layers=(LAYER,), batch_size=10, labels=False, intensity="threshold")
STUDY = Study(
    models={
        "rbm": Model(
            RBM,
            published=(
                Published(-5.5, "AIS", "threshold", "a paper"),
                Published(-5.6, "reverse AIS", "threshold", "a paper"),
                Published(-4.5, "AIS", "sampled", "a paper"),
            ),
        ),
        "dbn": Model(
            replace(RBM, hidden=(6, 5), layers=(CDConfig(epochs=0), LAYER), intensity="sampled", averaging=0.9),
            start="rbm",
        ),
    },
    held_out=20,
    ais_every=2,
    chains=20,
    betas="50",
    seed=3,
)


AIS = ("log p(x)", "AIS")


@pytest.fixture(scope="module")
def data() -> Dataset:
    return Dataset.of("bars", bars(120, seed=0), bars(40, seed=1), (3, 3), 2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("likelihood")


@pytest.fixture(scope="module")
def done(data: Dataset, folder: Path) -> dict[str, Judged]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(watching, "BETAS", "20")
        for name, steps in (("REACH", 10), ("STEPS", 20)):
            patch.setattr(measure, name, steps)
        return run(data, STUDY, (), folder)


def test_figures_are_those_of_the_net_in_the_folder(done: dict[str, Judged], data: Dataset, folder: Path) -> None:
    row, net = done["rbm"].row, load_dbn(folder / "rbm.h5")
    v = to_visible(data.test.images, "threshold", None)
    logs = np.log(Exact(net.top).p_v[(v @ 2 ** np.arange(9)[::-1]).astype(int)])
    assert row["exact_nats"] == pytest.approx(logs.mean(), abs=1e-4)
    assert row["exact_standard_error_nats"] == pytest.approx(logs.std(ddof=1) / np.sqrt(40), abs=1e-4)
    for side in ("ais", "reverse_ais"):
        low, high = row[f"{side}_interval_nats"]
        assert low <= row[f"{side}_nats"] <= high
        assert row[f"{side}_nats"] == pytest.approx(logs.mean(), abs=0.2)
    again = measure.measure(net, data.hold_out(20).train, data.test, LikelihoodConfig(20, "50", "threshold"), seed=3)
    assert row["ais_nats"] == pytest.approx(next(r.nats for r in again.rows if (r.quantity, r.method) == AIS), abs=1e-4)
    assert "bound_nats" not in row
    assert row["gap_nats"] == pytest.approx(row["ais_nats"] - row["reverse_ais_nats"], abs=2e-4)
    assert (row["model"], row["sizes"], row["binarization"]) == ("rbm", [9, 6], "threshold")
    assert (row["epochs"], row["images"], row["warning"]) == (4, 40, None)
    assert row["environment"] == environment()


def test_two_layers_have_a_bound_and_what_a_chain_adds(done: dict[str, Judged], data: Dataset, folder: Path) -> None:
    row, net = done["dbn"].row, load_dbn(folder / "dbn.h5")
    assert (row["binarization"], row["epochs"]) == ("sampled, seed 3", 8)
    below, top = net.layers[0], Exact(net.top)
    x = to_visible(data.test.images, "sampled", Rng(3, "likelihood/pixels"))
    a = below.inputs_to_v(top.v.astype(np.float32))
    log_p = x @ a.T - np.logaddexp(0, a).sum(axis=1)
    exact = np.log(np.exp(log_p) @ top.p_v).mean()
    assert row["bound_nats"] - 0.1 < exact
    assert row["chain_images"] == 40
    assert row["chain_ais_nats"] == pytest.approx(exact, abs=0.3)
    assert abs(row["bound_nats"] - row["bound_reverse_ais_nats"]) == pytest.approx(abs(row["gap_nats"]), abs=2e-4)


def test_curves_run_through_the_model_that_one_starts_from_too(done: dict[str, Judged]) -> None:
    assert [epoch for epoch, _, _ in done["rbm"].curve] == [2, 4]
    assert [epoch for epoch, _, _ in done["dbn"].curve] == [2, 4, 6, 8]
    for judged in done.values():
        for _, ais, reverse in judged.curve:
            assert ais == pytest.approx(reverse, abs=1)
            assert -9 * np.log(2) - 1 < ais < 0


def test_what_is_done_is_not_done_again(done: dict[str, Judged], data: Dataset, folder: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("runs/*.h5")}
    judged = (folder / "judged" / "rbm.json").stat().st_mtime_ns
    assert run(data, STUDY, ("dbn",), folder) == done
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("runs/*.h5")} == before
    assert (folder / "judged" / "rbm.json").stat().st_mtime_ns == judged


def test_nets_that_are_there_and_judged_are_not_trained_again(
    done: dict[str, Judged], data: Dataset, folder: Path, tmp_path: Path
) -> None:
    for part in ("rbm.h5", "dbn.h5", "judged"):  # what is kept of a study; what is needed to resume is not
        copy = shutil.copytree if part == "judged" else shutil.copy
        copy(folder / part, tmp_path / part)
    assert run(data, STUDY, (), tmp_path) == done
    assert not (tmp_path / "runs").exists()
    (tmp_path / "judged" / "dbn.json").unlink()
    assert run(data, STUDY, (), tmp_path)["rbm"] == done["rbm"]
    assert [path.name for path in (tmp_path / "runs").glob("*.h5")] == ["dbn.h5"]
    longer = replace(STUDY.models["rbm"], greedy=replace(RBM, layers=(replace(LAYER, epochs=5),)))
    with pytest.raises(DbnError, match=r"rbm\.json is of other settings, data or estimates; delete it"):
        run(data, replace(STUDY, models={**STUDY.models, "rbm": longer}), (), tmp_path)
    with pytest.raises(DbnError, match=r"rbm\.json is of other settings, data or estimates; delete it"):
        run(data, replace(STUDY, models={**STUDY.models, "rbm": longer}), ("dbn",), tmp_path)


def test_an_option_that_did_not_exist_yet_counts_as_its_default_and_another_net_is_refused(
    done: dict[str, Judged], data: Dataset, folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(folder / "judged", tmp_path / "judged")
    path = tmp_path / "judged" / "rbm.json"
    older = json.loads(path.read_text())
    del older["origin"]["trained"]["greedy"]["tied"], older["origin"]["trained"]["greedy"]["layers"][0]["centering"]
    path.write_text(json.dumps(older))
    for name in ("rbm", "dbn"):
        shutil.copy(folder / f"{name}.h5", tmp_path / f"{name}.h5")
    assert {name: found.row for name, found in run(data, STUDY, (), tmp_path).items()} == {
        name: found.row for name, found in done.items()
    }
    shutil.copy(folder / "dbn.h5", tmp_path / "rbm.h5")
    with pytest.raises(DbnError, match=r"rbm\.h5 is not the net that was judged as rbm; delete both"):
        run(data, STUDY, (), tmp_path)


def test_other_settings_and_names_are_refused(done: dict[str, Judged], data: Dataset, folder: Path) -> None:
    assert done
    with pytest.raises(DbnError, match=r"rbm\.json is of other settings, data or estimates; delete it"):
        run(data, replace(STUDY, betas="60"), ("rbm",), folder)
    for changed in (replace(STUDY, chains=7), replace(STUDY, seed=5)):  # a row of another kind joins no table
        with pytest.raises(DbnError, match=r"rbm\.json is of other settings, data or estimates"):
            run(data, changed, ("dbn",), folder)
    others = replace(data, train=data.train[::-1])
    with pytest.raises(DbnError, match=r"rbm\.json is of other settings, data or estimates"):
        run(others, STUDY, ("dbn",), folder)
    with pytest.raises(DbnError, match="no model 'rbm-7'; known are rbm, dbn"):
        run(data, STUDY, ("rbm-7",), folder)
    (folder / "judged" / "broken.json").write_text("{")
    broken = replace(STUDY, models={"broken": STUDY.models["rbm"], **STUDY.models})
    with pytest.raises(DbnError, match=r"broken\.json is damaged .*; delete it"):
        run(data, broken, ("rbm",), folder)


def test_the_table_sets_what_was_published_beside_ours(
    done: dict[str, Judged], data: Dataset, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(likelihood_report, "STEPS", 5)
    table = write_table(STUDY, done, data, folder, "python a script")
    summary = json.loads((folder / "summary.json").read_text())
    assert [row["model"] for row in summary["rows"]] == ["rbm", "dbn"]
    assert summary["rows"][0]["published"][0] == {
        "nats": -5.5,
        "method": "AIS",
        "binarization": "threshold",
        "source": "a paper",
    }
    assert summary["rows"][1]["config"]["start"] == "rbm"
    assert summary["rows"][1]["config"]["greedy"]["layers"][1]["epochs"] == 4
    lines = table.splitlines()
    assert lines[0] == (
        "| model | test images | exact | AIS | reverse AIS | bound, AIS | bound, reverse AIS | chain, AIS "
        "| chain, reverse AIS | CSL | epochs | minutes |"
    )
    rbm, dbn = (done[name].row for name in ("rbm", "dbn"))
    assert lines[2].startswith(f"| rbm | threshold | {rbm['exact_nats']:.2f} | {rbm['ais_nats']:.2f} (")
    assert lines[2].endswith(f" | – | – | – | – | {rbm['csl_nats']:.2f} | 4 | 0 |")
    assert lines[3] == "| – published: a paper | threshold | – | -5.50 | -5.60 | – | – | – | – | – | – | – |"
    assert lines[4] == "| – published: a paper | sampled, not comparable | – | -4.50 | – | – | – | – | – | – | – | – |"
    assert f" | {dbn['chain_ais_nats']:.2f} (" in lines[5]
    assert f" | {dbn['chain_reverse_ais_nats']:.2f} (" in lines[5]
    assert (folder / "table.md").read_text() == f"# likelihood\n\n`python a script`\n\n{table}\n"
    drawn = {path.name for path in (folder / "figures").iterdir()}
    assert drawn == {"learning-curves.png", "samples-rbm.png", "samples-dbn.png"}


def test_figures_that_differ_are_warned_of_below_the_table(done: dict[str, Judged]) -> None:
    ends = {"ais_interval_nats": [-7, None], "reverse_ais_interval_nats": [None, -5]}
    wide = replace(done["rbm"], row={**done["rbm"].row, "warning": "they differ", **ends})
    text = likelihood_report._table(STUDY, {"rbm": wide})
    assert text.startswith("| model | test images | exact | AIS | reverse AIS | CSL | epochs | minutes |\n")
    assert text.endswith("\n\nrbm: they differ.")
    assert "(-7.00 to ∞)" in text
    assert "(-∞ to -5.00)" in text


def test_without_curves_there_is_no_picture_of_them(
    done: dict[str, Judged], data: Dataset, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(likelihood_report, "STEPS", 5)
    shutil.copy(folder / "rbm.h5", tmp_path)
    write_table(STUDY, {"rbm": replace(done["rbm"], curve={})}, data, tmp_path, "a command")
    assert [path.name for path in (tmp_path / "figures").iterdir()] == ["samples-rbm.png"]
