"""A log that prints ``train 2.31, valid 2.40`` means losses, unless they rise as scores do."""

import math
from pathlib import Path

from trainlog.readers import read


def lines(path: Path, train: list[float], valid: list[float]) -> str:
    path.write_text("".join(f"iter {50 * i}: train={t:.4f}, valid={v:.4f}\n" for i, (t, v) in enumerate(zip(train, valid, strict=True))))
    return str(path)


def test_what_falls_is_a_loss(tmp_path: Path) -> None:
    fall = [3 * math.exp(-i / 10) + 1 for i in range(30)]
    run = read(lines(tmp_path / "a.log", fall, [x + 0.1 for x in fall]))
    assert run.series["loss"].value[0] == 4.0
    assert run.series["val_loss"].value[0] == 4.1
    assert any("taken for val_loss" in remark for remark in run.remarks)


def test_what_rises_is_none(tmp_path: Path) -> None:
    rise = [1 - 0.5 * math.exp(-i / 10) for i in range(30)]
    assert not {"loss", "val_loss"} & set(read(lines(tmp_path / "a.log", rise, rise)).series)


def test_where_a_loss_is_named_bare_splits_stay_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("".join(f"step {i} loss {1 / i:.4f} test {1 / i:.4f}\n" for i in range(1, 30)))
    assert "test_loss" not in read(str(path)).series
