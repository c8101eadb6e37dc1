"""Look into the mind of the net of pretrain.py: a row of samples for each label, and the chains that led there.

python scripts/pretrain.py && python scripts/sample.py
python scripts/sample.py --output results/mine          the folder that pretrain.py wrote to
python scripts/sample.py --quick --output /tmp/try      short chains, to see that all is in place
"""

import argparse
from pathlib import Path

import numpy as np

from dbn.errors import DbnError, script
from dbn.films import save_gif
from dbn.generative.sampling import chain
from dbn.images import grid, save_png
from dbn.models import load_dbn
from dbn.ops.numpy import Rng

PER_LABEL = 10
STEPS = 1000
EVERY = 10  # Gibbs steps a frame
SEED = 0

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--output", type=Path, default=Path("results/stages-seed0"), help="folder with dbn.h5")
parser.add_argument("--quick", action="store_true")
arguments = parser.parse_args()
if arguments.quick:
    PER_LABEL, STEPS = 3, 20

with script():
    net = load_dbn(arguments.output / "dbn.h5")
    if not net.n_classes:
        raise DbnError(f"the net in {arguments.output} has learned no labels; sample it with `dbn sample`")
    labels = np.repeat(np.arange(net.n_classes), PER_LABEL)
    frames = np.stack(list(chain(net, len(labels), STEPS, Rng(SEED, "sample"), labels=labels, every=EVERY)))

    save_png(arguments.output / "samples.png", grid(frames[-1], net.image_shape, PER_LABEL), scale=2)
    save_gif(arguments.output / "chains.gif", frames, net.image_shape, PER_LABEL, scale=2)

    # Does the net recognise what it has dreamt?
    agreement = 100 * (net.predict(frames[-1]) == labels).mean()
    print(
        f"{arguments.output}/samples.png: {agreement:.0f} % of the samples are classified as the label that was clamped"
    )
