"""LightGBM prints each measure of each set on one line."""

import math
from pathlib import Path

from trainlog.readers import read


def test_measures_at_a_cutoff_are_read(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    lines = [
        f"[{i}]\ttraining's ndcg@10: {0.8 - 0.3 * math.exp(-i / 30):.6f}\tvalid_1's ndcg@10: {0.6 - 0.1 * math.exp(-i / 20):.6f}"
        for i in range(1, 40)
    ]
    path.write_text("\n".join(["[LightGBM] [Info] Total Bins 3421", *lines]), encoding="utf-8")
    run = read(str(path))
    assert len(run.series["ndcg"]) == 39
    assert any(name.startswith("val_ndcg") and len(series) == 39 for name, series in run.series.items())
