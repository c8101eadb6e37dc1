"""Train a tiny net slowly enough to be killed: python interruptible_run.py FILE."""

import sys
import time
from pathlib import Path

from toys import Watched, greedy, header

from dbn.training.runs import Output, train_to_file


def main(path: Path) -> None:
    learner = Watched(greedy(), lambda _: time.sleep(0.04))
    print("training", flush=True)
    train_to_file(learner, header(learner.learner), Output(path, resume=True))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
