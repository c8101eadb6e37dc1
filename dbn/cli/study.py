"""`dbn study`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from dbn.cli import options
from dbn.cli.values import whole_numbers


@click.command()
@options.dataset_option()
@click.option("--labels", help="Numbers of labelled images, for example 10,100,1000.  [default: 10 … all]")
@click.option("--seeds", type=click.IntRange(1, 10_000), default=10, show_default=True, help="How many, from 0.")
@click.option("--models", help="Names of models; what is trained together with one comes along.  [default: all]")
@click.option("--validate", is_flag=True, help="Judge on the last sixth of the training images, not on the test set.")
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes on this machine.")
@click.option("--scheduler", help="Address of a Dask scheduler, whose workers are used instead of --jobs.")
@click.option("--output", type=options.FOLDER, help="Folder for the results.  [default: results/study-DATASET]")
@options.resume_options
def study(
    dataset: str,
    data_dir: Path | None,
    labels: str | None,
    seeds: int,
    models: str | None,
    validate: bool,
    jobs: int,
    scheduler: str | None,
    output: Path | None,
    resume: bool,
    overwrite: bool,
) -> None:
    """Compare generative and discriminative models by their error against the number of labelled images.

    Pairs of models: naive Bayes and logistic regression; an RBM of images and labels that learns p(image, label) or
    p(label given image); a deep belief net fine-tuned by up-down or by backprop. Each with labelled images only,
    and, where that is possible, after pre-training on all images without their labels.

    Finished cells are kept: --resume goes on with the rest, also with more seeds or other numbers of labels.

    \b
    Examples:
      dbn study --jobs 2                                      the embedded digits
      dbn study --dataset mnist --jobs 2                      full MNIST, some hours
      dbn study --dataset mnist --jobs 2 --resume --seeds 20  more seeds
      dbn study --dataset mnist --scheduler tcp://host:8786   on a Dask cluster
    """
    from dbn.comparison.compare import check_folder
    from dbn.comparison.study import run
    from dbn.comparison.study_report import write_study
    from dbn.comparison.study_settings import standard
    from dbn.data.load import load, path_in

    options.check_choice(resume=resume, overwrite=overwrite)
    folder = output or Path("results") / f"study-{path_in(dataset).stem}"
    check_folder(folder, resume=resume, overwrite=overwrite)
    data = replace(load(dataset, data_dir=data_dir), name=dataset)
    if validate:
        data = data.hold_out(max(1, len(data.train) // 6))
    chosen = replace(standard(len(data.train), data.n_classes), seeds=seeds)
    if models is not None:
        chosen = replace(chosen, models=tuple(name.strip() for name in models.split(",")))
    if labels is not None:
        chosen = replace(chosen, n_labels=tuple(sorted(set(whole_numbers(labels.split(","), "--labels")))))
    found = run(
        data,
        chosen,
        folder,
        jobs=jobs,
        scheduler=scheduler,
        resume=resume,
        overwrite=overwrite,
        say=lambda text: click.echo(text, err=True),
    )
    click.echo(
        write_study(
            chosen,
            found,
            data,
            folder,
            command=options.command_line(),
            evaluated_on="validation" if validate else "test",
        )
    )
    click.echo(f"\ntables, figures and cells: {folder}")
