"""Structured logs of many tools: ``structured/*.toml`` has one table each, the grammar of the file and what must be read of it.

``file``: its name (several: ``files``, name -> text; the folder is read). The text is ``head``, ``each`` once per evaluation, ``foot``.
Between ``<`` and ``>`` stands a number of the training below: ``<t>`` the training loss, ``<v>`` the validation loss, ``<a>`` an
accuracy, ``<e>`` the epoch, ``<z>`` the epoch from 0, ``<s>`` the step, ``<u>`` seconds since 1970, ``<m>`` milliseconds, ``<iso>``
and ``<clock>`` the time; in capitals all of them as a JSON list (a bare one in ``head`` and ``foot`` is that of the last evaluation).

``series``: canonical name = which of these numbers (or the values) it must hold; further series with a known direction must be those
of ``also``. ``steps``: where they stand; ``at``: where some of them stand instead. ``runs``: names of the runs, of which each must
hold the series. ``unreadable``: a word of the reason why it must not be read.
"""

import json
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from trainlog.errors import UnreadableLog
from trainlog.readers import read_all
from trainlog.vocab import metric

N = 6
NUMBERS = {
    "t": [2.5, 2.125, 1.875, 1.75, 1.625, 1.5625],
    "v": [2.625, 2.25, 2.0, 1.9375, 1.96875, 2.0625],
    "a": [0.5, 0.5625, 0.625, 0.640625, 0.6328125, 0.625],
    "e": [1, 2, 3, 4, 5, 6],
    "z": [0, 1, 2, 3, 4, 5],
    "s": [100, 200, 300, 400, 500, 600],
    "u": [1764000000 + 60 * n for n in range(N)],
}
TEXTS = {
    **NUMBERS,
    "m": [1000 * seconds for seconds in NUMBERS["u"]],
    "iso": [datetime.fromtimestamp(seconds, UTC).isoformat() for seconds in NUMBERS["u"]],
    "clock": [f"00:{n + 1:02}" for n in range(N)],
}
LOGS = {
    f"{file.stem}/{name}": log
    for file in sorted(Path(__file__).with_name("structured").glob("*.toml"))
    for name, log in tomllib.loads(file.read_text(encoding="utf-8")).items()
}


def _filled(text, number):
    text = re.sub(r"<([a-z]+)>", lambda found: str(TEXTS[found[1]][number]), text)
    return re.sub(r"<([A-Z]+)>", lambda found: json.dumps(TEXTS[found[1].lower()]), text)


def _text(log):
    each = log.get("sep", "").join(_filled(log["each"].lstrip("\n"), number) for number in range(N)) if "each" in log else ""
    return f"{_filled(log.get('head', '').lstrip(chr(10)), -1)}{each}{_filled(log.get('foot', ''), -1)}"


def _write(log, folder):
    if "files" not in log:
        path = folder / log["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_text(log), encoding="utf-8")
        return path
    for name, text in log["files"].items():
        for number in range(N) if "<" in name else (-1,):
            path = folder / "out" / _filled(name, number)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_filled(text.lstrip("\n"), number) if isinstance(text, str) else _text(text), encoding="utf-8")
    return folder / "out"


def _numbers(which):
    return NUMBERS[which] if isinstance(which, str) else which


@pytest.mark.parametrize("name", LOGS)
def test_a_tool_is_read(name, tmp_path):
    expected = LOGS[name]
    path = _write(expected, tmp_path)
    if "unreadable" in expected:
        with pytest.raises(UnreadableLog, match=expected["unreadable"]):
            read_all(str(path))
        return
    runs = read_all(str(path))
    assert [run.name for run in runs] == expected["runs"] if "runs" in expected else len(runs) == 1
    for run in runs:
        judged = {series for series in run.series if metric(series).better}
        assert judged == {*expected["series"], *expected.get("also", ())}
        for series, which in expected["series"].items():
            assert run.series[series].value.tolist() == pytest.approx(_numbers(which)), series
            steps = expected.get("at", {}).get(series, expected["steps"])
            assert run.series[series].step.tolist() == _numbers(steps), series
        assert run.axis == expected.get("axis", "epoch" if expected["steps"] in ("e", "z") else "step")
        assert not run.problems


def test_a_step_that_no_number_holds_is_left_out(log):
    rows = [
        '{"op_code": 0, "worker_id": "w", "study_name": "s", "directions": [1]}',
        '{"op_code": 4, "worker_id": "w", "study_id": 0}',
        *(f'{{"op_code": 7, "worker_id": "w", "trial_id": 0, "step": {step}, "intermediate_value": 0.5}}' for step in (1, 2, "9" * 400, 3)),
    ]
    [run] = log("\n".join(rows) + "\n", "journal.log", input_format="optuna")
    assert next(iter(run.series.values())).step.tolist() == [1, 2, 3]


def test_a_number_among_records_is_passed_over(log):
    [run] = log('{"log_history": [{"step": 1, "loss": 2.0}, 7, {"step": 2, "loss": 1.0}]}', "trainer_state.json", input_format="json")
    assert run.series["loss"].value.tolist() == [2.0, 1.0]
