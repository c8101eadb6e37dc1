import numpy as np
import pytest

from dbn.errors import DbnError
from dbn.training.averaging import average, check_share, early_share


def test_early_averages_are_plain_means_and_late_ones_fade() -> None:
    values = np.random.default_rng(0).normal(size=(200, 3))
    mean = np.full(3, 99.0)
    for n, value in enumerate(values):
        average([mean], [value], early_share(0.9, n))
        if n == 8:
            np.testing.assert_allclose(mean, values[:9].mean(axis=0))
    fading = 0.1 * 0.9 ** np.arange(200)[::-1]
    np.testing.assert_allclose(mean, fading @ values, atol=1e-7)


@pytest.mark.parametrize("share", [-0.1, 1.0, float("nan")])
def test_shares_that_forget_nothing_are_refused(share: float) -> None:
    with pytest.raises(DbnError, match="a share from 0 and below 1"):
        check_share(share)
