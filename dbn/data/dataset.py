"""A data set, checked once: images, labels, and a digest that says exactly which ones."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dbn.data.streamed import Blocks, Streamed
from dbn.errors import DbnError

Pixels = NDArray[np.uint8] | NDArray[np.float32] | Streamed

BLOCK = 1000
"""Images that are looked at together where all are."""


@dataclass(frozen=True, eq=False)
class Split:
    """Images with their labels; `check_split` makes one from arrays that nobody has checked.

    Attributes
    ----------
    images : array (n, d), uint8 from 0 to 255 or float32 from 0 to 1
        One image a row, its pixels row by row. Those that stay in their file are `Streamed`, and uint8.
    labels : int64 array (n,)
        The class of each image, from 0; zeros for images without labels, which nothing then learns.
    """

    images: Pixels
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, rows: slice | NDArray[Any]) -> Split:
        return Split(self.images[rows], self.labels[rows])

    @property
    def blocks(self) -> Blocks | None:
        """The blocks by which the images are read from their file; None of images in memory."""
        return self.images.blocks if isinstance(self.images, Streamed) else None


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images to learn from and images to test with; `Dataset.of` makes one.

    Attributes
    ----------
    name : str
        What results call it.
    train, test : Split
        Both with the same number of pixels, stored the same way.
    image_shape : tuple of int
        Rows and columns of an image.
    n_classes : int
        Labels are 0 … n_classes − 1.
    """

    name: str
    train: Split
    test: Split
    image_shape: tuple[int, int]
    n_classes: int

    @classmethod
    def of(cls, name: str, train: Split, test: Split, image_shape: tuple[int, int], n_classes: int) -> Dataset:
        """Put two checked splits together.

        Raises
        ------
        DbnError
            When the splits are stored differently, or their images have not the pixels of `image_shape`.

        Examples
        --------
        >>> dots = Split(np.array([[0, 255]], dtype=np.uint8), np.array([0]))
        >>> Dataset.of("dots", dots, dots, (1, 2), n_classes=1).sha256[:8]
        'ddaf11a6'
        """
        for role, split in (("training", train), ("test", test)):
            if split.images.shape[1] != image_shape[0] * image_shape[1]:
                raise DbnError(
                    f"{name}: {role} images have {split.images.shape[1]} pixels, not {image_shape[0]} x "
                    f"{image_shape[1]}; give training and test images of one size"
                )
        if train.images.dtype != test.images.dtype:
            raise DbnError(
                f"{name}: training images are {train.images.dtype} and test images {test.images.dtype}; "
                "store both the same way"
            )
        return cls(name, train, test, image_shape, n_classes)

    @cached_property
    def sha256(self) -> str:
        """A digest over the pixels, labels and shapes of both splits, taken when it is first asked for.

        Two sets with the same digest are the same data in the same order, whatever file they came from.
        """
        return _digest(self.train, self.test, self.image_shape)

    def hold_out(self, n: int) -> Dataset:
        """Make the last `n` training images the test images: the validation split.

        The real test images are left out, so that a choice made on the result cannot have seen them.

        Parameters
        ----------
        n : int
            Images to hold out; at least 1, and fewer than there are training images.

        Returns
        -------
        Dataset
            Of the same name, with a digest of its own.

        Raises
        ------
        DbnError
            When `n` leaves nothing to train on or nothing to validate with.

        Examples
        --------
        >>> four = Split(np.zeros((4, 2), np.uint8), np.array([0, 1, 0, 1]))
        >>> halves = Dataset.of("four", four, four, (1, 2), n_classes=2).hold_out(1)
        >>> len(halves.train), halves.test.labels.tolist()
        (3, [1])
        """
        if not 1 <= n < len(self.train):
            raise DbnError(
                f"{n} of {len(self.train)} training images of {self.name} cannot be held out; "
                f"choose 1 to {len(self.train) - 1}"
            )
        cut = len(self.train) - n
        return Dataset.of(self.name, self.train[:cut], self.train[cut:], self.image_shape, self.n_classes)


