"""How a log was read is said with a reason; of two formats that could be, the one that explains more of the file wins."""

import pytest

TABLE = "  epoch    train_loss    valid_loss\n-------  ------------  ------------\n"
ROWS = "".join(f"      {i}        {3 - i / 32:.4f}        {3.5 - i / 32:.4f}\n" for i in range(1, 21))
PRINTED = "".join(f"epoch {i}: train_loss={3 - i / 32:.4f} valid_loss={3.5 - i / 32:.4f} lr=0.001\n" for i in range(21, 31))


def said(log, text, **options):
    notes = []
    runs = log(text, note=notes.append, **options)
    [note] = notes
    return runs, note


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("step 1 | loss: 3.5\nstep 2 | loss: 3.25\n", "read as console (2 of its first 2 lines name a loss or another measure): 1 run"),
        ('{"step": 1, "loss": 3.5}\n{"step": 2, "loss": 3.25}\n', "read as jsonl ("),
        ("s:0 tel:11.0\ns:1 trl:11.0 lr:0.1 norm:14.9\ns:2 trl:10.0 lr:0.1 norm:9\n", "read as llmc (lines of s:STEP with tel: or trl:)"),
    ],
)
def test_the_format_and_the_reason_are_said(log, text, why):
    _, note = said(log, text)
    assert why in note


def test_content_decides_not_the_name(log):
    runs, note = said(log, "step 1 | loss: 3.5\nstep 2 | loss: 3.25\n", name="metrics.csv")
    assert runs[0].format == "console"
    assert "read as console" in note


def test_what_explains_more_of_the_file_wins_and_the_other_is_named(log):
    runs, note = said(log, TABLE + ROWS + PRINTED)
    assert runs[0].format == "console"
    assert runs[0].series["loss"].value.tolist() == pytest.approx([3 - i / 32 for i in range(1, 31)], abs=1e-4)
    assert "csv would explain" in note
    assert "points less" in note


def test_of_two_that_explain_as_much_the_likelier_wins(log):
    runs, note = said(log, TABLE + ROWS)
    assert runs[0].format == "csv"
    assert "console would explain as much, and is less likely" in note


def test_the_user_may_decide(log):
    runs, note = said(log, TABLE + ROWS, input_format="console")
    assert runs[0].format == "console"
    assert "as asked for" in note


def test_json_after_a_prefix_is_read_with_what_the_prefix_says(log):
    lines = (
        f'2026-03-01 09:30:0{i} INFO {split}: {{"iter": "{i}0/90", "loss": {3 - i / 8}}}\n'
        for i in range(1, 9)
        for split in ("train", "valid")
    )
    runs, _ = said(log, "".join(lines))
    assert runs[0].format == "jsonl"
    assert runs[0].series["val_loss"].value.tolist() == runs[0].series["loss"].value.tolist()
    assert runs[0].series["loss"].time_s.tolist() == [0, 1, 2, 3, 4, 5, 6, 7]
    assert runs[0].series["loss"].step.tolist() == [10, 20, 30, 40, 50, 60, 70, 80]
    assert runs[0].problems == ()
