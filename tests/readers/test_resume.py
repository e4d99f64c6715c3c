"""Resumes that the log itself tells of."""

import json
from pathlib import Path
from typing import Any

import pytest

from trainlog.diagnosis import diagnose
from trainlog.readers import read_all
from trainlog.run import Resume, Run

HEAD = {"type": "run", "schema": "trainlog/1", "run_id": "a", "total_steps": 500}
END = {"type": "end", "status": "completed", "step": 500}


def steps(first: int, last: int) -> list[dict[str, Any]]:
    return [{"type": "train", "step": step, "loss": 3 - step / 1000} for step in range(first, last + 1, 5)]


def resume(step: int) -> dict[str, Any]:
    return {"type": "resume", "schema": "trainlog/1", "run_id": "a", "step": step}


def runs(path: Path, *parts: list[dict[str, Any]]) -> list[Run]:
    log = path / "run.jsonl"
    log.write_text("".join(json.dumps(row) + "\n" for part in parts for row in part), encoding="utf-8")
    return list(read_all(str(log)))


def test_a_resume_is_named_by_the_step_its_record_gives(tmp_path: Path) -> None:
    (run,) = runs(tmp_path, [HEAD], steps(5, 200), [resume(150)], steps(155, 500), [END])
    assert run.resumes == (Resume(42, 150, 10),)
    assert run.status == "completed"
    (finding,) = [r.finding for r in diagnose(run).findings if r.code == "LOG002"]
    assert finding.what == "resumed at step 150"
    assert finding.data["superseded"] == 10


def test_without_a_record_it_is_named_by_the_first_step_that_comes_again(tmp_path: Path) -> None:
    (run,) = runs(tmp_path, [HEAD], steps(5, 200), steps(155, 500), [END])
    assert run.resumes == (Resume(42, 155, 10),)


def test_records_beyond_the_checkpoint_do_not_count_even_where_no_later_one_has_their_step(tmp_path: Path) -> None:
    (run,) = runs(tmp_path, [HEAD], steps(5, 200), [resume(152)], [{**row, "step": row["step"] + 2} for row in steps(155, 500)])
    assert run.resumes == (Resume(42, 152, 10),)
    loss = run.get("loss")
    assert loss is not None
    assert 155 not in loss.step
    assert 150 in loss.step


@pytest.mark.parametrize("back", [10, 90])
def test_a_resume_from_far_back_is_the_same_run(tmp_path: Path, back: int) -> None:
    (run,) = runs(tmp_path, [HEAD], steps(5, 200), [resume(back)], steps(back + 5, 500), [END])
    assert (run.last_step, run.superseded, run.status) == (500, 40 - back // 5, "completed")


def test_a_resume_that_replaces_nothing_is_no_finding(tmp_path: Path) -> None:
    (run,) = runs(tmp_path, [HEAD], steps(5, 200), [resume(200)], steps(205, 500), [END])
    assert run.resumes == (Resume(42, 200, 0),)
    assert not [r for r in diagnose(run).findings if r.code == "LOG002"]


def test_the_end_of_a_run_that_was_started_again_under_its_own_id_counts(tmp_path: Path) -> None:
    (run,) = runs(tmp_path, [HEAD], steps(5, 200), [HEAD], steps(155, 500), [END])
    assert run.status == "completed"


@pytest.mark.parametrize("number", ["Infinity", "NaN", "1e300", "null", '"many"'])
def test_a_step_that_none_can_count_up_to_is_none(tmp_path: Path, number: str) -> None:
    rows = [f'{{"type": "train", "step": {step}, "loss": {3 / step}}}' for step in range(1, 9)]
    said = [
        f'{{"type": "{kind}", "schema": "trainlog/1", "step": {number}, "total_steps": {number}}}'
        for kind in ("run", "resume", "checkpoint")
    ]
    (tmp_path / "run.jsonl").write_text("\n".join([said[0], *rows, *said[1:]]), encoding="utf-8")
    [run] = read_all(str(tmp_path / "run.jsonl"), input_format="trainlog")
    assert (run.total_steps, run.checkpoints, run.resumes, len(run.series["loss"])) == (None, (), (), 8)
