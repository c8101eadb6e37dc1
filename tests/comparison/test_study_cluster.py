"""The study on a real Dask cluster of two worker processes, one of which is killed in the middle."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from toys import bars

from dbn.comparison.contenders import LogisticFamily, NaiveBayesFamily, RBMFamily
from dbn.comparison.study import Study, run
from dbn.data import Dataset
from dbn.errors import DbnError
from dbn.generative.cd_config import CDConfig
from dbn.generative.greedy_config import GreedyConfig

distributed = pytest.importorskip("distributed")

RULE = CDConfig(epochs=2)
STUDY = Study(
    (NaiveBayesFamily(), LogisticFamily(), RBMFamily(("pretrained",), 6, RULE, 20, 10, pretrained=True)),
    GreedyConfig(hidden=(6,), layers=(RULE,), batch_size=10, labels=False),
    (4, 20, 40),
    seeds=3,
)


@pytest.fixture
def data() -> Dataset:
    return Dataset.of("bars", bars(120, seed=0), bars(40, seed=1), (3, 3), 2)


@pytest.mark.filterwarnings("ignore")  # of Dask and Tornado, when a worker dies
def test_a_worker_that_is_killed_changes_nothing(data: Dataset, tmp_path: Path) -> None:
    told: list[str] = []
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None, "host": "127.0.0.1"}
    with distributed.LocalCluster(processes=True, silence_logs=50, **options) as cluster:
        pids = [worker.pid for worker in cluster.workers.values()]

        def say(text: str) -> None:
            told.append(text)
            if len(told) == 5:
                os.kill(pids[0], signal.SIGKILL)

        found = run(data, STUDY, tmp_path / "cluster", scheduler=cluster.scheduler_address, say=say)
        assert pids[0] not in {worker.pid for worker in cluster.workers.values()}
    here = run(data, STUDY, tmp_path / "here")
    assert len(here) == 27
    assert {cell: outcome.wrong for cell, outcome in found.items()} == {
        cell: outcome.wrong for cell, outcome in here.items()
    }


def test_a_scheduler_that_does_not_answer(data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = distributed.Client
    monkeypatch.setattr(distributed, "Client", lambda address, timeout: connect(address, timeout="1s"))
    with pytest.raises(DbnError, match="no Dask scheduler answers at tcp"):
        run(data, replace(STUDY, seeds=1), tmp_path, scheduler="tcp://127.0.0.1:1")
