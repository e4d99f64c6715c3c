import json
from pathlib import Path

from benchmarks.diagnose import long_log
from benchmarks.peers import OURS, PEERS, Said, write
from trainlog import read


def test_an_answer_is_read_for_what_it_claims() -> None:
    answer = {"runs": [{"findings": [{"name": "overfitting", "severity": "error"}, {"name": "loss-spike", "severity": "info"}]}]}
    assert OURS.said(json.dumps(answer)) == [Said("overfitting", loud=True), Said("loss-spike", loud=False)]
    gradsnitch = next(peer for peer in PEERS if peer.name == "gradsnitch")
    assert gradsnitch.said('[["GS001", "error"]]') == [Said("broken", loud=True)]


def test_every_form_holds_the_same_curves(tmp_path: Path) -> None:
    log = tmp_path / "run"
    write(long_log(200), log)
    runs = [read(str(log.with_suffix(suffix))) for suffix in (".jsonl", ".json", ".csv")]
    assert all(run.series["loss"].value.tolist() == runs[0].series["loss"].value.tolist() for run in runs)
    assert all(len(run.series["val_loss"]) == 100 for run in runs)
