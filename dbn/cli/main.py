"""The command `dbn` and how it reports errors."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

import dbn
from dbn.errors import DbnError, mendable

COMMANDS = {
    "compare": "Run the main job: train a DBN and its rivals, and print the table.",
    "study": "Compare pairs of models by their error against the number of labels.",
    "pretrain": "Train a deep belief net layer by layer.",
    "updown": "Fine-tune a deep belief net generatively, by the up-down algorithm.",
    "finetune": "Fine-tune a deep belief net discriminatively, by backprop.",
    "baseline": "Fit logistic regression, or its generative twin, naive Bayes.",
    "evaluate": "Measure a model: its error with a 95 % interval.",
    "likelihood": "Tell how probable a deep belief net says images are, from both sides.",
    "sample": "Generate images from a deep belief net.",
    "complete": "Let a deep belief net imagine the hidden part of images.",
    "ravines": "Draw the free energy along chains, and between two digits.",
    "plot": "Draw every figure of a checkpoint.",
    "info": "Tell what a checkpoint is.",
    "data": "List, fetch and describe data sets.",
}


TOGETHER = ("pretrain", "updown", "finetune")
"""Commands whose learners share their mini-batches among the processes that torchrun starts."""


class LazyGroup(click.Group):
    """Loads a command's module when it is called, so that `dbn --help` is quick, and turns errors into a sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which they are used."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Load the command `name`."""
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"dbn.cli.{name}")
        command: click.Command = getattr(module, name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        """Read the options, and print help or the version if that is what they ask for."""
        with _told():
            return super().make_context(*args, **options)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        with _told():
            return super().invoke(ctx)


@contextmanager
def _told() -> Iterator[None]:
    """Make what the user can mend one sentence and exit status 1."""
    try:
        with mendable():
            yield
    except DbnError as error:
        raise click.ClickException(str(error)) from error


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(dbn.__version__)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Deep belief nets: pre-train, fine-tune, compare, sample and look.

    \b
    Begin with:
      dbn compare                        the main job on the embedded digits, under 3 minutes
      dbn compare --dataset mnist        the same on full MNIST
      dbn pretrain --output net.h5       one stage at a time
      dbn sample net.h5                  what the net has in mind

    \b
    Shell completion, for example for bash:
      eval "$(_DBN_COMPLETE=bash_source dbn)"
    """
    from dbn.training.ranks import started

    os.environ["MPLBACKEND"] = "agg"  # pictures go to files: whatever shows them elsewhere is not asked for
    if started() and ctx.invoked_subcommand not in TOGETHER:
        raise DbnError(
            f"several processes share the work of {', '.join(TOGETHER)} alone; give dbn {ctx.invoked_subcommand} "
            "without torchrun"
        )
