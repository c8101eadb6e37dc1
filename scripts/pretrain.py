"""Pre-train a deep belief net, layer by layer.

python scripts/pretrain.py                           the embedded digits, into results/stages-seed0/dbn.h5
python scripts/pretrain.py --dataset mnist --output results/mine
python scripts/pretrain.py --quick --output /tmp/try    a tiny net, to see that all is in place

After an interruption, run it again: it goes on where it was.
"""

import argparse
from pathlib import Path

from dbn.data import load
from dbn.errors import script
from dbn.generative.cd_config import CDConfig
from dbn.generative.greedy import Greedy
from dbn.generative.greedy_config import GreedyConfig
from dbn.training.checkpoint import Checkpoint
from dbn.training.runs import Output, train_to_file

HIDDEN = (500, 500, 2000)
EPOCHS = 20
BATCH_SIZE = 20
LOWER = {"learning_rate": "0.05>0", "momentum": "0.5,0.9@5"}
# The associative memory goes over to persistent chains in epoch 12.
MEMORY = {"learning_rate": "0.03>0", "momentum": "0.5,0.9@5,0.5@12", "k": "1>3", "persistent": "0,1@12"}
SEED = 0

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--dataset", default="mnist-5k")
parser.add_argument("--output", type=Path, default=Path("results/stages-seed0"), help="folder")
parser.add_argument("--quick", action="store_true")
arguments = parser.parse_args()
if arguments.quick:
    HIDDEN, EPOCHS, BATCH_SIZE = (20, 20, 30), 1, 100

with script():
    dataset = load(arguments.dataset)
    held_out = len(dataset.train) // 6  # the monitors look at these; the test images stay out of sight
    parts = dataset.hold_out(held_out)

    layers = tuple(CDConfig(epochs=EPOCHS, **options) for options in [LOWER] * (len(HIDDEN) - 1) + [MEMORY])
    config = GreedyConfig(hidden=HIDDEN, layers=layers, batch_size=BATCH_SIZE)
    learner = Greedy(config, parts.train, dataset.image_shape, dataset.n_classes, SEED, validation=parts.test)

    described = {"name": arguments.dataset, "sha256": dataset.sha256, "validation": held_out}
    header = Checkpoint("dbn", {}, config.as_json(), described, SEED)
    path = arguments.output / "dbn.h5"
    done = train_to_file(learner, header, Output(path, resume=True, bar=True))

    print(f"{path}: validation error {done.history[-1]['validation_error_percent']:.2f} % as a generative classifier")
