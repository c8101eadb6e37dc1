"""Pre-train a deep belief net, layer by layer, with the settings of `dbn compare`.

python scripts/pretrain.py                           the embedded digits, into results/stages-seed0/dbn.h5
python scripts/pretrain.py --dataset mnist --output results/mine    about half an hour
python scripts/pretrain.py --quick --output /tmp/try    a tiny net, to see that all is in place

After an interruption, run it again: it goes on where it was.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from dbn.comparison.compare import preset
from dbn.data import load
from dbn.errors import script
from dbn.generative.cd_config import CDConfig
from dbn.generative.greedy import Greedy
from dbn.training.checkpoint import Checkpoint
from dbn.training.runs import Output, train_to_file

SEED = 0

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--dataset", default="mnist-5k")
parser.add_argument("--output", type=Path, default=Path("results/stages-seed0"), help="folder")
parser.add_argument("--quick", action="store_true")
arguments = parser.parse_args()

with script():
    dataset = load(arguments.dataset)
    held_out = len(dataset.train) // 6  # the monitors look at these; the test images stay out of sight
    parts = dataset.hold_out(held_out)

    config = preset(len(dataset.train)).pretrain
    # Change what you like of it, for example: config = replace(config, hidden=(500, 500, 1000), intensity="sampled")
    if arguments.quick:
        config = replace(config, hidden=(20, 30), layers=(CDConfig(epochs=1),) * 2, batch_size=100)
    learner = Greedy(config, parts.train, dataset.image_shape, dataset.n_classes, SEED, validation=parts.test)

    described = {"name": arguments.dataset, "sha256": dataset.sha256, "validation": held_out}
    header = Checkpoint("dbn", {}, config.as_json(), described, SEED)
    path = arguments.output / "dbn.h5"
    done = train_to_file(learner, header, Output(path, resume=True, bar=True))

    print(f"{path}: validation error {done.history[-1]['validation_error_percent']:.2f} % as a generative classifier")
