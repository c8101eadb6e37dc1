"""Each script does its stage in a folder of its own, goes on where it was, and fits on a page."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

import dbn
from dbn.training import checkpoint

SCRIPTS = Path(dbn.__file__).parent.parent / "scripts"
NAMES = (
    *("pretrain", "finetune", "sample", "compare", "hinton2006", "lecture", "ng_jordan", "likelihood_table", "bench"),
)


def run(name: str, folder: Path, *options: str) -> str:
    """Run a script with warnings as errors, and return what it prints."""
    command = [sys.executable, "-W", "error", str(SCRIPTS / f"{name}.py"), "--quick", "--output", str(folder), *options]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def test_every_script_is_tested_and_short() -> None:
    assert sorted(path.stem for path in SCRIPTS.glob("*.py")) == sorted(NAMES)
    for name in NAMES:
        text = (SCRIPTS / f"{name}.py").read_text()
        assert len(text.splitlines()) < 100
        assert "with script():" in text  # errors end in a sentence
        assert f"python scripts/{name}.py" in text.split('"""')[1]


def test_the_stages(tmp_path: Path) -> None:
    said = run("pretrain", tmp_path)
    net = checkpoint.load(tmp_path / "dbn.h5")
    error = net.history[-1]["validation_error_percent"]
    assert said == f"{tmp_path}/dbn.h5: validation error {error:.2f} % as a generative classifier\n"
    assert net.dataset["name"] == "mnist-5k"
    assert net.dataset["validation"] == 666
    before = (tmp_path / "dbn.h5").read_bytes()
    assert run("pretrain", tmp_path) == said
    assert (tmp_path / "dbn.h5").read_bytes() == before

    for line, name in zip(run("finetune", tmp_path).splitlines(), ("pretrained", "random-start"), strict=True):
        network = checkpoint.load(tmp_path / f"{name}.h5")
        assert len(network.config["start"]) == 64
        error = network.history[-1]["validation_error_percent"]
        assert line == f"{tmp_path}/{name}.h5: validation error {error:.2f} %"

    said = run("sample", tmp_path)
    assert "% of the samples are classified as the label that was clamped" in said
    with Image.open(tmp_path / "samples.png") as image:
        assert image.size == (2 * (3 * 30 - 2), 2 * (10 * 30 - 2))
    with Image.open(tmp_path / "chains.gif") as film:
        assert film.size == (2 * (3 * 30 - 2), 2 * (10 * 30 - 2))


def test_the_comparison(tmp_path: Path) -> None:
    said = run("compare", tmp_path)
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["command"] == shlex.join(["python", f"{SCRIPTS}/compare.py", "--quick", "--output", str(tmp_path)])
    for row in summary["rows"]:
        assert f"| {row['model']} | {row['test_error_percent']:.2f} |" in said
    assert summary["rows"][0]["test_error_percent"] < 25  # logistic regression, even in five iterations
    assert (tmp_path / "figures" / "error-bars.png").is_file()


def test_hinton_2006(tmp_path: Path) -> None:
    said = run("hinton2006", tmp_path)
    summary = json.loads((tmp_path / "summary.json").read_text())
    rows = {row["model"]: row for row in summary["rows"]}
    assert {"generative-greedy", "generative-up-down", "generative", "backprop-800", "nearest-neighbour-l3-60000"} < {
        *rows
    }
    for row in summary["rows"]:
        assert f"| {row['model']} | {row['test_error_percent']:.2f} |" in said
        assert row["test_error_percent"] < 20  # of ten classes, after seconds of learning
        if row["model"] != "generative-all-images":  # of which the paper says nothing
            assert row["published_percent"] < 5
    assert all(pair["first"] == "generative" for pair in summary["pairs"])
    methods = summary["measured"]["test_methods"]
    assert methods["error_percent"] == rows["generative"]["test_error_percent"]
    assert {name for name in methods if name.startswith("error_percent_by_")} == {
        f"error_percent_by_{name}" for name in ("one_pass", "gibbs_sampling", "mean_of_passes")
    }
    agreement = summary["measured"]["agreement"]
    assert agreement["percent"][-1] > agreement["percent"][0]
    assert summary["measured"]["agreement_of_seeds"]["0"]["percent"] == agreement["percent"][-1]
    assert set(summary["measured"]["agreement_by_a_second_judge"]) == {"percent", "class_percent"}
    p = {pair["second"]: [pair["p_value"]] for pair in summary["pairs"] if not pair["second"].startswith("generative")}
    assert summary["measured"]["p_values_of_seeds"] == p
    assert summary["measured"]["theory"]["explaining_away"]["posterior"][1] == pytest.approx(0.49995, abs=1e-5)
    net = checkpoint.load(tmp_path / "generative.h5")
    assert (net.kind, net.dataset["name"]) == ("dbn", "mnist-5k")
    drawn = {path.name for path in (tmp_path / "figures").iterdir()}
    assert {
        "table1.png",
        "errors.png",
        "close-calls.png",
        "samples.png",
        "ravines.png",
        "theory.png",
        "film.gif",
    } < drawn


