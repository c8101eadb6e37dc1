"""The PyPI package rbms, as a program that is timed: its own update and its own annealing, on the CPU.

The update is that of its training loop with `--training_type cd`, without what that loop writes to disk. It holds the
images in single precision.
"""

import torch
from rbms.bernoulli_bernoulli.classes import BBRBM
from rbms.partition_function.ais import compute_partition_function_ais
from rbms.training.pcd import fit_batch_pcd

from dbn.comparison.bench.cases import PIXELS, Case
from dbn.comparison.bench.worker import Work, digits, serve
from dbn.data.intensity import mean_visible


def machine(case: Case) -> BBRBM:
    hidden = case.hidden[0]
    return BBRBM(0.01 * torch.randn(PIXELS, hidden), torch.zeros(PIXELS), torch.zeros(hidden), torch.device("cpu"))


def cd1(case: Case) -> Work:
    images = torch.from_numpy(mean_visible(digits(case.images).images, "real"))
    weights = torch.ones(case.images, 1)
    rbm = machine(case)
    for parameter in rbm.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimiser = torch.optim.SGD(rbm.parameters(), lr=0.1, maximize=True)

    def work() -> None:
        for rows in torch.randperm(case.images).split(case.batch):
            batch = (images[rows], weights[rows])
            chains = rbm.init_chains(len(rows), weights=batch[1], start_v=batch[0])
            optimiser.zero_grad(set_to_none=False)
            fit_batch_pcd(batch, chains, rbm, gibbs_steps=1, beta=1.0, centered=False)
            optimiser.step()

    return work


def ais(case: Case) -> Work:
    rbm = machine(case)
    return lambda: compute_partition_function_ais(case.batch, case.steps + 1, rbm)


with torch.no_grad():
    serve({"cd1": cd1, "ais": ais})
