import errno
import os
import stat
from pathlib import Path

import pytest

from dbn.atomic import check_writable, replacing, write
from dbn.errors import DbnError


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "weights"
    target.write_bytes(b"old")

    def interrupted() -> None:
        with replacing(target) as file:
            file.write(b"half of the n")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_finished_file_takes_the_old_one_s_place_and_is_as_readable_as_any(tmp_path: Path) -> None:
    target, plain = tmp_path / "weights", tmp_path / "plain"
    target.write_bytes(b"old")
    plain.write_bytes(b"")
    with replacing(target) as file:
        file.write(b"new")
    assert target.read_bytes() == b"new"
    assert target.stat().st_mode == plain.stat().st_mode
    assert sorted(tmp_path.iterdir()) == [plain, target]


def test_a_place_is_tried_without_leaving_or_changing_anything(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("old")
    check_writable(kept)
    check_writable(tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert kept.read_text() == "old"
    with pytest.raises(DbnError, match="is a folder; give the name of a file"):
        check_writable(tmp_path)
    with pytest.raises(DbnError, match=r"cannot write .*kept/under: a part of that path is no folder; .*another place"):
        check_writable(kept / "under")


def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path: Path) -> None:
    target, link = tmp_path / "far" / "weights", tmp_path / "link"
    target.parent.mkdir()
    target.write_bytes(b"old")
    link.symlink_to(target)
    write(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    target.unlink()
    write(link, b"anew")
    assert target.read_bytes() == b"anew"


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for put in (check_writable, lambda path: write(path, b"x")):
        with pytest.raises(DbnError, match="pipe is a device or a pipe, which no file may replace"):
            put(pipe)
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="no list of open files")
def test_no_file_stays_open(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        write(tmp_path / "weights", b"new")
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_folders_are_made(tmp_path: Path) -> None:
    check_writable(tmp_path / "new" / "newer" / "weights")
    assert (tmp_path / "new" / "newer").is_dir()


def test_a_name_may_be_as_long_as_the_system_allows(tmp_path: Path) -> None:
    write(tmp_path / (250 * "n"), b"new")
    assert (tmp_path / (250 * "n")).read_bytes() == b"new"


def test_a_link_to_itself_is_no_place(tmp_path: Path) -> None:
    link = tmp_path / "loop.h5"
    link.symlink_to(link)
    with pytest.raises(DbnError, match=r"loop\.h5 is a link that leads nowhere; give the name of a file"):
        check_writable(link)


@pytest.mark.parametrize(("number", "kept"), [(errno.EINVAL, True), (errno.ENOTSUP, True), (errno.EIO, False)])
def test_a_folder_that_cannot_be_flushed_is_no_error_but_a_broken_disk_is(
    tmp_path: Path, number: int, kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    flush = os.fsync

    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, os.strerror(number))
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    if kept:
        write(tmp_path / "weights", b"new")
    else:
        with pytest.raises(DbnError, match="cannot write"):
            write(tmp_path / "weights", b"new")
    assert (tmp_path / "weights").read_bytes() == b"new"
