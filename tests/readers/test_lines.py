"""The line of a point is the line of the file that says it; where there are no lines, it is said to be a record."""

import json
import math
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainlog.errors import UnreadableLog
from trainlog.readers import _lines as lines_module
from trainlog.readers import read_all
from trainlog.readers._lines import record_lines
from trainlog.readers._source import Source

ROOT = Path(__file__).parents[2] / "sample_logs"
EXPECT = tomllib.loads((ROOT / "expect.toml").read_text(encoding="utf-8"))
NUMBER = re.compile(r"[-+]?\d+\.?\d*(?:e[-+]?\d+)?|nan|inf", re.IGNORECASE)
RECORD = 12  # lines of the longest record of a sample: a block that is printed, an object that is indented


def says(text: str, value: float) -> bool:
    found = [float(number) for number in NUMBER.findall(text)]
    return any(math.isnan(number) if math.isnan(value) else math.isclose(abs(number), abs(value), rel_tol=1e-5) for number in found)


@pytest.mark.parametrize("sample", EXPECT)
def test_lines_hold_the_numbers(sample: str) -> None:
    """Those of one series at least, but for their sign: others are logged as sums, percentages or powers of two."""
    for run in read_all(str(ROOT / sample)):
        if run.counted == "record":
            assert EXPECT[sample]["format"] not in ("trainlog", "jsonl", "console", "text_table", "hf_trainer_state")
            continue
        with Source.open(run.file or run.source).stream() as stream:
            lines = stream.read().decode("utf-8", "replace").split("\n")
        assert any(
            all(says(" ".join(lines[line - 1 : line - 1 + RECORD]), value) for line, value in zip(one.line, one.value, strict=True))
            for one in run.series.values()
        )


@pytest.mark.parametrize("indent", [None, 0, 2])
def test_records_of_a_document_have_the_lines_they_start_on(tmp_path: Path, indent: int | None) -> None:
    history = [{"step": step, "loss": 3 / step, "note": 'a "[{" \\ in it'} for step in range(1, 30)]
    text = json.dumps({"best_metric": None, "log_history": history, "max_steps": 29}, indent=indent)
    (tmp_path / "trainer_state.json").write_text(text, encoding="utf-8")
    for log in (tmp_path, tmp_path / "trainer_state.json"):
        [run] = read_all(str(log))
        lines = text.split("\n")
        assert (run.counted, Path(run.file or run.source)) == ("line", tmp_path / "trainer_state.json")
        assert (
            [json.loads(lines[line + 1].strip(" ,").partition(": ")[2]) for line in run.series["loss"].line]
            == [record["loss"] for record in history]
            if indent is not None
            else set(run.series["loss"].line) == {1}
        )
        assert run.at(int(run.series["loss"].line[0])).endswith(f"trainer_state.json:{run.series['loss'].line[0]}")


def test_what_is_no_text_has_records() -> None:
    [run] = read_all(str(ROOT / "wandb"))
    assert (run.counted, run.at(1200)) == ("record", f"{ROOT / 'wandb'}, record 1,200")


NOTE = st.text(alphabet='ab"\\[]{}\n', max_size=8)


@given(notes=st.lists(NOTE, max_size=8), step=st.integers(1, 40), indent=st.sampled_from([None, 1]))
def test_objects_are_found_whatever_strings_hold_and_wherever_the_pieces_end(notes: list[str], step: int, indent: int | None) -> None:
    document = json.dumps([{"loss": number, "note": note, "in": [{"x": {}}]} for number, note in enumerate(notes)], indent=indent)
    whole, lines_module.STEP = lines_module.STEP, step
    try:
        found = record_lines(document.encode(), re.compile(rb"\["))
    finally:
        lines_module.STEP = whole
    expected = [number for number, line in enumerate(document.split("\n"), 1) if line == " {"] if indent else [1] * len(notes)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("text", ["[", "[ ", '{"log_history": [', '{"iterations": [', "[{"])
def test_a_list_that_is_cut_off_where_it_begins(tmp_path: Path, text: str) -> None:
    (tmp_path / "log.json").write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableLog):
        read_all(str(tmp_path / "log.json"))
    assert len(record_lines(text.encode(), re.compile(rb"\["))) == text.count("[{")
