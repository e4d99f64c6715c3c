"""Every sample log is diagnosed as ``expect.toml`` says."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from trainlog.diagnosis import diagnose
from trainlog.readers import read_all

ROOT = Path(__file__).resolve().parents[2] / "sample_logs"
EXPECT: dict[str, dict[str, Any]] = tomllib.loads((ROOT / "expect.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("sample", [sample for sample, row in EXPECT.items() if "verdict" in row])
def test_the_verdict_is_the_one_expected(sample: str) -> None:
    diagnosis = diagnose(read_all(str(ROOT / sample))[-1])
    row = EXPECT[sample]
    assert diagnosis.verdict == row["verdict"]
    assert set(row.get("codes", ())) <= {reported.code for reported in diagnosis.findings}
    if row["verdict"] == "healthy":
        assert {r.code for r in diagnosis.findings if r.severity != "info"} <= set(row.get("codes", ()))
