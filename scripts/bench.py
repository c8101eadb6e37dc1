"""Time learning beside the matrix products alone, scikit-learn and, where they are installed, PyTorch and rbms.

python scripts/bench.py                     some minutes, into results/bench/
python scripts/bench.py --only cd1-b100     one case; or a family of them: cd1, updown, hidden, images, threads, scaling
python scripts/bench.py --only stream --stream-gb 10 --rounds 1    from a file of 10 GB, deleted afterwards
python scripts/bench.py --device cuda       the package and the products alone, on a GPU
python scripts/bench.py --quick --output /tmp/try    tiny nets, to see that all is in place

Times are those of an epoch of so many images; the embedded digits come round again until there are as many. What a
folder has from before stays, apart from the cases that are measured anew.
"""

import argparse
import os
import shlex
import sys
from pathlib import Path

from dbn.comparison.bench.cases import all_cases, chosen, on, small
from dbn.comparison.bench.report import run
from dbn.comparison.bench.worker import OURS, Program
from dbn.errors import script
from dbn.training import device

RIVALS = Path(__file__).parent / "rivals"  # PyTorch stays outside of the package

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--output", type=Path, help="folder (results/bench, or with --quick results/bench-quick)")
parser.add_argument("--only", metavar="CASE", help="a case, or a family of cases")
parser.add_argument("--rounds", type=int, help="how often everything is timed (5, or once with --quick)")
parser.add_argument("--images", type=int, default=10_000, help="of an epoch")
parser.add_argument("--stream-gb", type=float, default=0.3, help="size of the file that is streamed")
parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of every program")
parser.add_argument("--device", choices=device.CHOICES, default="cpu", help="of products and dbn, without the others")
parser.add_argument("--quick", action="store_true")
arguments = parser.parse_args()
arguments.output = arguments.output or Path(f"results/bench{'-quick' * arguments.quick}")
if arguments.rounds is None:
    arguments.rounds = 1 if arguments.quick else 5

with script():
    where = device.chosen(arguments.device)
    cases = on(where, chosen(all_cases(arguments.images, arguments.threads, arguments.stream_gb), arguments.only))
    rivals = [
        Program("torch-eager", (str(RIVALS / "torch_eager.py"),), "torch"),
        Program("rbms", (str(RIVALS / "rbms_loop.py"),), "rbms"),
    ]
    print(
        run(
            [small(case) for case in cases] if arguments.quick else cases,
            [*OURS, *rivals] if where == "cpu" else OURS[:2],
            arguments.output,
            rounds=arguments.rounds,
            threads=arguments.threads,
            command=shlex.join(["python", *sys.argv]),
        )
    )
