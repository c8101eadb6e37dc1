"""``python -m dbn`` is the command ``dbn``."""

from dbn.cli import main

main()
