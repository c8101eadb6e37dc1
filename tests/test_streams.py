"""A command outlives those who read what it says."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from dbn import streams
from dbn.streams import Lasting, lasting

TALKER = """
import sys
from pathlib import Path
from dbn.errors import script
with script():
    for i in range(20_000):
        print("a line that nobody reads", i)
        print("nor this", file=sys.stderr)
    Path(sys.argv[1]).write_text("done")
"""


SHORT = """
import sys, time
from pathlib import Path
from dbn.errors import script
with script():
    time.sleep(0.5)
    print("a line")
    Path(sys.argv[1]).write_text("done")
"""


@pytest.mark.parametrize("text", [TALKER, SHORT])
@pytest.mark.parametrize("redirection", ["| true", "2>&1 | head -1", "2>&1 | true", "2>&-", ">&- 2>&-"])
def test_the_work_is_done_without_a_reader(tmp_path: Path, redirection: str, text: str) -> None:
    (tmp_path / "talker.py").write_text(text)
    command = f'set -o pipefail; "$0" talker.py result {redirection}'
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    environment.pop("PYTHONUNBUFFERED", None)  # as users have it: what is written waits
    done = subprocess.run(
        ["bash", "-c", command, sys.executable],  # noqa: S607
        check=False, cwd=tmp_path, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert (tmp_path / "result").read_text() == "done"
    assert done.returncode == 0
    assert set(done.stderr.splitlines()) <= {"nor this"}


def test_what_the_encoding_lacks_is_escaped() -> None:
    raw = io.BytesIO()
    stream = Lasting(io.TextIOWrapper(raw, encoding="ascii"))
    assert stream.write("caf\udce9 é\n") == 7
    stream.flush()
    assert raw.getvalue() == b"caf\\udce9 \\xe9\n"
    assert stream.encoding == "ascii"


def test_streams_are_put_back() -> None:
    before = sys.stdout, sys.stderr
    with lasting():
        assert sys.stdout is not before[0]
    assert (sys.stdout, sys.stderr) == before


def test_nothing_is_written_past_it() -> None:
    assert not hasattr(Lasting(sys.stdout), "buffer")
    assert Lasting(sys.stdout).encoding == sys.stdout.encoding


def test_a_reader_who_left_is_told_otherwise_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    gone, full = OSError(errno.EINVAL, "Invalid argument"), OSError(errno.ENOSPC, "No space left on device")
    assert not streams._is_broken(gone)
    monkeypatch.setattr(streams, "os", SimpleNamespace(name="nt"))
    assert streams._is_broken(gone)
    assert streams._is_broken(BrokenPipeError())
    assert not streams._is_broken(full)