def test_the_lecture(tmp_path: Path) -> None:
    said = run("lecture", tmp_path)
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["command"] == shlex.join(["python", f"{SCRIPTS}/lecture.py", "--quick", "--output", str(tmp_path)])
    assert [row["row"] for row in summary["rows"]] == list(range(1, 11))
    logistic, perceptron, units, xor, boolean, continuous, backprop, net, claims, twins = summary["rows"]
    assert abs(logistic["error_percent"] - logistic["error_percent_of_the_true_model"]) < 2
    assert perceptron["separated"]
    assert not perceptron["xor_separated"]
    assert perceptron["mistakes"] <= perceptron["novikoff_bound"]
    assert perceptron["xor_contradiction"] == pytest.approx([0.25] * 4)
    assert max(units["validation_error_percent"].values()) < 50  # of ten classes, after three epochs of 1,000 images
    assert xor["by_hand_with_threshold_units"] == [0, 1, 1, 0]
    assert [round(y) for y in xor["learned"]] == [0, 1, 1, 0]
    assert boolean["functions_represented_wrongly"] == {"1": 0, "2": 0, "3": 0, "4": 0}
    for part in ("one_variable", "two_variables"):
        for asked, found in zip(continuous[part]["requested_errors"], continuous[part]["built_errors"], strict=True):
            assert found < asked
        units, ways = continuous[part]["trained_units"], continuous[part]["trained_errors"]
        assert len(ways) == 3
        assert {len(errors) for errors in ways.values()} == {len(units)}
    assert set(backprop["solved"]) == {"2 hidden units"}
    assert net["explaining_away"]["given_the_effect"] == pytest.approx(0.5, abs=1e-4)
    assert net["explaining_away"]["given_the_other_cause"] < 1e-4
    assert set(net["validation_error_percent"]) == {"greedy", "up-down", "judge"}
    clamped = net["label_clamped_samples"]
    assert (clamped["samples"], clamped["gibbs_steps"], len(clamped["class_percent"])) == (300, 50, 10)
    assert clamped["percent"] == pytest.approx(sum(clamped["class_percent"]) / 10)
    assert clamped["percent"] > 20  # after two epochs; 10 by chance
    first, second, third, fourth, fifth, sixth, seventh = (claims[name] for name in sorted(claims) if name[0].isdigit())
    assert first["error_percent_after_all"] == net["validation_error_percent"]["greedy"]
    assert third["error_percent"] == net["validation_error_percent"]["up-down"] < 40
    assert second["labelled_images"] == 100
    assert fourth["distinct_codes"] <= fourth["images"] == 666
    assert (fifth["matrix_products"], seventh["bits_an_image"]) == (3, 400)
    assert sixth["largest_change_of_an_update_by_other_units"] == pytest.approx(0, abs=1e-7)
    assert max(twins["validation_error_percent"].values()) < 25
    for row in summary["rows"]:
        assert row["found"] in said
        assert f"| {row['row']} | {row['defines']} | {row['found']} |" in (tmp_path / "table.md").read_text()
        for name in row["figures"]:
            with Image.open(tmp_path / "figures" / f"{name}.png") as picture:
                assert min(picture.size) > 300


def test_ng_jordan(tmp_path: Path) -> None:
    said = run("ng_jordan", tmp_path)
    summary = json.loads((tmp_path / "summary.json").read_text())
    errors = {(row["model"], row["n_labels"]): row["test_error_percent"] for row in summary["rows"]}
    assert {model for model, _ in errors} == {"naive-bayes", "logistic-regression", "joint-rbm", "discriminative-rbm"}
    for model, _ in errors:
        assert errors[model, 100] < errors[model, 10] < 90
        assert f"| {model} | {errors[model, 10]:.2f} ± " in said
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {"label-curves.png", "small-sets.png"}
    small = json.loads((tmp_path / "small-sets.json").read_text())
    assert small["command"] == summary["command"]
    assert {name: found["halves"] for name, found in small["sets"].items()} == {"iris": 5}
    assert all(row["test_error_percent"] < 40 for row in small["sets"]["iris"]["rows"])  # chance is 67


