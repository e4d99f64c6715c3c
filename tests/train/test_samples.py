"""The sample logs are what their presets promise: real runs in the published format, each diagnosed as it was meant."""

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from train.presets import PRESETS
from trainlog import diagnose, read
from trainlog.emit import schema

SAMPLES = Path(__file__).resolve().parents[2] / "sample_logs"
EXPECT = tomllib.loads((SAMPLES / "expect.toml").read_text(encoding="utf-8"))


def test_every_preset_has_a_log_and_a_row() -> None:
    assert {path.stem for path in (SAMPLES / "trainlog").iterdir()} == set(PRESETS)
    assert {f"trainlog/{name}.jsonl" for name in PRESETS} <= set(EXPECT)


@pytest.mark.parametrize("name", PRESETS)
def test_the_diagnosis_is_what_the_preset_was_made_for(name: str) -> None:
    row = EXPECT[f"trainlog/{name}.jsonl"]
    diagnosis = diagnose(read(str(SAMPLES / "trainlog" / f"{name}.jsonl")))
    assert diagnosis.verdict == row["verdict"]
    assert set(row["codes"]) <= {found.code for found in diagnosis.findings}
    if row["verdict"] == "healthy":
        unexpected = {found.code for found in diagnosis.findings if found.severity != "info"} - set(row["codes"])
        assert not unexpected


@pytest.mark.parametrize("name", PRESETS)
def test_the_records_fit_the_published_schema(name: str) -> None:
    validator = jsonschema.Draft202012Validator(schema.load("record"))
    lines = (SAMPLES / "trainlog" / f"{name}.jsonl").read_text().splitlines()
    assert len(lines) < 1000
    for line in [*lines[:8], *lines[-8:], *lines[:: len(lines) // 20]]:
        validator.validate(json.loads(line))


def test_dropout_is_the_only_difference_between_the_two() -> None:
    first, second = (read(str(SAMPLES / "trainlog" / f"{name}.jsonl")).config for name in ("overfit", "overfit-dropout"))
    different = {key for key in first.keys() & second.keys() if first[key] != second[key]}
    assert different == {"dropout"}
