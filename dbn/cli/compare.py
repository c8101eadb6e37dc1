"""`dbn compare`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from dbn.cli import options
from dbn.cli.values import whole_numbers


@click.command()
@options.dataset_option()
@options.seed_option
@click.option("--validate", is_flag=True, help="Judge on the last sixth of the training images, not on the test set.")
@click.option("--hidden", help="Hidden units of each layer, for example 500,500,2000.  [default: as published]")
@click.option(
    "--pretrain-epochs", type=click.IntRange(min=1), help="Epochs of each layer.  [default: by the size of the data]"
)
@click.option("--finetune-epochs", type=click.IntRange(min=1), help="[default: by the size of the data]")
@click.option("--output", type=options.FOLDER, help="Folder for the results.  [default: results/DATASET-seedSEED]")
@options.resume_options
@options.every_option
@click.option(
    "--log", is_flag=True, help="Write the metrics of each epoch beside the checkpoints, as JSON lines: MODEL.jsonl."
)
def compare(
    dataset: str,
    data_dir: Path | None,
    seed: int,
    validate: bool,
    hidden: str | None,
    pretrain_epochs: int | None,
    finetune_epochs: int | None,
    output: Path | None,
    resume: bool,
    overwrite: bool,
    every: int,
    log: bool,
) -> None:
    """Train a deep belief net and its rivals, print the table, and write tables, figures and checkpoints.

    The models are logistic regression, the net after greedy learning as a generative classifier, the same net
    fine-tuned by backprop, and its twin that starts from random weights.

    \b
    Examples:
      dbn compare                                  the embedded digits, under 3 minutes on 2 cores
      dbn compare --dataset mnist                  full MNIST, about 50 minutes
      dbn compare --dataset mnist --resume         after an interruption
    """
    from dbn.comparison.compare import check_folder, preset, stack
    from dbn.comparison.compare import compare as run_comparison
    from dbn.comparison.report import write_report
    from dbn.data.load import load, path_in

    options.check_choice(resume=resume, overwrite=overwrite)
    folder = output or Path("results") / f"{path_in(dataset).stem}-seed{seed}"
    check_folder(folder, resume=resume, overwrite=overwrite)
    data = replace(load(dataset, data_dir=data_dir), name=dataset)  # by this name the checkpoints find it again
    config = preset(len(data.train), pretrain_epochs, pretrain_epochs)
    sizes = config.pretrain.hidden if hidden is None else tuple(whole_numbers(hidden.split(","), "--hidden"))
    layers = stack(config.pretrain.layers, len(sizes))
    config = replace(config, pretrain=replace(config.pretrain, hidden=sizes, layers=layers))
    if finetune_epochs:
        config = replace(config, finetune=replace(config.finetune, epochs=finetune_epochs))
    comparison = run_comparison(
        data,
        config,
        seed,
        folder,
        command=options.command_line(),
        held_out=max(1, len(data.train) // 6) if validate else 0,
        resume=resume,
        overwrite=overwrite,
        every=every,
        log=log,
        bar=True,
        say=lambda text: click.echo(text, err=True),
    )
    click.echo(comparison.summary.table())
    write_report(comparison, folder)
    click.echo(f"\ntables, figures and checkpoints: {folder}")
