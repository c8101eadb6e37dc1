"""`dbn data`: list, fetch, info."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dbn.cli import options


@click.group()
def data() -> None:
    """List, fetch and describe data sets.

    \b
    Examples:
      dbn data list
      dbn data fetch mnist
      dbn data info mnist-5k
    """


@data.command(name="list")
@options.data_dir_option
def list_sets(data_dir: Path | None) -> None:
    """List the data sets that are known by name, and where each is on this machine.

    \b
    Example:
      dbn data list
    """
    from dbn.data.describe import catalogue

    for entry, found in catalogue(data_dir=data_dir):
        size = f"{entry.n_train:,} + {entry.n_test:,} of {entry.image_shape[0]}×{entry.image_shape[1]}"
        click.echo(f"{entry.name:14} {size:26} {found or 'not here'}")


@data.command()
@click.argument("name")
@options.data_dir_option
def fetch(name: str, data_dir: Path | None) -> None:
    """Download the data set NAME, verify it, and keep it.

    \b
    Example:
      dbn data fetch mnist
    """
    from dbn.data.fetch import fetch as fetch_set

    click.echo(f"{name}: {fetch_set(name, data_dir=data_dir, progress=sys.stderr.isatty())}")


@data.command()
@click.argument("name")
@options.data_dir_option
def info(name: str, data_dir: Path | None) -> None:
    """Describe the data set NAME, or your own at the path NAME.

    \b
    Examples:
      dbn data info mnist-5k
      dbn data info letters.npz
    """
    from dbn.data.describe import describe

    told = describe(name, data_dir=data_dir)
    rows, columns = told.image_shape
    click.echo(f"{told.name}: {told.source}")
    click.echo(f"  licence: {told.licence}")
    click.echo(f"  found in: {told.found}")
    click.echo(f"  images: {rows}×{columns} pixels, {told.dtype}, {told.pixel_range[0]:g} to {told.pixel_range[1]:g}")
    click.echo(f"  mean intensity: {told.mean_intensity:.4f}")
    for part, counts in (("training", told.train_per_class), ("test", told.test_per_class)):
        click.echo(f"  {part} images: {sum(counts):,} ({', '.join(map(str, counts))} of class 0, 1, …)")
    click.echo(f"  sha256: {told.sha256}")
