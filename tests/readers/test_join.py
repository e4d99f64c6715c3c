import json

import pytest

from trainlog.errors import UnreadableLog
from trainlog.readers import gpu_readings, join_gpu, read_all

START = 1_732_364_609.0  # 2024-11-23 12:23:29 UTC
HEADER = "timestamp, index, name, utilization.gpu [%], memory.used [MiB], temperature.gpu, power.draw [W], clocks_event_reasons.active"


def smi(hour=12, count=5, gpus=2):
    rows = [
        f"2024/11/23 {hour:02}:23:{29 + 5 * n:02}.950, {gpu}, RTX A6000, {90 + n} %, {1024 * (n + 1)} MiB, {60 + n}, [N/A], 0x{4:016x}"
        for n in range(count)
        for gpu in range(gpus)
    ]
    return "\n".join([HEADER, *rows, ""])


@pytest.fixture
def run(tmp_path):
    rows = [{"step": n * 10, "loss": 3.0, "timestamp": START + n} for n in range(1, 31)]
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return read_all(str(path))[0]


def test_readings_are_in_our_units(log):
    [run] = log(smi(), "gpu.csv")
    assert run.format == "nvidia_smi"
    assert run.series["gpu/1/utilization"].value.tolist() == pytest.approx([0.90, 0.91, 0.92, 0.93, 0.94])
    assert run.series["gpu/0/memory_used_bytes"].value[0] == 2.0**30
    assert run.series["gpu/0/throttle"].value.tolist() == [4.0] * 5
    assert "gpu/0/power_w" not in run.series


def test_readings_are_placed_at_the_step_that_ran_then(run, tmp_path):
    (tmp_path / "gpu.csv").write_text(smi())
    joined = join_gpu(run, gpu_readings(str(tmp_path / "gpu.csv")))
    # readings come 0.95, 5.95... s after the start of step 0, and step 10 ended at 1 s: the first one falls before the run
    assert joined.series["gpu/0/temperature_c"].step.tolist() == [60, 110, 160, 210]
    assert joined.problems == run.problems


def test_a_time_zone_is_found_and_said(run, tmp_path):
    (tmp_path / "gpu.csv").write_text(smi(hour=16))
    joined = join_gpu(run, gpu_readings(str(tmp_path / "gpu.csv")))
    assert joined.series["gpu/0/temperature_c"].step.tolist() == [60, 110, 160, 210]
    assert "-4 h" in joined.remarks[-1]


def test_readings_of_another_day_are_refused(run, tmp_path):
    (tmp_path / "gpu.csv").write_text(smi().replace("2024/11/23", "2023/01/02"))
    with pytest.raises(UnreadableLog, match="during the run"):
        join_gpu(run, gpu_readings(str(tmp_path / "gpu.csv")))


def test_energy_of_codecarbon_is_joules_of_the_whole_run(run, tmp_path):
    (tmp_path / "emissions.csv").write_text(
        "timestamp,project_name,run_id,duration,emissions,energy_consumed\n2024-11-23T12:24:00,x,1,30.0,0.02,0.5\n"
    )
    joined = join_gpu(run, gpu_readings(str(tmp_path / "emissions.csv")))
    assert (joined.series["energy_j"].step.tolist(), joined.series["energy_j"].value.tolist()) == ([300], [1.8e6])
