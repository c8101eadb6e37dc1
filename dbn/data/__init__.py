"""Data sets: where they come from, how they are checked, and how their pixels become activities.

In the order in which data flow: `registry` (what is known by name), `places` (where it is looked for), `fetch`
(downloads), `idx`, `npz` and `hdf5` (files, checked before they are read), `streamed` (images that stay in theirs),
`own` and `load` (one way to them all), `dataset` and `class_order` (what a learner gets), `intensity` (grey pixels for
binary units), `describe`.
"""

from dbn.data.dataset import Dataset, Split, check_split
from dbn.data.describe import Description, catalogue, describe
from dbn.data.fetch import fetch
from dbn.data.idx import read_idx, write_idx
from dbn.data.intensity import Intensity, mean_visible, to_visible
from dbn.data.load import load

__all__ = [
    "Dataset",
    "Description",
    "Intensity",
    "Split",
    "catalogue",
    "check_split",
    "describe",
    "fetch",
    "load",
    "mean_visible",
    "read_idx",
    "to_visible",
    "write_idx",
]
