"""Deep belief nets: restricted Boltzmann machines, greedy stacking, fine-tuning, and their rivals."""

from importlib.metadata import version

__version__ = version("dbn")
