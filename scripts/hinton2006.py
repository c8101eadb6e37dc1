"""Reproduce Hinton, Osindero & Teh 2006, "A fast learning algorithm for deep belief nets", from data to figures.

python scripts/hinton2006.py                    full MNIST, some hours, into results/hinton2006/
python scripts/hinton2006.py --seeds 5          the generative model with five seeds
python scripts/hinton2006.py --quick --output /tmp/try    the embedded digits, smaller nets, a few minutes at most

After an interruption, run it again: it goes on where it was. Seeds can be added later.
"""

import argparse
import shlex
import sys
from dataclasses import replace
from pathlib import Path

from dbn.comparison.evaluate import told
from dbn.comparison.hinton2006 import Study, run
from dbn.comparison.mind import Dreams
from dbn.comparison.protocol import Protocol
from dbn.comparison.rivals import RIVALS, MachineRival, NetworkRival
from dbn.data import load
from dbn.errors import script
from dbn.generative.cd_config import CDConfig
from dbn.generative.greedy_config import GreedyConfig
from dbn.generative.updown import UpDownConfig
from dbn.models import load_model
from dbn.training.device import CHOICES

# Chosen without the test images; results/README.md says on what.
LOW = CDConfig(epochs=60, learning_rate="0.1>0")
MEMORY = CDConfig(epochs=20, learning_rate="0.05>0", k="1>3")
UPDOWN = UpDownConfig(epochs=80, learning_rate="0.15>0", k="1", persistent=True, restart="0.001", averaging=0.998)
STUDY = Study(
    protocol=Protocol(
        greedy=GreedyConfig(hidden=(500, 500, 2000), layers=(LOW, LOW, MEMORY), balanced=True),
        updown=UPDOWN,
        all_images=replace(UPDOWN, epochs=80, learning_rate="0.1>0", k="3>10", restart="0.001>0"),
        final=replace(
            UPDOWN, epochs=10, learning_rate="0.03>0", k="10", restart="0.01,0@5", clamped=0.1, averaging=0.9995
        ),
        held_out=10_000,
        per_class=4400,
    ),
    rivals=RIVALS,
    seeds=(0,),
    dreams=Dreams(),
)
JUDGES = Path(__file__).parents[1] / "results" / "mnist"  # of samples; by the second nothing was chosen

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--output", type=Path, help="folder (results/hinton2006, or with --quick results/hinton2006-quick)")
parser.add_argument("--seeds", type=int, default=1, help="how many, from 0")
parser.add_argument("--device", choices=CHOICES, default="cpu", help="where the generative model learns")
parser.add_argument("--quick", action="store_true")
arguments = parser.parse_args()
arguments.output = arguments.output or Path(f"results/hinton2006{'-quick' * arguments.quick}")

with script():
    name, study = "mnist", replace(STUDY, seeds=tuple(range(arguments.seeds)))
    if arguments.quick:
        name, brief = "mnist-5k", replace(UPDOWN, epochs=6, learning_rate="0.1>0", batch_size=20)
        protocol = Protocol(
            greedy=GreedyConfig(hidden=(100, 100, 300), layers=(CDConfig(epochs=5),) * 3, batch_size=20, balanced=True),
            updown=brief,
            all_images=replace(brief, epochs=2),
            final=replace(brief, epochs=1, clamped=0.5),
            held_out=600,
            per_class=300,
        )
        rivals = [rival for rival in RIVALS if not isinstance(rival, MachineRival)]
        rivals = [
            replace(rival, config=replace(rival.config, epochs=1), held_out=min(rival.held_out, 600))
            if isinstance(rival, NetworkRival)
            else rival
            for rival in rivals
        ]
        dreams = Dreams(steps=(1, 10, 100), per_class=10, between=100, lines=20)
        study = replace(study, protocol=protocol, rivals=tuple(rivals), dreams=dreams)

    summary = run(
        replace(load(name), name=name),
        study,
        load_model(JUDGES / "dbn-discriminative.h5"),
        "sampled",  # as it was shown pixels
        arguments.output,
        second=(load_model(JUDGES / "dbn-generative.h5"), "real"),
        device=arguments.device,
        command=shlex.join(["python", *sys.argv]),
        bar=True,
        say=print,
    )
    print(summary.table())
    print(told(summary.measured["test_methods"]))
