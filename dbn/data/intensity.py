"""How grey pixels become activities of visible units, whose states are 0 or 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from dbn import ops
from dbn.errors import DbnError

if TYPE_CHECKING:
    from dbn.data.dataset import Pixels
    from dbn.ops.numpy import Rng

Intensity = Literal["real", "sampled", "threshold"]


def check_intensity(intensity: str) -> None:
    """Refuse what is none of the three; DbnError.

    >>> check_intensity("sampled")
    """
    if intensity not in get_args(Intensity):
        raise DbnError(f"no intensity {intensity!r}; known are {', '.join(get_args(Intensity))}")


def refuse_bytes(v: NDArray[Any]) -> None:
    """Refuse pixels from 0 to 255 in the place of activities from 0 to 1; DbnError.

    >>> refuse_bytes(np.array([[0, 1]], dtype=np.uint8))
    """
    if getattr(v, "dtype", None) == ops.of(v).uint8 and len(v) and v.max() > 1:
        raise DbnError("these are bytes, and a model takes activities from 0 to 1; give `mean_visible` of the images")


def to_visible(images: Pixels, intensity: Intensity, rng: Rng | None) -> NDArray[np.float32]:
    """Turn pixels into activities v from 0 to 1; uint8 pixels are divided by 255 first.

    - ``real``: v = x, the intensity itself, taken as the probability that the unit is on (Hinton, Osindero and
      Teh, "A Fast Learning Algorithm for Deep Belief Nets", 2006);
    - ``sampled``: v = 1 with probability x and otherwise 0, drawn anew at each call (Salakhutdinov and Murray,
      "On the Quantitative Analysis of Deep Belief Networks", 2008);
    - ``threshold``: v = 1 where x > 1/2, which for uint8 pixels is above 127.5, and otherwise 0.

    Parameters
    ----------
    images : array (n, d), uint8 from 0 to 255 or float32 from 0 to 1
    intensity : "real", "sampled" or "threshold"
    rng : Rng or None
        Where ``sampled`` draws from; the others draw nothing and take None.

    Returns
    -------
    float32 array (n, d)
        Always a new one.

    Raises
    ------
    DbnError
        When `intensity` is none of the three, or ``sampled`` has no `rng`.

    Examples
    --------
    >>> to_visible(np.array([[0, 127, 128, 255]], dtype=np.uint8), "threshold", None)
    array([[0., 0., 1., 1.]], dtype=float32)
    """
    check_intensity(intensity)
    engine = ops.of(images)
    real: NDArray[np.float32] = engine.copy(images, engine.float32)
    if images.dtype == engine.uint8:
        real /= 255
    if intensity == "real":
        return real
    if intensity == "threshold":
        on: NDArray[np.float32] = engine.copy(real > 0.5, engine.float32)
        return on
    if rng is None:
        raise DbnError("sampled intensities are drawn at random; pass an rng")
    return rng.bernoulli(real)


def mean_visible(images: Pixels, intensity: Intensity) -> NDArray[np.float32]:
    """Turn pixels into expected activities, drawing nothing: for ``sampled`` these are the intensities themselves.

    What monitors and predictions use, so that looking at a model shifts no random stream.

    Examples
    --------
    >>> mean_visible(np.array([[0, 255]], dtype=np.uint8), "sampled")
    array([[0., 1.]], dtype=float32)
    """
    return to_visible(images, "real" if intensity == "sampled" else intensity, None)
