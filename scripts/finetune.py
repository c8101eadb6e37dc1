"""Fine-tune the net of pretrain.py by backprop, beside its twin that starts from random weights.

python scripts/pretrain.py && python scripts/finetune.py
python scripts/finetune.py --output results/mine        the folder that pretrain.py wrote to
python scripts/finetune.py --quick --output /tmp/try    one epoch, to see that all is in place

After an interruption, run it again: it goes on where it was.
"""

import argparse
from pathlib import Path

from dbn.comparison.evaluate import evaluate_model
from dbn.data import load
from dbn.discriminative.backprop import Backprop, BackpropConfig
from dbn.discriminative.network import Network
from dbn.errors import DbnError, script
from dbn.generative.dbn import DBN
from dbn.models import load_model
from dbn.ops.numpy import Rng
from dbn.training import checkpoint
from dbn.training.checkpoint import Checkpoint
from dbn.training.runs import Output, train_to_file
from dbn.training.state import digest
from dbn.training.stopping import EarlyStopping

CONFIG = BackpropConfig(epochs=20, batch_size=20, learning_rate="0.05>0", momentum="0.9")
PATIENCE = 10
SEED = 0

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--output", type=Path, default=Path("results/stages-seed0"), help="folder with dbn.h5")
parser.add_argument("--quick", action="store_true")
arguments = parser.parse_args()
if arguments.quick:
    CONFIG = BackpropConfig(epochs=1, batch_size=100)

with script():
    source = checkpoint.load(arguments.output / "dbn.h5", kind="dbn")
    net = DBN.from_tree(source.model)
    dataset = load(source.dataset["name"])
    if dataset.sha256 != source.dataset["sha256"]:
        raise DbnError(f"the net was trained on another version of {source.dataset['name']}; train it anew")
    parts = dataset.hold_out(source.dataset["validation"])

    starts = {
        "pretrained": Network.from_layers(net.recognition_layers(), net.sizes[-1], dataset.n_classes),
        "random-start": Network.random((*net.sizes, dataset.n_classes), Rng(SEED, "random-start")),
    }
    for name, start in starts.items():
        learner = Backprop(CONFIG, start, parts.train, SEED, validation=parts.test)
        options = {**CONFIG.as_json(), "patience": PATIENCE, "start": digest(start)}
        header = Checkpoint("network", {}, options, source.dataset, SEED)
        path = arguments.output / f"{name}.h5"
        output = Output(path, resume=True, bar=True)
        train_to_file(learner, header, output, EarlyStopping("validation_error_percent", PATIENCE))
        error = evaluate_model(load_model(path), parts.test)["error_percent"]
        print(f"{path}: validation error {error:.2f} %")
