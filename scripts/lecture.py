"""Show what a lecture on neural networks defines, row by row.

Single units, nets of two layers and what they can represent, backprop, the deep belief net and the seven claims that
its paper makes for it, and naive Bayes beside logistic regression.

python scripts/lecture.py                    under two minutes on one core, into results/lecture/
python scripts/lecture.py --quick --output /tmp/try    fewer starts and sizes, to see that all is in place
"""

import argparse
import shlex
import sys
from pathlib import Path

from dbn.comparison.lecture import run
from dbn.errors import script

SEED = 0

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--output", type=Path, help="folder (results/lecture, or with --quick results/lecture-quick)")
parser.add_argument("--quick", action="store_true")
arguments = parser.parse_args()
arguments.output = arguments.output or Path(f"results/lecture{'-quick' * arguments.quick}")

with script():
    run(arguments.output, SEED, quick=arguments.quick, command=shlex.join(["python", *sys.argv]), say=print)
