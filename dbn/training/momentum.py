"""Momentum: how contrastive divergence and backprop update what they learn."""

from __future__ import annotations

from collections.abc import Iterable

from dbn.ops.numpy import Array


def momentum_step(
    parameters: Iterable[Array], velocities: Iterable[Array], ascent: Iterable[Array], momentum: float
) -> None:
    """Let velocity ← momentum · velocity + ascent and parameter ← parameter + velocity, in place.

    Parameters
    ----------
    parameters, velocities, ascent : iterables of arrays
        Alike in number and shapes. `ascent` is the step uphill, learning rate and decay included.
    momentum : float
        In [0, 1).

    References
    ----------
    Hinton 2012, *A practical guide to training restricted Boltzmann machines*, section 9.
    """
    for parameter, velocity, step in zip(parameters, velocities, ascent, strict=True):
        velocity *= momentum
        velocity += step
        parameter += velocity
