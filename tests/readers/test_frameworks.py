"""Console text of many frameworks: ``frameworks/*.toml`` has one table each, the text and what must be read of it.

``series``: canonical name = [[step, value], …]; ``values``: the values alone; ``absent``: names that must not be found;
``runs``: how many runs (1); ``unreadable``: it says no metric by name. What else a line says may be read or not.
"""

import tomllib
from pathlib import Path

import pytest

from trainlog.errors import UnreadableLog

LOGS = {
    f"{file.stem}/{name}": log
    for file in sorted(Path(__file__).with_name("frameworks").glob("*.toml"))
    for name, log in tomllib.loads(file.read_text(encoding="utf-8")).items()
}


BEFORE, AFTER = Path(__file__).with_name("surroundings.txt").read_text(encoding="utf-8").split("%%\n")
#: Rows that what stands around them would make another thing of: a test of the whole run is a point of theirs.
BARE = {name for name, row in LOGS.items() if row.get("unreadable") or not row["text"].endswith("\n")}


@pytest.mark.parametrize("name", LOGS.keys() - BARE)
def test_settings_downloads_and_results_around_it_change_nothing(log, name):
    check(LOGS[name], log, BEFORE + LOGS[name]["text"].lstrip("\n") + AFTER)


@pytest.mark.parametrize("name", LOGS)
def test_a_framework_is_read(log, name):
    check(LOGS[name], log, LOGS[name]["text"].lstrip("\n"))


def check(expected, log, text):
    if expected.get("unreadable"):
        with pytest.raises(UnreadableLog):
            log(text)
        return
    runs = log(text, aliases=expected.get("aliases"))
    assert len(runs) == expected.get("runs", 1)
    series = runs[-1].series
    for metric, points in expected.get("series", {}).items():
        assert metric in series, sorted(series)
        assert list(zip(series[metric].step.tolist(), series[metric].value.tolist(), strict=True)) == [
            (step, pytest.approx(value, nan_ok=True)) for step, value in points
        ], metric
    for metric, values in expected.get("values", {}).items():
        assert metric in series, sorted(series)
        assert series[metric].value.tolist() == pytest.approx(values, nan_ok=True), metric
    assert not set(expected.get("absent", ())) & set(series)
