"""The command line: one click command per stage. It parses, calls one function, prints."""

from dbn.cli.main import main

__all__ = ["main"]
