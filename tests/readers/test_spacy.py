"""What spaCy's logger writes: sums over the batches since the row before."""

import json
from pathlib import Path

import pytest

from trainlog.diagnosis import diagnose
from trainlog.readers import read_all

STEPS = range(0, 3_000, 200)
SUMS = [0.5 if step == 0 else 400 / (1 + step / 200) for step in STEPS]
ROWS = [
    {"epoch": step // 50, "step": step, "losses": {"ner": total}, "scores": {"ents_f": 60.0}, "score": 0.6 + step / 10_000}
    for step, total in zip(STEPS, SUMS, strict=True)
]


def test_sums_of_json_lines_are_made_means(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    [run] = read_all(str(tmp_path / "log.jsonl"))
    assert run.format == "spacy"
    assert run.series["loss"].value[:3].tolist() == pytest.approx([0.5, 400 / 2 / 200, 400 / 3 / 200])
    assert run.series["loss"].line.tolist() == list(range(1, len(ROWS) + 1))
    assert run.series["val_score"].value[-1] == pytest.approx(0.88)
    assert diagnose(run).verdict != "diverged"


@pytest.mark.parametrize("bad", ['"many"', "{}", '{"ner": "x"}', '{"ner": 1e999}', "[1]", '{"ner": null}'])
def test_a_row_without_numbers_is_left_out(tmp_path: Path, bad: str) -> None:
    rows = [json.dumps(row) for row in ROWS]
    rows[5] = f'{{"epoch": 1, "step": 1000, "losses": {{"ner": 1}}, "losses": {bad}, "scores": 3, "score": []}}'
    (tmp_path / "log.jsonl").write_text("\n".join(rows), encoding="utf-8")
    [run] = read_all(str(tmp_path / "log.jsonl"))
    assert 1000 not in run.series["loss"].step


@pytest.mark.parametrize("bad", [b"79..33", b"4.44.21", b"9" * 400, b"\xd4", b"1e5"])
def test_a_damaged_cell_of_the_table_is_no_number(tmp_path: Path, bad: bytes) -> None:
    head = b"E    #       LOSS NER\xd4  ENTS_F  SCORE\n---  ------  --------  ------  ------\n"
    rows = [b"  %d      %d          %.2f       60.0    0.60" % (step // 50, step, total) for step, total in zip(STEPS, SUMS, strict=True)]
    for place in (b"  4      200 ", b"200.00"):
        text = b"\n".join(rows).replace(place, place[:2] + bad)
        (tmp_path / "train.log").write_bytes(head + text)
        [run] = read_all(str(tmp_path / "train.log"))
        assert run.format == "spacy"
        assert len(run.series["loss"]) >= len(ROWS) - 2