def check_split(images: NDArray[Any] | Streamed, labels: NDArray[Any], n_classes: int, *, where: str) -> Split:
    """Check images and labels once, at the boundary, and bring them to the form of a `Split`.

    Parameters
    ----------
    images : array (n, d) or (n, rows, columns)
        uint8 from 0 to 255, or floating point from 0 to 1; or `Streamed`.
    labels : array (n,)
        Whole numbers, of any type, from 0 to `n_classes` − 1.
    n_classes : int
        The number of classes.
    where : str
        What an error calls the data: a file's name, or "training images of mnist".

    Returns
    -------
    Split
        uint8 pixels stay uint8; floating point becomes float32.

    Raises
    ------
    DbnError
        When the pixels or labels are not as above, or there are not as many of both.

    Examples
    --------
    >>> check_split(np.array([[0.0, 1020.0]]), np.array([3]), 10, where="scan.npz")
    Traceback (most recent call last):
    ...
    dbn.errors.DbnError: scan.npz: pixels reach 1020, and floating-point pixels go from 0 to 1;
    divide by 1020
    """
    if len(images.shape) not in (2, 3) or 0 in images.shape:
        raise DbnError(
            f"{where}: images have the shape {images.shape}; "
            "give at least one grey image, as (n, pixels) or (n, rows, columns)"
        )
    if labels.shape != images.shape[:1]:
        raise DbnError(
            f"{where}: {images.shape[0]} images with labels of the shape {labels.shape}; give one label an image"
        )
    flat = images if isinstance(images, Streamed) else images.reshape(len(images), -1)
    pixels = _check_pixels(flat, where)
    return Split(pixels, _check_labels(labels, n_classes, where))


def in_blocks(images: Pixels) -> Iterator[NDArray[np.uint8] | NDArray[np.float32]]:
    """Go through images some at a time, in order; each block is in memory while it is looked at.

    >>> [len(block) for block in in_blocks(np.zeros((2500, 4), np.uint8))]
    [1000, 1000, 500]
    """
    for at in range(0, len(images), BLOCK):
        yield np.asarray(images[at : at + BLOCK])


def check_whole_numbers(labels: NDArray[Any], *, where: str) -> None:
    """Refuse labels, of any shape, that are not whole numbers.

    Raises
    ------
    DbnError

    Examples
    --------
    >>> check_whole_numbers(np.array(["cat", "dog"]), where="pets.npz")
    Traceback (most recent call last):
    ...
    dbn.errors.DbnError: pets.npz: labels are not all whole numbers; number the classes 0, 1, 2, …
    """
    if labels.dtype.kind not in "iuf" or not np.all(np.isfinite(labels)) or np.any(labels != np.floor(labels)):
        raise DbnError(f"{where}: labels are not all whole numbers; number the classes 0, 1, 2, …")


def _check_pixels(images: NDArray[Any] | Streamed, where: str) -> Pixels:
    if isinstance(images, Streamed) or images.dtype == np.uint8:
        few = all(block.max() <= 16 for block in in_blocks(images))  # of binary images 1, of scikit-learn's digits 16
        if few and (top := max(int(block.max()) for block in in_blocks(images))):
            raise DbnError(f"{where}: pixels are bytes up to {top}, and white is 255; multiply them by {255 // top}")
        return images
    if images.dtype.kind != "f":
        raise DbnError(f"{where}: pixels are {images.dtype}; store them as uint8 (white 255) or as floats from 0 to 1")
    low, high = float(images.min()), float(images.max())
    if np.isnan(low):
        raise DbnError(f"{where}: some pixels are NaN (not a number); repair or leave out those images")
    if np.isinf([low, high]).any():
        raise DbnError(f"{where}: some pixels are infinite; repair or leave out those images")
    if low < 0:
        raise DbnError(f"{where}: pixels go down to {low:g}; rescale them to go from 0 to 1")
    if high > 1:
        white = "the value of white (of bytes 255, of scikit-learn's digits 16)" if high <= 255 else f"{high:g}"
        raise DbnError(f"{where}: pixels reach {high:g}, and floating-point pixels go from 0 to 1; divide by {white}")
    return images.astype(np.float32, copy=False)


def _check_labels(labels: NDArray[Any], n_classes: int, where: str) -> NDArray[np.int64]:
    check_whole_numbers(labels, where=where)
    low, high = labels.min(), labels.max()
    if low < 0 or high >= n_classes:
        wrong = low if low < 0 else high
        raise DbnError(
            f"{where}: a label is {wrong:g}, and {n_classes} classes have the labels 0 to {n_classes - 1}; "
            "renumber the classes from 0"
        )
    return labels.astype(np.int64, copy=False)


def _digest(train: Split, test: Split, image_shape: tuple[int, int]) -> str:
    digest = hashlib.sha256(f"image shape {image_shape[0]} {image_shape[1]}\n".encode())
    for split in (train, test):
        dtype = split.images.dtype.newbyteorder("<")
        digest.update(f"{len(split)} {dtype.str}\n".encode())
        for images in in_blocks(split.images):
            digest.update(np.ascontiguousarray(images, dtype).data)
        digest.update(np.ascontiguousarray(split.labels, "<i8").data)
    return digest.hexdigest()
