import os

from hypothesis import settings

# A busy machine is no reason to fail.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

# On a busy machine PyTorch's threads wait for each other, and here they would have nothing to do.
os.environ.setdefault("OMP_NUM_THREADS", "1")