def test_the_likelihood_table(tmp_path: Path) -> None:
    names = "rbm-16", "rbm-500-pcd", "dbn-500-2000"
    said = run("likelihood_table", tmp_path, *(word for name in names for word in ("--only", name)))
    summary = json.loads((tmp_path / "summary.json").read_text())
    rows = {row["model"]: row for row in summary["rows"]}
    assert tuple(rows) == names
    for name, row in rows.items():
        below, above = ("bound_reverse_ais_nats", "bound_nats") if "dbn" in name else ("reverse_ais_nats", "ais_nats")
        assert row[below] == pytest.approx(row[above], abs=2)
        assert -250 < row[above] < -100  # after seconds of learning
        assert row["binarization"] == ("threshold" if row["sizes"][1] < 20 else "sampled, seed 0")
        assert f"| {name} | {row['binarization']} | " in said
        net = checkpoint.load(tmp_path / f"{name}.h5")
        assert net.dataset["validation"] == 600
        assert (tmp_path / "figures" / f"samples-{name}.png").is_file()
    low, high = rows["rbm-16"]["ais_interval_nats"]
    assert low - 0.2 < rows["rbm-16"]["exact_nats"] < high + 0.2
    assert (tmp_path / "figures" / "learning-curves.png").is_file()


def test_the_bench(tmp_path: Path) -> None:
    said = run("bench", tmp_path, "--only", "cd1-b100", "--threads", "1", "--rounds", "2")
    summary = json.loads((tmp_path / "summary.json").read_text())
    options = ["--quick", "--output", str(tmp_path), "--only", "cd1-b100", "--threads", "1", "--rounds", "2"]
    assert summary["command"] == shlex.join(["python", f"{SCRIPTS}/bench.py", *options])
    assert {row["rounds"] for row in summary["rows"]} == {2}
    assert {row["case"] for row in summary["rows"]} == {"cd1-b100"}
    models = [row["model"] for row in summary["rows"]]
    assert models[:3] == ["products", "dbn", "scikit-learn"]
    assert {*models[3:], *summary["absent"]} - {"dbn-ranks"} == {"rbms", "torch-eager"}
    assert all(row["seconds"] > 0 for row in summary["rows"])
    assert ("Not installed" in said) == bool(summary["absent"])
    assert summary["environment"]["blas"].endswith(", 1 threads")
    assert len(summary["load_average"]["before"]) == 3
    assert (tmp_path / "table.md").read_text().count("| cd1-b100 |") == 1 + len(models)
    with Image.open(tmp_path / "figures" / "ratios.png") as picture:
        assert min(picture.size) > 150


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("pretrain", ("--dataset", "mnits"), "no data set 'mnits'; did you mean mnist"),
        ("finetune", (), "there is no checkpoint "),
        ("sample", (), "there is no checkpoint "),
        ("compare", ("--dataset", "mnits"), "no data set 'mnits'; did you mean mnist"),
        ("hinton2006", ("--seeds", "0"), "the reproduction needs at least one seed; "),
        ("ng_jordan", ("--quick", "--seeds", "0"), "a study needs at least one seed, "),
        ("likelihood_table", ("--quick", "--only", "rbm"), "no model 'rbm'; known are "),
        ("bench", ("--only", "greed"), "there is no case 'greed'; choose among "),
    ],
)
def test_what_the_user_can_mend_is_a_sentence(
    name: str, options: tuple[str, ...], sentence: str, tmp_path: Path
) -> None:
    command = [sys.executable, str(SCRIPTS / f"{name}.py"), "--output", str(tmp_path), *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: {sentence}")
    assert done.stderr.count("\n") == 1


def test_a_quick_try_leaves_the_results_alone(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPTS / "bench.py"), "--quick", "--only", "ais", "--threads", "1"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60, check=True)
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["bench-quick"]


@pytest.mark.parametrize("name", NAMES)
def test_help(name: str) -> None:
    command = [sys.executable, str(SCRIPTS / f"{name}.py"), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert f"python scripts/{name}.py --quick --output /tmp/try" in done.stdout
