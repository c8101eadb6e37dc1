"""Generative or discriminative? Errors of pairs of models against the number of labels (after Ng & Jordan 2001).

python scripts/ng_jordan.py --jobs 2               full MNIST, some hours, into results/study/
python scripts/ng_jordan.py --jobs 2 --seeds 20    more seeds, on top of those that are there
python scripts/ng_jordan.py --quick --output /tmp/try    the embedded digits, two pairs, a minute

After an interruption, run it again: finished cells are not trained again. As a check on the two regimes, naive Bayes
and logistic regression are tested on random halves of scikit-learn's small data sets as well: small-sets.json.
"""

import argparse
import shlex
import sys
from dataclasses import replace
from pathlib import Path

from dbn.comparison.small_sets import SETS, regimes
from dbn.comparison.study import run
from dbn.comparison.study_report import write_small_sets, write_study
from dbn.comparison.study_settings import standard
from dbn.data import load
from dbn.errors import script

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--output", type=Path, help="folder (results/study, or with --quick results/study-quick)")
parser.add_argument("--seeds", type=int, default=10, help="how many, from 0")
parser.add_argument("--jobs", type=int, default=1, help="processes on this machine")
parser.add_argument("--scheduler", help="address of a Dask scheduler, whose workers are used instead")
parser.add_argument("--quick", action="store_true")
arguments = parser.parse_args()
arguments.output = arguments.output or Path(f"results/study{'-quick' * arguments.quick}")

name, sets, halves = "mnist", SETS, 100
if arguments.quick:
    name, sets, halves = "mnist-5k", ("iris",), 5

with script():
    dataset = replace(load(name), name=name)
    study = replace(standard(len(dataset.train), dataset.n_classes), seeds=arguments.seeds)
    if arguments.quick:
        models = ("naive-bayes", "logistic-regression", "joint-rbm", "discriminative-rbm")
        study = replace(study, seeds=min(2, arguments.seeds), n_labels=(10, 100), models=models)

    found = run(dataset, study, arguments.output, jobs=arguments.jobs, scheduler=arguments.scheduler, say=print)
    command = shlex.join(["python", *sys.argv])
    print(write_study(study, found, dataset, arguments.output, command=command))
    small = {one: regimes(one, (1, 2, 3, 5, 10, 20, 40, 80), halves) for one in sets}
    write_small_sets(small, arguments.output, command=command)
