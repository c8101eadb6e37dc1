"""Learning as one writes it in PyTorch, eagerly and on the CPU, as a program that is timed.

The same sizes, rules and numbers of products as this package; in place where PyTorch has a function for it. Pixels
are bytes, which become floating point a mini-batch at a time.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn

from dbn.comparison.bench.cases import CLASSES, PIXELS, Case
from dbn.comparison.bench.worker import Work, digits, serve

RATE, MOMENTUM, DECAY = 0.1, 0.5, 0.0002


class Machine:
    """A restricted Boltzmann machine, of whose visible units the first `labels` are a softmax group."""

    def __init__(self, visible: int, hidden: int, labels: int = 0) -> None:
        self.W, self.b, self.c = 0.01 * torch.randn(visible, hidden), torch.zeros(visible), torch.zeros(hidden)
        self.velocity = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.labels = labels

    @property
    def parameters(self) -> list[Tensor]:
        return [self.W, self.b, self.c]

    def up(self, v: Tensor) -> Tensor:
        return torch.addmm(self.c, v, self.W).sigmoid_()

    def down(self, h: Tensor) -> Tensor:
        a = torch.addmm(self.b, h, self.W.T)
        if not self.labels:
            return a.sigmoid_()
        a[:, : self.labels] = a[:, : self.labels].softmax(dim=1)
        a[:, self.labels :].sigmoid_()
        return a

    def learn(self, v: Tensor) -> None:
        p = self.up(v)
        v_k = self.down(torch.bernoulli(p))
        if self.labels:
            v_k[:, : self.labels] = one_hot(torch.multinomial(v_k[:, : self.labels], 1)[:, 0])
        p_k = self.up(v_k)
        W = torch.addmm(v.T @ p, v_k.T, p_k, alpha=-1).div_(len(v)).sub_(self.W, alpha=DECAY)
        ascent = [W, v.mean(0) - v_k.mean(0), p.mean(0) - p_k.mean(0)]
        for parameter, velocity, step in zip(self.parameters, self.velocity, ascent, strict=True):
            velocity.mul_(MOMENTUM).add_(step, alpha=RATE)
            parameter.add_(velocity)


def one_hot(labels: Tensor) -> Tensor:
    return nn.functional.one_hot(labels, CLASSES).float()


def data(n: int) -> tuple[Tensor, Tensor]:
    split = digits(n)
    return torch.from_numpy(split.images), torch.from_numpy(split.labels)


def epoch(n: int, batch: int) -> tuple[Tensor, ...]:
    return torch.randperm(n).split(batch)


def real(images: Tensor) -> Tensor:
    return images.float().div_(255)


def cd1(case: Case) -> Work:
    images, _ = data(case.images)
    machine = Machine(PIXELS, case.hidden[0])

    def work() -> None:
        for rows in epoch(case.images, case.batch):
            machine.learn(real(images[rows]))

    return work


def stack(case: Case) -> list[Machine]:
    *lower, top = zip((PIXELS, *case.hidden), case.hidden, strict=False)
    return [*(Machine(a, b) for a, b in lower), Machine(top[0] + CLASSES, top[1], CLASSES)]


def greedy(case: Case) -> Work:
    images, labels = data(case.images)
    *lower, top = stack(case)

    def work() -> None:
        features = images
        for machine in lower:
            for rows in epoch(case.images, case.batch):
                machine.learn(real(features[rows]) if features is images else features[rows])
            blocks = features.split(1000)
            features = torch.cat([machine.up(real(some) if features is images else some) for some in blocks])
        for rows in epoch(case.images, case.batch):
            top.learn(torch.cat([one_hot(labels[rows]), features[rows]], dim=1))

    return work


def updown(case: Case) -> Work:
    images, labels = data(case.images)
    *lower, top = stack(case)
    layers = [(machine.W, machine.c, machine.W.T.contiguous(), machine.b) for machine in lower]

    def delta(W: Tensor, b: Tensor, inputs: Tensor, errors: Tensor) -> None:
        W.addmm_(inputs.T, errors, alpha=RATE / len(inputs))
        b.add_(errors.mean(0), alpha=RATE)

    def work() -> None:
        for rows in epoch(case.images, case.batch):
            wake = [real(images[rows])]
            for R, c, _, _ in layers:
                wake.append(torch.bernoulli(torch.addmm(c, wake[-1], R).sigmoid_()))
            v = torch.cat([one_hot(labels[rows]), wake[-1]], dim=1)
            p = p_k = top.up(v)
            for _ in range(case.k):
                v_k = top.down(torch.bernoulli(p_k))
                v_k[:, CLASSES:] = torch.bernoulli(v_k[:, CLASSES:])
                p_k = top.up(v_k)
            sleep = [v_k[:, CLASSES:]]
            for i, (_, _, G, b) in reversed(list(enumerate(layers))):
                below = torch.addmm(b, sleep[0], G).sigmoid_()
                sleep.insert(0, torch.bernoulli(below) if i else below)
            for i, (R, c, G, b) in enumerate(layers):
                generated = wake[i] - torch.addmm(b, wake[i + 1], G).sigmoid_()
                recognised = sleep[i + 1] - torch.addmm(c, sleep[i], R).sigmoid_()
                delta(G, b, wake[i + 1], generated)
                delta(R, c, sleep[i], recognised)
            top.W.addmm_(v.T, p, alpha=RATE / len(v)).addmm_(v_k.T, p_k, alpha=-RATE / len(v))
            top.b.add_(v.mean(0) - v_k.mean(0), alpha=RATE)
            top.c.add_(p.mean(0) - p_k.mean(0), alpha=RATE)

    return work


def finetune(case: Case) -> Work:
    images, labels = data(case.images)
    sizes = (PIXELS, *case.hidden)
    hidden = [part for a, b in pairwise(sizes) for part in (nn.Linear(a, b), nn.Sigmoid())]
    network = nn.Sequential(*hidden, nn.Linear(sizes[-1], CLASSES))
    optimiser = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9)

    def work() -> None:
        with torch.enable_grad():
            for rows in epoch(case.images, case.batch):
                optimiser.zero_grad()
                nn.functional.cross_entropy(network(real(images[rows])), labels[rows]).backward()
                optimiser.step()

    return work


def ais(case: Case) -> Work:
    machine = Machine(PIXELS, case.hidden[0])
    betas = torch.linspace(0, 1, case.steps + 1).tolist()

    def work() -> None:
        v = torch.bernoulli(torch.full((case.batch, PIXELS), 0.5))
        log_w = torch.zeros(case.batch, dtype=torch.float64)
        for old, new in pairwise(betas):
            a = torch.addmm(machine.c, v, machine.W)
            softplus = nn.functional.softplus
            log_w += (new - old) * (v @ machine.b) + (softplus(new * a) - softplus(old * a)).sum(1, dtype=torch.float64)
            h = torch.bernoulli((new * a).sigmoid_())
            v = torch.bernoulli(torch.addmm(machine.b, h, machine.W.T).mul_(new).sigmoid_())
        torch.logsumexp(log_w, 0)

    return work


def sample(case: Case) -> Work:
    *lower, top = stack(case)
    clamped = one_hot(torch.arange(case.batch) % CLASSES)

    def work() -> None:
        v = torch.bernoulli(torch.full((case.batch, PIXELS), 0.5))
        for machine in lower:
            v = machine.up(v)
        h = torch.bernoulli(top.up(torch.cat([clamped, v], dim=1)))
        for _ in range(case.steps):
            v = torch.bernoulli(top.down(h))
            v[:, :CLASSES] = clamped
            h = torch.bernoulli(top.up(v))
        shown = top.down(h)[:, CLASSES:]
        for machine in reversed(lower):
            shown = machine.down(shown)

    return work


with torch.no_grad():
    serve({"cd1": cd1, "greedy": greedy, "updown": updown, "finetune": finetune, "ais": ais, "sample": sample})
