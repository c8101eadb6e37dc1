from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _own_places(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What this machine has in its cache, or where DBN_DATA points, is nothing to these tests."""
    cache = tmp_path_factory.mktemp("cache")
    monkeypatch.delenv("DBN_DATA", raising=False)
    monkeypatch.setattr("pooch.os_cache", lambda name: Path(cache) / name)
