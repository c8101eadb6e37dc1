"""What pytest leaves alone: the PyTorch engine, where there is no PyTorch."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("torch") else ["dbn/ops/torch.py"]
