"""Optuna's SQLite storage; its journal is among the samples."""

import sqlite3

import pytest

from trainlog.errors import UnreadableLog
from trainlog.readers import read_all

SCHEMA = """
    create table studies (study_id integer primary key, study_name text);
    create table study_directions (study_direction_id integer primary key, direction text, study_id integer, objective integer);
    create table trials (trial_id integer primary key, number integer, study_id integer, state text);
    create table trial_params (param_id integer primary key, trial_id integer, param_name text, param_value float);
    create table trial_intermediate_values (
        trial_intermediate_value_id integer primary key, trial_id integer, step integer,
        intermediate_value float, intermediate_value_type text);
    insert into studies values (1, 'study');
    insert into study_directions values (1, 'MAXIMIZE', 1, 0);
    insert into trials values (1, 0, 1, 'COMPLETE'), (2, 1, 1, 'PRUNED'), (3, 2, 1, 'FAIL');
    insert into trial_params values (1, 1, 'lr', 0.1), (2, 2, 'lr', 0.2);
"""


@pytest.fixture
def study(tmp_path):
    path = tmp_path / "study.db"
    with sqlite3.connect(path) as database:
        database.executescript(SCHEMA)
    return path


def test_each_trial_that_reported_values_is_a_run(study):
    with sqlite3.connect(study) as database:
        rows = [(trial, step, 0.5 + step / 10, "FINITE") for trial in (1, 2) for step in (1, 2, 3)] + [(2, 4, None, "NAN")]
        insert = "insert into trial_intermediate_values (trial_id, step, intermediate_value, intermediate_value_type) values (?, ?, ?, ?)"
        database.executemany(insert, rows)
    first, second = read_all(str(study))
    assert (first.name, first.status, first.config) == ("trial 0", "completed", {"lr": 0.1})
    assert first.series["val_score"].value.tolist() == [0.6, 0.7, 0.8]
    assert (second.name, second.status, second.series["val_score"].step.tolist()) == ("trial 1", "pruned", [1, 2, 3, 4])
    assert second.series["val_score"].value.tolist() == pytest.approx([0.6, 0.7, 0.8, float("nan")], nan_ok=True)


def test_a_study_whose_trials_report_nothing_has_no_curves(study):
    with pytest.raises(UnreadableLog, match="reported values"):
        read_all(str(study))


def test_a_damaged_journal_is_read_around_its_damage(log):
    lines = [
        '{"op_code": 0, "worker_id": "w", "study_name": "s", "directions": [1]}',
        '{"op_code": 4, "worker_id": "w", "study_id": 0}',
        *(f'{{"op_code": 7, "worker_id": "w", "trial_id": 0, "step": {step}, "intermediate_value": {3 - step}}}' for step in (1, 2)),
        '{"op_code": 7, "worker_id": "w", "trial_id": 7, "step": 1, "intermediate_value": 2.0}',
        '{"op_code": 7, "worker_id": "w", "trial_id"',
    ]
    [run] = log("\n".join(lines), "journal.log")
    assert run.series["val_loss"].value.tolist() == [2.0, 1.0]
    assert [problem.line for problem in run.problems] == [5, 6, 6]
