"""How probable generative models say the test digits are: exactly, or from both sides, beside published figures.

python scripts/likelihood_table.py                       full MNIST, some hours, into results/likelihood/
python scripts/likelihood_table.py --only rbm-16         that model; those that are done stay in the table
python scripts/likelihood_table.py --quick --output /tmp/try    the embedded digits, small models, a minute

After an interruption, run it again: it goes on where it was, and what is done is not done again.
"""

import argparse
import shlex
import sys
from dataclasses import replace
from pathlib import Path

from dbn.comparison.likelihood_report import write_table
from dbn.comparison.likelihood_rows import Published
from dbn.comparison.likelihood_table import Model, Study, run
from dbn.data import load
from dbn.errors import script
from dbn.generative.cd_config import CDConfig
from dbn.generative.greedy_config import GreedyConfig

PYDEEP = "PyDeep, PCD-1, 200 epochs"
MURRAY = "Salakhutdinov & Murray 2008, as recalled"

# The rate of persistent chains was chosen on the last 10,000 training images of MNIST, that of the larger memory, which
# begins as the machine below, transposed, by two epochs of it.
CD = CDConfig(sample_visible=True, weight_decay="0.0001")
PCD = replace(CD, persistent="1", momentum="0", epochs=200, learning_rate="0.1>0", k="5")
ONE = GreedyConfig(hidden=(500,), layers=(CD,), labels=False, intensity="sampled", averaging=0.999)
MEMORY = replace(PCD, epochs=150, learning_rate="0.05>0", k="10", centering=0.01)
MODELS = {
    "rbm-16": Model(
        replace(ONE, hidden=(16,), layers=(PCD,), intensity="threshold"),
        published=(
            Published(-142.56, "exact", "threshold", f"{PYDEEP}, centered"),
            Published(-149.05, "exact", "threshold", f"{PYDEEP}, plain"),
        ),
    ),
    "rbm-20": Model(replace(ONE, hidden=(20,), layers=(PCD,), intensity="threshold")),
    "rbm-500-cd1": Model(
        replace(ONE, layers=(replace(CD, epochs=100, learning_rate="0.1>0"),)),
        published=(
            Published(-125.53, "AIS", "sampled", f"CD-1, {MURRAY}"),
            Published(-105.50, "AIS", "sampled", f"CD-3, {MURRAY}"),
        ),
    ),
    "rbm-500-cd25": Model(
        replace(ONE, layers=(replace(CD, epochs=80, learning_rate="0.05>0", momentum="0.5", k="25"),)),
        published=(Published(-86.34, "AIS", "sampled", f"CD-25, {MURRAY}"),),
    ),
    "rbm-500-pcd": Model(replace(ONE, layers=(replace(PCD, k="5>20"),))),
    "rbm-500-pcd-centered": Model(
        replace(ONE, layers=(replace(PCD, k="5>20", centering=0.01),)),
        published=(
            Published(-84.86, "AIS", "threshold", f"{PYDEEP}, centered"),
            Published(-96.61, "reverse AIS", "threshold", f"{PYDEEP}, centered"),
        ),
    ),
    "rbm-500-pcd-centered-320": Model(replace(ONE, layers=(replace(PCD, epochs=320, k="5>20", centering=0.01),))),
    "rbm-500-pt": Model(replace(ONE, layers=(replace(PCD, epochs=100, k="1", temperatures=10),))),
    "dbn-500-2000": Model(
        replace(ONE, hidden=(500, 2000), layers=(replace(PCD, epochs=0), MEMORY), sample_hidden=True, tied=True),
        start="rbm-500-pcd-centered-320",
        published=(
            Published(-86.22, "bound, AIS", "sampled", f"DBN 500-2000, {MURRAY}"),
            Published(-84.55, "chain, AIS", "sampled", "the same DBN, Murray & Salakhutdinov 2009, as recalled"),
        ),
    ),
}


def small(model: Model) -> Model:
    brief = [replace(rule, epochs=min(rule.epochs, 2), k="3" if rule.k != "1" else "1") for rule in model.greedy.layers]
    hidden = tuple(size // 2 if size < 50 else size // 10 for size in model.greedy.hidden)
    greedy = replace(model.greedy, hidden=hidden, layers=tuple(brief), batch_size=20, tied=False)
    return replace(model, greedy=greedy, published=())


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--output", type=Path, help="folder (results/likelihood, or with --quick results/likelihood-quick)")
parser.add_argument("--only", action="append", default=[], metavar="MODEL", help=f"of {', '.join(MODELS)}")
parser.add_argument("--quick", action="store_true")
arguments = parser.parse_args()
arguments.output = arguments.output or Path(f"results/likelihood{'-quick' * arguments.quick}")

name, study = "mnist", Study(MODELS)
if arguments.quick:
    models = {name: small(model) for name, model in MODELS.items()}
    name, study = "mnist-5k", Study(models, held_out=600, ais_every=2, chains=20, betas="200")

with script():
    dataset = replace(load(name), name=name)
    found = run(dataset, study, arguments.only, arguments.output, bar=True, say=print)
    print(write_table(study, found, dataset, arguments.output, shlex.join(["python", *sys.argv])))
