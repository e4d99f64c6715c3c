"""Reads text as if it were a log file of the given name."""

from collections.abc import Callable
from pathlib import Path

import pytest

from trainlog.readers import read_all
from trainlog.run import Run


@pytest.fixture
def log(tmp_path: Path) -> Callable[..., list[Run]]:
    def read(text: str | bytes, name: str = "log.txt", **options: object) -> list[Run]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_all(str(path), **options)

    return read
