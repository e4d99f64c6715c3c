"""Every sample log is diagnosed as ``expect.toml`` says."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from trainlog.diagnosis import diagnose
from trainlog.readers import read_all

ROOT = Path(__file__).resolve().parents[2] / "sample_logs"
EXPECT: dict[str, dict[str, Any]] = tomllib.loads((ROOT / "expect.toml").read_text(encoding="utf-8"))
MISSED = ("console/huggingface.log", "jsonl/hand_made.jsonl", "hf_trainer_state/trainer_state.json")
"""Known misses, not exceptions: validation rises by 3 to 4 % over 20 evaluations, and is called converged at a probability of
0.3 to 0.45. Strict: a verdict that gets them right must take them off this list."""


def _row(sample: str) -> Any:
    known = pytest.mark.xfail(reason="a rise of 3 to 4 % over 20 evaluations is missed", raises=AssertionError, strict=True)
    return pytest.param(sample, marks=known if sample in MISSED else ())


@pytest.mark.parametrize("sample", [_row(sample) for sample, row in EXPECT.items() if "verdict" in row])
def test_the_verdict_is_the_one_expected(sample: str) -> None:
    diagnosis = diagnose(read_all(str(ROOT / sample))[-1])
    row = EXPECT[sample]
    assert diagnosis.verdict == row["verdict"]
    assert set(row.get("codes", ())) <= {reported.code for reported in diagnosis.findings}
    if row["verdict"] == "healthy":
        assert {r.code for r in diagnosis.findings if r.severity != "info"} <= set(row.get("codes", ()))
