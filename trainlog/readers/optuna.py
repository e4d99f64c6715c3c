"""Optuna studies: a journal (``JournalFileBackend``) or an SQLite storage; one run per trial that reported values on the way.

The intermediate values of a trial are those it is pruned by, so they are of validation: a loss in a study that minimises, a score in
one that maximises (optuna 4 ``storages/journal/_storage.py``, ``storages/_rdb/models.py``).

## Looks like
    {"op_code": 7, "worker_id": "8d4b-1", "trial_id": 0, "step": 1, "intermediate_value": 0.52}
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trainlog.errors import UnreadableLog
from trainlog.readers import Match
from trainlog.readers._collect import Collector
from trainlog.readers._database import database_errors, open_database, tables
from trainlog.readers._json import rows
from trainlog.readers._source import Source
from trainlog.readers._table import as_float

OBJECTS = True  # logs may be lines of JSON objects
_STUDY, _TRIAL, _PARAM, _STATE, _VALUE = 0, 4, 5, 6, 7  # op codes of the journal
_MAXIMIZE = 2  # StudyDirection
_STATES = {1: "completed", 2: "pruned", 3: "failed"}  # TrialState
_TABLES = ("trials", "trial_intermediate_values", "study_directions")
_VALUES = """
    select v.trial_id, t.number, t.state, d.direction, v.step, v.intermediate_value, v.intermediate_value_type
    from trial_intermediate_values v join trials t using (trial_id)
    left join study_directions d on d.study_id = t.study_id and d.objective = 0 order by v.trial_id, v.step"""
_SPECIAL = {"NAN": float("nan"), "INF_POS": float("inf"), "INF_NEG": -float("inf")}


@dataclass(slots=True, eq=False, repr=False)
class _Trial:
    name: str
    metric: str
    status: str | None = None
    config: dict[str, Any] = field(default_factory=dict)
    steps: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)


def sniff(source: Source) -> Match | None:
    """JSON lines with op codes, or a database with trials and their intermediate values."""
    if source.head.startswith(b'{"op_code":') and b'"worker_id"' in source.head[:400]:
        return Match(0.97, "JSON lines with op codes of Optuna's journal")
    return Match(0.97, "a database with trials of Optuna") if all(name in tables(source) for name in _TABLES) else None


def read(source: Source, out: Collector) -> None:
    """Read the values of every trial."""
    out.counts_records()
    trials = _from_database(source) if tables(source) else _from_journal(source, out)
    reported = [trial for trial in trials if trial.values]
    if not reported:
        why = f"{len(trials):,} trials, none of which called trial.report"
        raise UnreadableLog(
            "no trial of this study reported values on the way", where=source.name, why=why, do="give the logs of the trials"
        )
    line = 1
    for trial in reported:
        segment = out.start_run(line, key=trial.name, name=trial.name)
        segment.config, segment.status = trial.config, trial.status
        for step, value in zip(trial.steps, trial.values, strict=True):
            out.record(line, step, {trial.metric: value})
            line += 1
    out.remark("intermediate values of trials are taken for validation, and numbered one trial after another")


def _metric(direction: object) -> str:
    return "val_score" if direction in (_MAXIMIZE, "MAXIMIZE") else "val_loss"


def _from_journal(source: Source, out: Collector) -> list[_Trial]:
    """Studies and trials are numbered in the order in which they were created."""
    metrics: list[str] = []
    trials: list[_Trial] = []
    for lines, found in rows(source, out):
        for line, row in zip(lines, found, strict=True):
            try:
                _operation(row, metrics, trials)
            except (KeyError, IndexError, TypeError, ValueError) as error:
                out.problem(line, f"no operation of a journal: {error!r:.80}")
    return trials


def _step(value: object) -> float:
    """Raises ``ValueError`` for what is no step."""
    step = as_float(value)
    if step is None:
        raise ValueError("no step")
    return step


def _operation(row: Mapping[str, Any], metrics: list[str], trials: list[_Trial]) -> None:
    kind = row["op_code"]
    if kind == _STUDY:
        metrics.append(_metric(row["directions"][0]))
    elif kind == _TRIAL:
        trials.append(_Trial(f"trial {len(trials)}", metrics[row["study_id"]]))
    elif kind == _PARAM:
        trials[row["trial_id"]].config[str(row["param_name"])] = row["param_value_internal"]
    elif kind == _STATE:
        trials[row["trial_id"]].status = _STATES.get(row["state"])
    elif kind == _VALUE:
        trial, value = trials[row["trial_id"]], as_float(row["intermediate_value"])
        trial.steps.append(_step(row["step"]))
        trial.values.append(float("nan") if value is None else value)


def _from_database(source: Source) -> list[_Trial]:
    database = open_database(source)
    trials: dict[int, _Trial] = {}
    damage: tuple[type[Exception], ...] = (*database_errors(), ValueError, TypeError)
    try:
        for number, position, state, direction, step, value, kind in database.execute(_VALUES):
            trial = trials.setdefault(number, _Trial(f"trial {position}", _metric(direction), status=_state(state)))
            trial.steps.append(_step(step))
            trial.values.append(_SPECIAL.get(kind, float("nan") if value is None else float(value)))
        if "trial_params" in tables(source):
            for number, name, value in database.execute("select trial_id, param_name, param_value from trial_params"):
                if number in trials:
                    trials[number].config[str(name)] = value
    except damage as error:
        raise UnreadableLog("this database is damaged", where=source.name, why=str(error)) from error
    finally:
        database.close()
    return list(trials.values())


def _state(text: object) -> str | None:
    return {"COMPLETE": "completed", "PRUNED": "pruned", "FAIL": "failed"}.get(str(text))
