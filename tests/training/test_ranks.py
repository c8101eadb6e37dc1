"""Several ranks learn what one process learns, stop together, and go on exactly where they were."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

from ranks_at_work import CASES, interrupted, killed, learner_of, replayed, together, unlike
from toys import header, leaves

from dbn.errors import DbnError
from dbn.training import checkpoint, ranks
from dbn.training.ranks import ALONE
from dbn.training.runs import Output, train_to_file
from dbn.training.state import arrays


@pytest.fixture(scope="module")
def alone() -> dict[str, Any]:
    return replayed()


@pytest.mark.parametrize("count", [2, 4])
def test_with_the_same_numbers_ranks_learn_what_one_process_learns(count: int, alone: dict[str, Any]) -> None:
    for found in together(count, replayed):
        assert found.keys() == alone.keys() == CASES.keys()
        for name, (parameters, history) in alone.items():
            pairs = list(zip(arrays(found[name][0]), arrays(parameters), strict=True))
            assert len(pairs) > 5
            for theirs, ours in pairs:
                assert theirs.dtype == np.float64
                np.testing.assert_allclose(theirs, ours, rtol=1e-10, atol=1e-10, err_msg=name)
            for theirs, ours in zip(found[name][1], history, strict=True):
                assert theirs | {"seconds": 0} == pytest.approx(ours | {"seconds": 0}, abs=1e-10), name


INTERRUPTED = ["greedy, tempered", "up-down with persistent chains", "sgd with sampled pixels", "greedy with PyTorch"]


def test_ranks_stop_at_one_step_and_go_on_as_if_nothing_had_been(tmp_path: Path) -> None:
    first, second = together(2, interrupted, tmp_path, INTERRUPTED)
    for name, (whole, state, said, parameters), (others_whole, others, also_said, same) in zip(
        INTERRUPTED, first, second, strict=True
    ):
        assert state == whole, name
        assert others == others_whole, name
        assert parameters == same, name
        assert state != others, name  # chains and streams are their own
        assert len(said) > 2, name
        assert said == also_said, name
        one, other = (checkpoint.load(tmp_path / f"{file}.h5") for file in (name, f"{name} whole"))
        assert leaves(one.model) == leaves(other.model)
        assert one.config["ranks"] == 2


def test_a_rank_that_dies_stops_all_and_the_run_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    name, path, whole = "greedy with persistent chains", tmp_path / "net.h5", tmp_path / "whole.h5"
    said, *dead = together(2, killed, path, name, 8)
    assert dead == [None]
    assert said.startswith("another process of this run has ended or cannot be reached (")
    assert said.endswith("; give the same command with --resume to go on from the last checkpoint")
    begun = checkpoint.load(path, with_training=True)
    assert begun.training is not None
    assert begun.training["run"]["epoch"] == 2
    learner = learner_of(name, ALONE)
    with pytest.raises(DbnError, match="was begun with config: ranks 2, not None; resume with the options"):
        train_to_file(learner, header(learner), Output(path, resume=True))
    assert together(2, killed, path, name, 0) == together(2, killed, whole, name, 0) == ["done", "done"]
    assert leaves(checkpoint.load(path).model) == leaves(checkpoint.load(whole).model)


def test_ranks_that_do_not_begin_alike_are_refused(tmp_path: Path) -> None:
    for said in together(2, unlike, tmp_path / "net.h5"):
        assert said.startswith("the processes do not begin alike; give all of them the same command")
    assert not (tmp_path / "net.h5").exists()


def test_mini_batches_are_shared_evenly() -> None:
    class Three:
        rank, count = 1, 3

    ranks = type(ALONE)(Three())  # type: ignore[arg-type]
    rows, batch = ranks.share(np.arange(8))
    assert rows.tolist() == [1, 4, 7]
    assert batch.sizes(3, 4, persistent=False) == (8, 8)
    assert batch.sizes(3, 4, persistent=True) == (8, 12)
    assert ranks.part(12) == 4
    with pytest.raises(DbnError, match="3 processes cannot share mini-batches of 8 evenly; choose a multiple of 3"):
        ranks.part(8)


def test_a_part_of_torchrun_s_variables_is_no_torchrun(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ranks.TORCHRUN:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MASTER_ADDR", "localhost")
    assert not ranks.started()
    monkeypatch.setenv("WORLD_SIZE", "4")
    assert not ranks.started()


def test_the_reason_is_a_sentence() -> None:
    said = RuntimeError("[/gloo/transport/pair.cc:145] Connection closed by peer. And more.\nnot this")
    assert ranks._reason(said) == "Connection closed by peer"
    assert ranks._reason(RuntimeError("")) == "RuntimeError"
