"""Pictures hold the pixels they were given, and files are whole or absent."""

import os
import stat
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from PIL import Image

from dbn.errors import DbnError
from dbn.films import LAST, save_gif
from dbn.images import GAP, grid, save_figure, save_png


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(1, 9),
    height=st.integers(1, 4),
    width=st.integers(1, 4),
    columns=st.integers(1, 5),
    pad=st.integers(0, 3),
    seed=st.integers(0, 2**31),
)
def test_grid_places_every_pixel(n, height, width, columns, pad, seed):
    images = np.random.default_rng(seed).random((n, height * width))
    picture = grid(images, (height, width), columns, pad)
    rows = -(-n // columns)
    assert picture.shape == (rows * (height + pad) - pad, columns * (width + pad) - pad)
    assert picture.dtype == np.uint8

    background = np.ones(picture.shape, bool)
    for k in range(n):
        top, left = k // columns * (height + pad), k % columns * (width + pad)
        for i in range(height):
            for j in range(width):
                assert picture[top + i, left + j] == 255 - round(255 * images[k, i * width + j])
                background[top + i, left + j] = False
    assert (picture[background] == 255 - round(255 * GAP)).all()


def test_grid_leaves_the_callers_images_alone():
    images = np.linspace(0, 1, 12).reshape(3, 4)
    before = images.copy()
    grid(images, (2, 2), 2)
    np.testing.assert_array_equal(images, before)


@pytest.mark.parametrize(
    ("images", "sentence"),
    [
        (np.zeros(4), r"shape \(4,\)"),
        (np.zeros((0, 4)), r"shape \(0, 4\)"),
        (np.zeros((2, 5)), "5 pixels, not the 4 of 2×2"),
        (np.full((2, 4), np.nan), "8 of the images are NaN"),
        (np.full((2, 4), np.inf), "infinite"),
        (np.full((2, 4), 255.0), r"from 255 to 255; scale them to \[0, 1\]"),
        (np.full((2, 4), -0.1), "from -0.1"),
        ([[0.0, 1.0], [0.5]], "not a table of numbers"),
        ([["a", "b", "c", "d"]], "not a table of numbers"),
    ],
)
def test_grid_refuses_what_is_not_grey_images(images, sentence):
    with pytest.raises(DbnError, match=sentence):
        grid(images, (2, 2), 2)


@pytest.mark.parametrize(("columns", "pad"), [(0, 2), (2, -1)])
def test_grid_refuses_an_impossible_layout(columns, pad):
    with pytest.raises(DbnError, match="at least 1 column"):
        grid(np.zeros((2, 4)), (2, 2), columns, pad)


def test_png_holds_each_pixel_as_a_square(tmp_path):
    array = np.arange(6, dtype=np.uint8).reshape(2, 3) * 50
    save_png(tmp_path / "a.png", array, scale=3)
    with Image.open(tmp_path / "a.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), np.kron(array, np.ones((3, 3), np.uint8)))


@pytest.mark.parametrize(
    "array", [np.zeros((2, 2)), np.zeros((2, 2, 3), np.uint8), np.zeros((0, 2), np.uint8)], ids=str
)
def test_png_refuses_what_is_not_a_grey_picture(tmp_path, array):
    with pytest.raises(DbnError, match=r"dbn\.images\.grid"):
        save_png(tmp_path / "a.png", array)
    assert not list(tmp_path.iterdir())


def test_png_refuses_scale_0(tmp_path):
    with pytest.raises(DbnError, match="scale=0"):
        save_png(tmp_path / "a.png", np.zeros((2, 2), np.uint8), scale=0)
    with pytest.raises(DbnError, match="scale=0"):
        save_gif(tmp_path / "a.gif", np.zeros((2, 1, 4)), (2, 2), 1, scale=0)


def test_gif_keeps_frames_values_and_time(tmp_path):
    frames = np.random.default_rng(1).random((7, 6, 20))
    save_gif(tmp_path / "chain.gif", frames, (4, 5), columns=3, milliseconds=80, scale=2)
    with Image.open(tmp_path / "chain.gif") as film:
        assert film.n_frames == 7
        assert film.info["loop"] == 0
        for step, frame in enumerate(frames):
            film.seek(step)
            assert film.info["duration"] == (LAST if step == 6 else 80)
            seen = 255 - np.asarray(film.convert("L"))
            assert (seen == np.kron(seen[::2, ::2], np.ones((2, 2), np.uint8))).all()
            seen = seen[::2, ::2]
            for k, image in enumerate(frame):
                top, left = k // 3 * 6, k % 3 * 7
                tile = seen[top : top + 4, left : left + 5] / 255
                np.testing.assert_allclose(tile, image.reshape(4, 5), atol=1 / 255)


def test_gif_of_a_still_chain_lasts_as_long(tmp_path):
    save_gif(tmp_path / "still.gif", np.zeros((5, 1, 4)), (2, 2), columns=1, milliseconds=40)
    with Image.open(tmp_path / "still.gif") as film:
        assert film.n_frames == 1
        assert film.info["duration"] == 4 * 40 + LAST


def test_gif_refuses_a_picture_that_stays_for_too_long(tmp_path):
    with pytest.raises(DbnError, match="stays for 655 seconds at most; show fewer steps"):
        save_gif(tmp_path / "still.gif", np.zeros((7000, 1, 4)), (2, 2), columns=1)


@pytest.mark.parametrize("milliseconds", [0, -10, 25])
def test_gif_refuses_times_it_cannot_hold(tmp_path, milliseconds):
    with pytest.raises(DbnError, match="hundredths"):
        save_gif(tmp_path / "a.gif", np.zeros((2, 1, 4)), (2, 2), 1, milliseconds)


@pytest.mark.parametrize("frames", [np.zeros((2, 4)), np.full((2, 1, 4), 2.0), np.full((2, 1, 4), np.nan)], ids=str)
def test_gif_refuses_bad_frames(tmp_path, frames):
    with pytest.raises(DbnError):
        save_gif(tmp_path / "a.gif", frames, (2, 2), 1)
    assert not list(tmp_path.iterdir())


def test_figure_has_the_same_bytes_twice_and_no_date(tmp_path):
    for name in ("a.png", "b.png"):
        figure = Figure(figsize=(2, 1))
        figure.add_subplot().plot([0, 1], [1, 0])
        save_figure(figure, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size == (300, 150)
        assert not set(picture.info) & {"Software", "Creation Time", "date"}


def test_figure_colours_survive_with_few_colours_and_with_many(tmp_path):
    for name, steps in (("few", 2), ("many", 64)):
        figure = Figure(figsize=(1, 1))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        ramp = np.linspace(0, 1, steps)
        colours = np.stack([*np.meshgrid(ramp, ramp), np.ones((steps, steps))], axis=-1)
        axes.imshow(colours, aspect="auto", interpolation="nearest")
        save_figure(figure, tmp_path / f"{name}.png")
        with Image.open(tmp_path / f"{name}.png") as picture:
            pixels = np.asarray(picture.convert("RGB"))
        assert pixels[0, 0].tolist() == [0, 0, 255]
        assert pixels[-1, 0].tolist() == [0, 255, 255]
        assert len(np.unique(pixels.reshape(-1, 3), axis=0)) == steps**2


def test_figure_refuses_other_formats(tmp_path):
    with pytest.raises(DbnError, match=r"call figure\.savefig"):
        save_figure(Figure(), tmp_path / "a.pdf")


def writers(path: Path):
    yield lambda: save_png(path.with_suffix(".png"), np.zeros((2, 2), np.uint8))
    yield lambda: save_gif(path.with_suffix(".gif"), np.zeros((2, 1, 4)), (2, 2), 1)
    yield lambda: save_figure(Figure(figsize=(1, 1)), path.with_suffix(".png"))


def test_a_file_for_a_folder_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    for write in writers(tmp_path / "file" / "a"):
        with pytest.raises(DbnError, match=r"cannot write .*file/a.*another place"):
            write()
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    old = tmp_path / "a.png"
    save_png(old, np.zeros((2, 2), np.uint8))
    content = old.read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DbnError, match="No space left"):
        save_png(old, np.full((2, 2), 255, np.uint8))
    assert old.read_bytes() == content
    assert list(tmp_path.iterdir()) == [old]


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_files_can_be_read_as_the_umask_says(tmp_path):
    before = os.umask(0o022)
    try:
        save_png(tmp_path / "a.png", np.zeros((2, 2), np.uint8))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.png").stat().st_mode) == 0o644


def test_an_ending_may_be_in_capitals(tmp_path: Path) -> None:
    save_figure(Figure(figsize=(1, 1)), tmp_path / "a.PNG")
    assert (tmp_path / "a.PNG").read_bytes().startswith(b"\x89PNG")


def test_pictures_too_large_for_their_format_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DbnError, match="1000 chains, 1000 in a row, do not fit into a GIF"):
        save_gif(tmp_path / "wide.gif", np.zeros((1, 1000, 1024)), (32, 32), columns=1000, scale=2)
    with pytest.raises(DbnError, match="more than 80,000,000 dots; show less in it"):
        save_figure(Figure(figsize=(100, 100)), tmp_path / "large.png")
    assert not list(tmp_path.iterdir())
