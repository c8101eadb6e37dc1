"""Compare a deep belief net, generative and fine-tuned, with logistic regression and its random-start twin.

python scripts/compare.py                            the embedded digits, into results/compare-seed0/
python scripts/compare.py --dataset mnist --output results/mine
python scripts/compare.py --quick --output /tmp/try     tiny nets, to see that all is in place

After an interruption, run it again: it goes on where it was.
"""

import argparse
import shlex
import sys
from dataclasses import replace
from pathlib import Path

from dbn.comparison.compare import compare, preset
from dbn.comparison.report import write_report
from dbn.data import load
from dbn.errors import script
from dbn.generative.cd_config import CDConfig
from dbn.generative.greedy_config import GreedyConfig

SEED = 0
VALIDATE = False  # True while you choose hyper-parameters: the test images stay out of sight

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--dataset", default="mnist-5k")
parser.add_argument("--output", type=Path, default=Path("results/compare-seed0"), help="folder")
parser.add_argument("--quick", action="store_true")
arguments = parser.parse_args()

with script():
    dataset = replace(load(arguments.dataset), name=arguments.dataset)
    config = preset(len(dataset.train))  # change what you like of it, as here:
    if arguments.quick:
        tiny = CDConfig(epochs=1)
        config = replace(
            config,
            pretrain=GreedyConfig(hidden=(20, 30), layers=(tiny, tiny)),
            finetune=replace(config.finetune, epochs=1, batch_size=100),
            logistic=replace(config.logistic, penalties=(1e-3,), rounds=1, iterations=5),
        )

    comparison = compare(
        dataset,
        config,
        SEED,
        arguments.output,
        command=shlex.join(["python", *sys.argv]),
        held_out=max(1, len(dataset.train) // 6) if VALIDATE else 0,
        resume=True,
        bar=True,
        say=print,
    )
    write_report(comparison, arguments.output)
    print(comparison.summary.table())
