"""`--device`, of the commands whose learners run on either engine."""

from __future__ import annotations

import click

from dbn.training.device import CHOICES

device_option = click.option(
    "--device",
    type=click.Choice(CHOICES),
    default="cpu",
    show_default=True,
    help="Where to learn: NumPy on the CPU, PyTorch on a GPU, or the GPU if there is one.",
)
